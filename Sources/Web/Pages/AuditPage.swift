import Agreements
import Casework
import Node
import Records
import Replica

/// Who looked at what, when: newest first.
struct AuditPage: Page {
  let path = "/audit"
  let duty: Duty? = .audit

  struct Model: Sendable {
    let entries: [Line]
    let isEmpty: Bool
    let isWhole: Bool
  }

  struct Line: Sendable {
    let when: String
    let who: String
    let what: String
    let record: String?
    let detail: String?
  }

  func show(_ visit: Visit) throws -> Reply {
    let hidden = visit.hidden.records
    let entries = try visit.desk.replica.auditEntries(atMost: 200) { entry in
      entry.record.map { !hidden.contains($0) } ?? true
    }
    let lines = entries.map { entry in
      Line(
        when: PeopleTime.spoken(entry.at, now: visit.now),
        who: "\(entry.account) (\(visit.roleTitle(entry.role)))",
        what: Words.term(entry.action),
        record: entry.record.map { "\($0)".prefix(8) + "…" }.map(String.init),
        detail: entry.detail.isEmpty ? nil : entry.detail)
    }
    return .page(
      Screen(
        "Who looked", "audit",
        Model(
          entries: lines, isEmpty: lines.isEmpty,
          isWhole: try visit.desk.replica.brokenAuditEntry(among: 1_000) == nil)))
  }
}

extension Visit {
  /// What a role is called here.
  func roleTitle(_ name: String) -> String { Words.term(name) }
}
