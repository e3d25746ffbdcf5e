import Foundation
import Records
import Testing

/// The limits are stated once in the code and once in the protocol, and both say the same.
struct LimitsTests {
  /// By the names that the protocol's tables give; durations in milliseconds.
  static let stated: [String: Int] = [
    "Change.commitments": Limits.Change.commitments,
    "Change.headerBytes": Limits.Change.headerBytes,
    "Change.writeBytes": Limits.Change.writeBytes,
    "Change.valueBytes": Limits.Change.valueBytes,
    "Change.contextEntries": Limits.Change.contextEntries,
    "Change.removes": Limits.Change.removes,
    "Change.nameBytes": Limits.Change.nameBytes,
    "Change.proofBytes": Limits.Change.proofBytes,
    "Change.admissionBytes": Limits.Change.admissionBytes,
    "Document.bytes": Limits.Document.bytes,
    "Document.depth": Limits.Document.depth,
    "Document.nodes": Limits.Document.nodes,
    "Document.signatures": Limits.Document.signatures,
    "Document.version": Limits.Document.version,
    "Profile.recordTypes": Limits.Profile.recordTypes,
    "Profile.fields": Limits.Profile.fields,
    "Profile.vocabularies": Limits.Profile.vocabularies,
    "Profile.terms": Limits.Profile.terms,
    "Link.frameBytes": Limits.Link.frameBytes,
    "Link.messageFields": Limits.Link.messageFields,
    "Link.batchBytes": Limits.Link.batchBytes,
    "Link.trailEntries": Limits.Link.trailEntries,
    "Link.batchEntries": Limits.Link.batchEntries,
    "Link.windowBytes": Int(Limits.Link.windowBytes),
    "Link.batchCost": Limits.Link.batchCost,
    "Link.entryCost": Limits.Link.entryCost,
    "Link.refusals": Limits.Link.refusals,
    "Link.agreements": Limits.Link.agreements,
    "Link.goodbyeBytes": Limits.Link.goodbyeBytes,
    "Link.probes": Limits.Link.probes,
    "Link.idsInMessage": Limits.Link.idsInMessage,
    "Link.basisBytes": Limits.Link.basisBytes,
    "Link.reconcileBytes": Limits.Link.reconcileBytes,
    "Link.reconcileRounds": Limits.Link.reconcileRounds,
    "Link.reconcileItems": Limits.Link.reconcileItems,
    "Link.reconcileSessions": Limits.Link.reconcileSessions,
    "Link.partsListed": Limits.Link.partsListed,
    "Link.handshakes": Limits.Link.handshakes,
    "Link.handshakesOfAddress": Limits.Link.handshakesOfAddress,
    "Link.helloTimeout": milliseconds(Limits.Link.helloTimeout),
    "Link.crossing": milliseconds(Limits.Link.crossing),
    "Link.pingAfter": milliseconds(Limits.Link.pingAfter),
    "Link.silenceTimeout": milliseconds(Limits.Link.silenceTimeout),
    "Link.deflateFrom": Limits.Link.deflateFrom,
    "Link.readAheadBytes": Limits.Link.readAheadBytes,
    "Link.dialAgain": milliseconds(Limits.Link.dialAgain),
    "Link.steadyLink": milliseconds(Limits.Link.steadyLink),
    "Storage.driftMilliseconds": Int(Limits.Storage.driftMilliseconds),
    "Storage.busySeconds": Int(Limits.Storage.busySeconds * 1_000),
    "Storage.openingsLookedAt": Limits.Storage.openingsLookedAt,
    "Storage.changesAtOnce": Limits.Storage.changesAtOnce,
    "Storage.cacheKibibytes": Limits.Storage.cacheKibibytes,
    "Storage.recordsAtOnce": Limits.Storage.recordsAtOnce,
    "Storage.urgentAtOnce": Limits.Storage.urgentAtOnce,
    "Storage.quarantineRows": Limits.Storage.quarantineRows,
    "Storage.quarantineBytes": Limits.Storage.quarantineBytes,
    "Storage.asideWrites": Limits.Storage.asideWrites,
    "Storage.evidence": Limits.Storage.evidence,
    "Storage.due": Limits.Storage.due,
    "Storage.justifications": Limits.Storage.justifications,
    "Storage.idleDocuments": Limits.Storage.idleDocuments,
    "Storage.documents": Limits.Storage.documents,
    "Storage.deviceDocuments": Limits.Storage.deviceDocuments,
    "Storage.rotations": Limits.Storage.rotations,
    "Storage.dataKeysAhead": Int(Limits.Storage.dataKeysAhead),
    "Storage.dataKeysReadAtOnce": Int(Limits.Storage.dataKeysReadAtOnce),
    "Storage.dataKeysOpen": Limits.Storage.dataKeysOpen,
    "Storage.batchPartsKept": Limits.Storage.batchPartsKept,
    "Storage.changesLookedAt": Limits.Storage.changesLookedAt,
    "Storage.changesBehind": Limits.Storage.changesBehind,
    "Storage.itemsSummed": Limits.Storage.itemsSummed,
    "Storage.changesSummed": Limits.Storage.changesSummed,
    "Storage.blocksSummed": Limits.Storage.blocksSummed,
    "Storage.answeringSets": Limits.Storage.answeringSets,
    "Control.lineBytes": Limits.Control.lineBytes,
    "Control.syncTimeout": milliseconds(Limits.Control.syncTimeout),
    "Control.answerTimeout": milliseconds(Limits.Control.answerTimeout),
  ]

