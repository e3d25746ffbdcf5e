import Agreements
import Casework
import Node
import Records
import Replica

/// Who wrote what of a record, and when, as far as somebody may see it; also what no longer stands.
struct HistoryPage: Page {
  let path: String

  static let all = ["", "/:page"].map { HistoryPage(path: "/records/:id/history\($0)") }

  struct Model: Sendable {
    let title: String
    let entries: [Entry]
    let isEmpty: Bool
    let pager: Pager?
    let back: String?
  }

  /// What somebody wrote at one time.
  struct Entry: Sendable {
    let when: String
    let who: String
    let writes: [Fact]
  }

  private static let size = 12
  private static let mostWrites = 15

  func show(_ visit: Visit) throws -> Reply {
    guard let id = visit.recordID() else { return .notFound }
    let record = try visit.desk.reader.record(id)
    if visit.isUnopened(record) { return .redirect("/notifications/\(id)") }
    try visit.desk.audit("viewed", of: [id], detail: "history")
    let all = Array(try visit.history(of: id).reversed())
    let page = visit.pageNumber
    let shown = all.page(page, by: Self.size)
    if shown.isEmpty, page > 1 { return .notFound }
    return .page(
      Screen(
        "Who wrote what", "history",
        Model(
          title: visit.label(of: id), entries: shown.map { Self.entry($0, record, visit) },
          isEmpty: all.isEmpty,
          pager: Pager(page, of: all.count, by: Self.size, labels: ("Newer", "Older")) {
            "/records/\(id)/history/\($0)"
          }, back: visit.address(of: id, type: record.type))))
  }

  private static func entry(
    _ entry: HistoryEntry, _ record: RecordSnapshot, _ visit: Visit
  ) -> Entry {
    let who = [
      entry.person, visit.name(of: entry.by), entry.device.map { "from the device \($0)" },
    ]
    .compactMap { $0 }.joined(separator: ", ")
    return Entry(
      when: PeopleTime.spoken(entry.at, now: visit.now), who: who,
      writes: entry.writes.prefix(mostWrites).map { write in
        let title = record.field(write.field)?.field.title ?? write.field
        let text = write.value.map { Words.value($0, visit) }
        let shown = text.map { Excerpt.of($0, bytes: Excerpt.lineBytes) }
        return Fact(
          label: title,
          values: [
            Fact.Said(
              text: said(write.operation, shown), by: nil,
              whole: shown == text ? nil : "/records/\(record.id)/writes/\(write.write)")
          ])
      })
  }

  private static func said(_ operation: Operation, _ value: String?) -> String {
    switch operation {
    case .set: value ?? ""
    case .add: "Added: \(value ?? "")"
    case .remove: value.map { "Taken out: \($0)" } ?? "Taken out"
    case .clear: "Emptied"
    }
  }
}

extension Visit {
  /// A record's history, as far as this person may see it.
  func history(of id: RecordID) throws -> [HistoryEntry] { try desk.shownHistory(of: id) }
}
