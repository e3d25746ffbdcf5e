import Agreements
import Foundation
import Node
import Records
import Replica

/// Two agencies with an agreement: the force that writes, and the council that is sent what it may
/// see.
final class Pair {
  let police: BenchNode
  let care: BenchNode
  /// The agreement in force last, with its signatures.
  private var agreement: String?

  /// - Parameter template: the name of an agreement under Partnership.
  init(_ template: Template, under folder: String, sealsValues: Bool = true) throws {
    police = try BenchNode(
      try AgencyID.of("police.bench"), kind: .police, under: folder, sealsValues: sealsValues)
    care = try BenchNode(
      try AgencyID.of("care.bench"), kind: .care, under: folder, sealsValues: sealsValues)
    try agree(template.text)
  }

  /// Drafts, signs and adopts an agreement at both nodes.
  private func agree(_ template: String) throws {
    func card(_ node: BenchNode) throws -> (text: String, source: String) {
      (DocumentFile([try node.node.card()]).text, "\(node.id).card")
    }
    var text = try AgreementDrafting.draft(
      template: (template, "bench"), cards: [try card(police), try card(care)],
      profiles: [(Template.profile, "bench.yaml")],
      previous: agreement.map { ($0, "previous") })
    text = try police.node.signAgreement(text, source: "bench")
    text = try care.node.signAgreement(text, source: "bench")
    for node in [police, care] { _ = try node.node.adopt(text, source: "bench") }
    agreement = text
  }

  /// Puts the next version of the agreement into force at both, on a later day that has come.
  func agree(_ template: Template, version: Int) throws {
    try agree(
      template.text.replacingOccurrences(of: "version: 1\n", with: "version: \(version)\n")
        .replacingOccurrences(
          of: "starts: 2026-01-01", with: "starts: 2026-01-0\(version)"))
  }

  /// Starts both processes and waits for the link.
  func start() async throws {
    try care.start()
    try police.start()
    try await linked()
  }

  func stop() {
    police.stop()
    care.stop()
  }

  /// Moves what the logs hold into the files, of nodes that do not run: then the files are all there is.
  func settle() throws {
    for node in [police, care] { try node.node.replica.checkpoint() }
  }

  /// Waits until both say that the link stands.
  func linked() async throws {
    for (node, peer) in [(police, care), (care, police)] {
      let start = Moment.now
      while await node.node.connectedPeers()?.contains(peer.id) != true {
        guard Moment.now.seconds(since: start) < 60 else {
          throw BenchError("\(node.id) has no link with \(peer.id)")
        }
        try await Task.sleep(for: .milliseconds(2))
      }
    }
  }

  /// How many texts of the second agency's copy are as they were written, read through the replica.
  func equalTexts(
    _ sheets: Sheets, every step: Int = 1, fields: Range<Int> = 0..<8
  ) throws -> Int {
    let held = try care.node.replica.records(ofType: Sheets.type)
    let numbers = Dictionary(
      uniqueKeysWithValues: stride(from: 0, to: sheets.count, by: step).map { (sheets.id($0), $0) })
    var equal = 0
    for record in held {
      guard let number = numbers[record.id] else { continue }
      for field in fields {
        let values = record.field(Sheets.fields[field])?.values.map(\.value.description)
        if values == [sheets.text(number, field)] { equal += 1 }
      }
    }
    return equal
  }
}

/// The agreements that the benchmarks run under.
enum Template: String {
  case all, part, none, schools

  /// The overlay with the benchmarks' record type.
  static var profile: String { String(decoding: PackageResources.bench_yaml, as: UTF8.self) }

  var text: String {
    let bytes =
      switch self {
      case .all: PackageResources.all_yaml
      case .part: PackageResources.part_yaml
      case .none: PackageResources.none_yaml
      case .schools: PackageResources.schools_yaml
      }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension AgencyID {
  /// - Throws: where the text is no agency's id.
  static func of(_ text: String) throws -> AgencyID {
    guard let id = AgencyID(text) else { throw BenchError("\(text) is no agency") }
    return id
  }
}
