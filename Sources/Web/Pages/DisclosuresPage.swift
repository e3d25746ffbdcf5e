import Agreements
import Casework
import Node
import Records
import Replica

/// What of a record left this agency: to whom, when, under which rule, purpose and legal basis, and what became
/// of what was taken back. For whoever has to answer for it.
struct DisclosuresPage: Page {
  let path = "/records/:id/disclosures"
  let duty: Duty? = .audit

  struct Model: Sendable {
    let title: String
    let back: String?
    let looked: String
    let agencies: [Group]
  }

  /// One agency's part.
  struct Group: Sendable {
    let name: String
    let purpose: String?
    let entries: [Line]
    let more: String?
  }

  struct Line: Sendable {
    let when: String
    let what: String
    let rule: String
    let takenBack: String?
  }

  /// Of one agency; a record that is written in for years goes there as often.
  private static let most = 40

  func show(_ visit: Visit) throws -> Reply {
    guard let id = visit.recordID() else { return .notFound }
    let record = try visit.desk.reader.record(id)
    try visit.desk.audit("viewed", of: [id], detail: "disclosures")
    let all = try visit.desk.node.disclosures(of: id)
    let titles = try titles(of: record.type, visit)
    let groups = Dictionary(grouping: all) { place($0.entry.peer, visit) }
      .sorted { $0.key < $1.key }.map { group($0.key, $0.value, titles, visit) }
    return .page(
      Screen(
        "What left", "disclosures",
        Model(
          title: visit.label(of: id), back: visit.address(of: id, type: record.type),
          looked: "/audit-of/record/\(id)", agencies: groups)))
  }

  private func titles(of type: String, _ visit: Visit) throws -> [String: String] {
    let fields = try visit.desk.replica.partnership().recordType(type)?.fields ?? []
    return Dictionary(fields.map { ($0.name, $0.title) }, uniquingKeysWith: { first, _ in first })
  }

  private func place(_ peer: NodeName, _ visit: Visit) -> String {
    peer.isDevice ? "Our device \(peer.node)" : visit.name(of: peer.agency)
  }

  private func group(
    _ name: String, _ parts: [ExplainedDisclosure], _ titles: [String: String], _ visit: Visit
  ) -> Group {
    let newest = parts.reversed().prefix(Self.most)
    let purposes = Set(parts.compactMap(\.purpose)).sorted()
    let bases = Set(parts.flatMap(\.legalBasis)).sorted()
    return Group(
      name: name,
      purpose: purposes.isEmpty
        ? nil : (purposes + bases).joined(separator: ". ") + ".",
      entries: newest.map { line($0, titles, visit) },
      more: parts.count > Self.most
        ? "Only the newest \(Self.most) of \(parts.count) are shown." : nil)
  }

  private func line(
    _ disclosure: ExplainedDisclosure, _ titles: [String: String], _ visit: Visit
  ) -> Line {
    let entry = disclosure.entry
    // Who acted shows in the history; it goes nowhere but to the agency's own devices.
    let fields = entry.fields.filter { $0 != Field.person.name }.map { titles[$0] ?? $0 }
    let rule =
      disclosure.agreement.map {
        "Grant \(entry.grant) of \($0), version \(disclosure.version ?? 0)"
      } ?? Words.term(entry.grant)
    let route = entry.route.map { "; \(visit.label(of: $0)) names them" }
    return Line(
      when: PeopleTime.spoken(entry.at, now: visit.now), what: fields.joined(separator: ", "),
      rule: rule + (route ?? ""), takenBack: takenBack(entry, visit))
  }

  private func takenBack(_ entry: DisclosureEntry, _ visit: Visit) -> String? {
    guard let time = entry.retractedAt else { return nil }
    if entry.outcome == "lapsed" { return "It never arrived, and goes no more." }
    let asked = "Taken back \(PeopleTime.spoken(time, now: visit.now)): "
    guard let receipt = entry.receipts.last else { return asked + "they have not confirmed yet." }
    let when = PeopleTime.spoken(receipt.at, now: visit.now)
    switch receipt.outcome {
    case "erased": return asked + "they erased it, and confirmed \(when)."
    case "retained":
      return asked + "they keep it, and say why (\(when)): "
        + Excerpt.of(receipt.basis, bytes: Excerpt.lineBytes) + "."
    default: return asked + "they keep it by their own right (\(when))."
    }
  }
}

/// Where whoever answers for a record goes on from its page.
struct AnswerLinks: Sendable {
  let looked: String
  let left: String

  init?(_ id: RecordID, _ visit: Visit) {
    guard visit.may(.audit) else { return nil }
    looked = "/audit-of/record/\(id)"
    left = "/records/\(id)/disclosures"
  }
}
