import ArgumentParser
import Foundation
import Node
import Records
import Replica

struct Disclosures: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Show what of a record left this node, to whom, when, under which rule, purpose and legal basis.",
    discussion: "What was taken back stands with what the receiver said that it did with its copy.")
  @OptionGroup var node: NodeArgument
  @Argument(help: "The record's id.", transform: Typed.record)
  var id: RecordID
  @OptionGroup var output: JSONFlag

  func run() throws {
    let facts = try node.open().disclosures(of: id).map(DisclosureFacts.init)
    if output.json { return try printJSON(facts) }
    if facts.isEmpty { print("Nothing of it left this node.") }
    for entry in facts { print(entry.text) }
  }
}

/// What went of a record, as scripts see it.
struct DisclosureFacts: Encodable {
  struct ReceiptFacts: Encodable {
    let outcome: String
    let basis: String?
    let at: String
  }

  let to: String
  /// Which of this agency's devices, where it went to one.
  let device: String?
  let at: String
  let fields: [String]
  let author: String
  let change: String
  let grant: String
  let agreement: String?
  let version: Int?
  let purpose: String?
  let legal_basis: [String]
  let route: String?
  let retracted_at: String?
  let outcome: String?
  let receipts: [ReceiptFacts]

  init(_ disclosure: ExplainedDisclosure) {
    let entry = disclosure.entry
    to = entry.peer.agency.description
    device = entry.peer.isDevice ? entry.peer.node : nil
    at = entry.at.description
    fields = entry.fields
    author = entry.author.description
    change = entry.change.description
    grant = entry.grant
    agreement = disclosure.agreement
    version = disclosure.version
    purpose = disclosure.purpose
    legal_basis = disclosure.legalBasis
    route = entry.route?.description
    retracted_at = entry.retractedAt?.description
    outcome = entry.outcome
    receipts = entry.receipts.map {
      ReceiptFacts(
        outcome: $0.outcome, basis: $0.basis.isEmpty ? nil : $0.basis, at: $0.at.description)
    }
  }

  var text: String {
    var lines = [
      "\(at)  to \(to)\(device.map { "/\($0)" } ?? ""): \(fields.joined(separator: ", "))"
    ]
    let rule = agreement.map { "\(grant) of \($0), version \(version ?? 0)" } ?? grant
    lines.append("    under \(rule)\(route.map { "; it concerns them through \($0)" } ?? "")")
    if let purpose { lines.append("    for: \(PrintableText.shown(purpose))") }
    if !legal_basis.isEmpty {
      lines.append("    legal basis: \(PrintableText.shown(legal_basis.joined(separator: "; ")))")
    }
    if let retracted_at {
      let answer = receipts.last.map { receipt in
        "\(receipt.outcome) \(receipt.at)"
          + (receipt.basis.map { ", on the basis: \(PrintableText.shown($0))" } ?? "")
      }
      lines.append("    taken back \(retracted_at): \(answer ?? outcome ?? "not confirmed yet")")
    }
    return lines.joined(separator: "\n")
  }
}

/// Who saw a record, as scripts see it.
struct WhoFacts: Encodable {
  struct Entry: Encodable {
    let entry: Int64
    let at: String
    let who: String
    let role: String
    let what: String
    let why: String?
  }

  let record: String
  let people: [Entry]
  let disclosures: [DisclosureFacts]

  init(_ seen: WhoSaw) {
    record = seen.record.description
    people = seen.entries.map {
      Entry(
        entry: $0.sequence, at: $0.entry.at.description, who: $0.entry.account, role: $0.entry.role,
        what: $0.entry.action, why: $0.entry.detail.isEmpty ? nil : $0.entry.detail)
    }
    disclosures = seen.disclosures.map(DisclosureFacts.init)
  }

  var text: String {
    var lines = people.map { entry in
      // Of a search that found many only that it found this one.
      let why = entry.why.map { $0.count > 160 ? String($0.prefix(160)) + "..." : $0 }
      return
        "\(entry.at)  \(PrintableText.shown(entry.who)) (\(PrintableText.shown(entry.role))) \(entry.what)"
        + (why.map { ": \(PrintableText.shown($0))" } ?? "")
    }
    if lines.isEmpty { lines.append("Nobody here has looked at it.") }
    if !disclosures.isEmpty {
      let places = Dictionary(grouping: disclosures) { $0.to + ($0.device.map { "/\($0)" } ?? "") }
      lines.append("It went to:")
      lines += places.sorted { $0.key < $1.key }.map { place, parts in
        "  \(place), first \(parts.map(\.at).min() ?? ""), last \(parts.map(\.at).max() ?? "")"
      }
    }
    return lines.joined(separator: "\n")
  }
}
