import Agreements
import Foundation
import Node
import Records
import Replica

/// Prints a value as JSON with stable key order.
func printJSON(_ value: some Encodable) throws {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  print(String(decoding: try encoder.encode(value), as: UTF8.self))
}

extension QuarantineFacts {
  var text: String {
    let until = held_until.map { ", tried again at \($0)" } ?? ""
    return
      "\(id)  \(reason): \(PrintableText.shown(detail))\n    from \(from)\(device.map { "/\($0)" } ?? ""), written by \(author)\(until)"
  }
}

struct EvidenceFacts: Encodable {
  let kind = "changes"
  let author: String
  let record: String
  let at: String
  let changes: [String]
  let found_at: String
  /// The `Entry` of the protocol that proves it, in Base64: checked with the author's key alone.
  let proof: String

  init(_ entry: EvidenceEntry) {
    author = entry.author.description
    record = entry.record.description
    at = entry.at.description
    changes = [entry.first, entry.second].map(\.description)
    found_at = entry.foundAt.description
    proof = entry.proof.base64EncodedString()
  }

  var text: String {
    """
    \(author) signed two changes of record \(record) under one stamp, \(at); neither counts
        \(changes[0])
        \(changes[1])
    """
  }
}

struct ForkFacts: Encodable {
  let kind = "streams"
  let sender: String
  let receiver: String
  let sequence: UInt64
  let heads: [String]
  let found_at: String
  /// The `StreamFork` of the protocol that proves it, in Base64: checked with the sender's key alone.
  let proof: String

  init(_ entry: ForkEntry) {
    sender = entry.sender.description
    receiver = entry.receiver.description
    sequence = entry.sequence
    heads = entry.heads.map(\.description)
    found_at = entry.foundAt.description
    proof = entry.proof.base64EncodedString()
  }

  var text: String {
    """
    \(sender) signed two streams to \(receiver) that differ at entry \(sequence); found \(found_at)
        \(heads[0])
        \(heads[1])
    """
  }
}

extension ExplanationFacts {
  func text(_ field: String, _ asker: String) -> String {
    let verdict = shared ? "gets" : "does not get"
    var lines = ["\(asker) \(verdict) \(field): \(reason)"]
    if let agreement, let version { lines.append("Agreement: \(agreement), version \(version)") }
    if shared, let purpose { lines.append("Purpose: \(purpose)") }
    if shared, let legal_basis {
      lines.append("Legal basis: \(legal_basis.joined(separator: "; "))")
    }
    return lines.map(PrintableText.shown).joined(separator: "\n")
  }
}
