import Agreements
import Casework
import Foundation
import Node
import Records
import Replica

/// Who looked at what, when: newest first; of all, of one person, or of one record.
struct AuditPage: Page {
  let path: String
  let duty: Duty? = .audit

  static let all = [
    "/audit", "/audit-list/:page", "/audit-of/:kind/:which", "/audit-of/:kind/:which/:page",
  ].map { AuditPage(path: $0) }

  struct Model: Sendable {
    let problems: [Form.Problem]
    let title: String
    let account: FieldModel
    let entries: [Line]
    let isEmpty: Bool
    let isWhole: Bool
    let isFiltered: Bool
    let newer: String?
    let older: String?
    /// Of one record: where it went, and what of it.
    let places: [String]
    let left: String?
  }

  struct Line: Sendable {
    let when: String
    let who: String
    let whose: String
    let what: String
    let detail: String?
    let record: RecordLine?
  }

  /// A record, as far as whoever reads the audit may see it.
  struct RecordLine: Sendable {
    let name: String
    let address: String?
    let others: String?
  }

  /// Of what entries are asked for.
  private enum Filter {
    case none
    case person(String)
    case record(RecordID)

    var address: String? {
      switch self {
      case .none: nil
      case .person(let account): "/audit-of/person/\(account)"
      case .record(let id): "/audit-of/record/\(id)"
      }
    }

    var record: RecordID? {
      if case .record(let id) = self { id } else { nil }
    }

    func takes(_ entry: AuditEntry) -> Bool {
      switch self {
      case .none: true
      case .person(let account): entry.account == account
      case .record(let id):
        // A search at the command line names what it returned.
        entry.record == id
          || (entry.action == "searched" && entry.detail.contains(id.description))
      }
    }
  }

  private static let size = 80

  func show(_ visit: Visit) throws -> Reply {
    guard let filter = filter(visit) else { return .notFound }
    let (hidden, page) = (visit.hidden.records, min(visit.pageNumber, 1_000))
    let read = try visit.desk.replica.auditEntries(atMost: page * Self.size + 1) { entry in
      filter.takes(entry) && Self.isAnswered(entry, filter)
        && (entry.record.map { !hidden.contains($0) } ?? true)
    }
    let shown = read.page(page, by: Self.size)
    if shown.isEmpty, page > 1 { return .notFound }
    let lines: [RecordID: RecordLine] = Set(shown.compactMap(\.record)).reduce(into: [:]) {
      $0[$1] = record($1, visit)
    }
    func address(_ page: Int) -> String {
      filter.address.map { "\($0)/\(page)" } ?? "/audit-list/\(page)"
    }
    var screen = Screen(
      "Who looked", "audit",
      Model(
        problems: visit.form.problems, title: title(filter, visit),
        account: visit.form.field(
          "account", "Only what one person did", hint: "The name with which they sign in"),
        entries: shown.map { line($0, lines, visit) }, isEmpty: shown.isEmpty,
        isWhole: try visit.desk.replica.brokenAuditEntry(among: 1_000) == nil,
        isFiltered: filter.address != nil, newer: page > 1 ? address(page - 1) : nil,
        older: read.count > page * Self.size ? address(page + 1) : nil,
        places: try filter.record.map { try Whereto.lines(of: [$0], visit) } ?? [],
        left: filter.record.map { "/records/\($0)/disclosures" }))
    screen.hasProblems = !visit.form.isSound
    return .page(screen)
  }

  /// What the node does by itself, as with every batch, would hide what people did; of one record it shows.
  private static func isAnswered(_ entry: AuditEntry, _ filter: Filter) -> Bool {
    entry.role != AuditEntry.node || filter.record != nil
  }

  /// What stands in an entry, for people: heads of chains and lists of ids say nothing to them, and may
  /// name what is kept from whoever reads.
  private static func detail(_ entry: AuditEntry) -> String? {
    let text =
      switch entry.action {
      case "disclosed", "received", "retracted":
        entry.detail.components(separatedBy: ", to entry ").first ?? ""
      case "searched":
        entry.detail.components(separatedBy: " found").first.map { "\($0) found" } ?? ""
      default: entry.detail
      }
    return text.isEmpty ? nil : Excerpt.of(text, bytes: Excerpt.lineBytes)
  }

  func act(_ visit: Visit) throws -> Reply {
    var visit = visit
    let typed = visit.form.required("account", "Type the name with which somebody signs in")
    let accounts = try visit.desk.replica.accounts()
    guard let typed, visit.form.isSound else { return try show(visit) }
    let found = accounts.first { [$0.name, $0.title.lowercased()].contains(typed.lowercased()) }
    guard let found else {
      visit.form.fail("account", "Nobody here signs in with that name")
      return try show(visit)
    }
    return .redirect("/audit-of/person/\(found.name)")
  }

  private func filter(_ visit: Visit) -> Filter? {
    guard let which = visit.parameters["which"] else { return Filter.none }
    switch visit.parameters["kind"] {
    case "person": return .person(which)
    // One that they may not see is answered as one that does not exist.
    case "record":
      return RecordID(which).flatMap {
        (try? visit.desk.reader.record($0)) == nil ? nil : .record($0)
      }
    default: return nil
    }
  }

  private func title(_ filter: Filter, _ visit: Visit) -> String {
    switch filter {
    case .none: "Who looked"
    case .person(let account): "What \(account) did"
    case .record(let id): "Who looked at \(visit.label(of: id))"
    }
  }

  private func line(
    _ entry: AuditEntry, _ records: [RecordID: RecordLine], _ visit: Visit
  ) -> Line {
    Line(
      when: PeopleTime.spoken(entry.at, now: visit.now),
      who: "\(entry.account) (\(visit.roleTitle(entry.role)))",
      whose: "/audit-of/person/\(entry.account)", what: Words.term(entry.action),
      detail: Self.detail(entry),
      record: entry.record.flatMap { records[$0] })
  }

  private func record(_ id: RecordID, _ visit: Visit) -> RecordLine {
    let name = "\(id)".prefix(8) + "…"
    guard let found = try? visit.desk.reader.record(id) else {
      return RecordLine(name: String(name), address: nil, others: nil)
    }
    let type = Words.term(found.type.replacingOccurrences(of: "_", with: "-"))
    return RecordLine(
      name: "\(type) \(name)", address: visit.address(of: id, type: found.type),
      others: "/audit-of/record/\(id)")
  }
}

extension Visit {
  /// What a role is called here.
  func roleTitle(_ name: String) -> String { Words.term(name) }
}
