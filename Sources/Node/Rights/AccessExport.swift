import Agreements
import Casework
import Foundation
import Records
import Replica

/// What a person gets who asked what is held about them: what, where from, who received it, and what was left
/// out and why. As JSON for machines and as a page for people.
public struct AccessExport: Encodable, Sendable {
  struct Entry: Encodable, Sendable {
    let field: String
    let title: String
    /// Nothing where it is redacted.
    let value: String?
    let redacted_because: String?
    let by: String
    let at: String
  }

  struct Source: Encodable, Sendable {
    let from: String
    let fields: [String]
  }

  struct Recipient: Encodable, Sendable {
    let to: String
    let fields: [String]
    let first_at: String
    let last_at: String
    let purpose: String?
    let legal_basis: [String]
    let taken_back_at: String?
    let outcome: String?
  }

  struct Words: Encodable, Sendable {
    let field: String
    let words: String
    let at: String
    let answer: String?
    let because: String?
  }

  struct Holding: Encodable, Sendable {
    let record: String
    let type: String
    let title: String
    let entries: [Entry]
    let from: [Source]
    let received_by: [Recipient]
    let corrections: [Words]
  }

  /// How it has to be handled.
  public let marking = "OFFICIAL-SENSITIVE"
  let agency: String
  let agency_name: String
  let request: Int64
  let received: String
  let answer_due: String
  let made_at: String
  let asked_by: String
  let holdings: [Holding]
  /// Records about other people, which are left out as a whole.
  let records_about_others: Int

  /// How many values are given, and how many are not.
  public var givenCount: Int { holdings.flatMap(\.entries).filter { $0.value != nil }.count }
  public var redactedCount: Int { holdings.flatMap(\.entries).count - givenCount }

  init(_ file: AccessFile, at node: LocalNode) {
    let partnership = try? node.replica.partnership()
    func name(_ agency: AgencyID) -> String {
      agency == node.agency
        ? node.configuration.name : partnership?.card(of: agency)?.name ?? agency.description
    }
    agency = node.agency.description
    agency_name = node.configuration.name
    request = file.request.id
    received = file.request.received.description
    answer_due = file.due.description
    made_at = node.now.description
    asked_by = file.request.askedBy
    records_about_others = file.others
    holdings = file.holdings.map { holding in
      Holding(
        record: holding.record.description, type: holding.type, title: holding.title,
        entries: holding.items.map { Self.entry($0, name) },
        from: Self.sources(holding, name),
        received_by: Self.recipients(holding, name),
        corrections: holding.corrections.map {
          Words(
            field: $0.field, words: $0.words, at: $0.at.description, answer: $0.decision?.outcome,
            because: $0.decision?.reason)
        })
    }
  }

  private static func entry(
    _ item: AccessHolding.Item, _ name: (AgencyID) -> String
  ) -> Entry {
    var (value, reason): (String?, String?)
    switch item.verdict {
    case .disclose: value = text(item.part.value, name)
    case .redact(let why), .undecided(let why): reason = why
    }
    return Entry(
      field: item.part.field.name, title: item.part.field.title, value: value,
      redacted_because: reason, by: name(item.part.by), at: item.part.at.description)
  }

  private static func text(_ value: Value, _ name: (AgencyID) -> String) -> String {
    switch value {
    case .agency(let agency): name(agency)
    case .boolean(let isTrue): isTrue ? "yes" : "no"
    case .term(let term): term.replacingOccurrences(of: "-", with: " ")
    default: value.description
    }
  }

  private static func sources(
    _ holding: AccessHolding, _ name: (AgencyID) -> String
  ) -> [Source] {
    Dictionary(grouping: holding.sources, by: \.sender.agency).map { agency, parts in
      Source(from: name(agency), fields: Set(parts.flatMap(\.fields)).sorted())
    }.sorted { $0.from < $1.from }
  }

  private static func recipients(
    _ holding: AccessHolding, _ name: (AgencyID) -> String
  ) -> [Recipient] {
    // What went to the agency's own devices is still with the agency.
    let others = holding.disclosures.filter {
      !$0.entry.peer.isDevice && $0.entry.outcome != "lapsed"
    }
    return Dictionary(grouping: others, by: \.entry.peer.agency).map { agency, parts in
      let times = parts.map(\.entry.at).sorted()
      let back = parts.compactMap(\.entry.retractedAt).max()
      return Recipient(
        to: name(agency),
        fields: Set(parts.flatMap(\.entry.fields)).subtracting(["_person"]).sorted(),
        first_at: times.first?.description ?? "", last_at: times.last?.description ?? "",
        purpose: parts.compactMap(\.purpose).first,
        legal_basis: parts.first { !$0.legalBasis.isEmpty }?.legalBasis ?? [],
        taken_back_at: back?.description,
        outcome: parts.last { $0.entry.outcome != nil }?.entry.outcome)
    }.sorted { $0.to < $1.to }
  }

  /// As JSON.
  public func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
  }
}