  private static func milliseconds(_ duration: Duration) -> Int {
    Int(duration.components.seconds) * 1_000
  }

  /// The rows of section 9: name and value.
  static func listed(in protocolText: String) -> [String: Int] {
    let section = protocolText.components(separatedBy: "\n## 9. Limits\n").last ?? ""
    let rows = (section.components(separatedBy: "\n## ").first ?? "").lines
    return rows.reduce(into: [:]) { listed, row in
      let cells = row.split(separator: "|").map { String($0).trimmed }
      guard cells.count == 3, cells[2].hasPrefix("`") else { return }
      listed[cells[2].replacing("`", with: "")] = value(cells[1]) ?? -1
    }
  }

  private static func value(_ text: String) -> Int? {
    let words = text.split(separator: " ").map(String.init)
    guard let first = words.first, let number = Int(first.replacing(",", with: "")) else {
      return nil
    }
    switch words.dropFirst().first {
    case nil, "bytes", "ms": return number
    case "KiB": return number << 10
    case "MiB": return number << 20
    case "s": return number * 1_000
    default: return nil
    }
  }

  /// The constants that a file of limits declares.
  static func declared(in code: [String]) -> Set<String> {
    var group = ""
    return code.reduce(into: []) { names, line in
      let words = line.split(separator: " ").map { String($0).replacing(":", with: "") }
      if words.starts(with: ["public", "enum"]), words.count > 2 { group = words[2] }
      if words.starts(with: ["public", "static", "let"]), words.count > 3 {
        names.insert("\(group).\(words[3])")
      }
    }
  }

  @Test("the protocol states every limit as the code has it")
  func tables() throws {
    let spec = try #require(Repository.texts.first { $0.path == "Protocol/SPEC.md" })
    let file = try #require(
      Repository.swiftFiles.first { $0.path == "Sources/Records/Limits.swift" })
    #expect(Self.declared(in: file.code) == Set(Self.stated.keys))
    let listed = Self.listed(in: spec.text)
    #expect(Set(listed.keys) == Set(Self.stated.keys))
    for (name, value) in Self.stated { #expect(listed[name] == value, "\(name)") }
  }

  @Test("a value that differs, or is missing, is found")
  func planted() {
    let text = "# x\n## 9. Limits\n| a | 4 MiB | `Link.a` |\n| b | 1,024 | `Link.b` |\n## 10. y\n"
    #expect(Self.listed(in: text) == ["Link.a": 4 << 20, "Link.b": 1_024])
    #expect(Self.listed(in: text.replacing("4 MiB", with: "much"))["Link.a"] == -1)
    let code = ["public enum Limits {", "public enum Link {", "public static let a: Int = 3"]
    #expect(Self.declared(in: code) == ["Link.a"])
  }
}
