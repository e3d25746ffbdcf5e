import Agreements
import Casework
import Node
import Records
import Replica

/// All of a text of which other pages show the beginning only; what is longer than a page goes on.
struct WholePage: Page {
  let path: String

  /// The page of what stands in a field, of one write of the history, and of their further parts.
  static let all = ["fields/:field", "writes/:write"].flatMap { part in
    ["", "/:page"].map { WholePage(path: "/records/:id/\(part)\($0)") }
  }

  struct Model: Sendable {
    let title: String
    let record: String
    let values: [Part]
    let pager: Pager?
    let back: String?
  }

  /// What one person wrote, or a part of it.
  struct Part: Sendable {
    let by: String
    let text: String
  }

  private static let pageBytes = 60_000

  func show(_ visit: Visit) throws -> Reply {
    guard let id = visit.recordID() else { return .notFound }
    let record = try visit.desk.reader.record(id)
    if visit.isUnopened(record) { return .redirect("/notifications/\(id)") }
    guard let (field, parts) = try parts(of: record, visit) else { return .notFound }
    try visit.desk.audit("viewed", of: [id], detail: field)
    let title = record.field(field)?.field.title ?? field
    let pages = Self.pages(parts)
    guard visit.pageNumber <= pages.count else { return .notFound }
    let place =
      visit.parameters["write"].map { "/records/\(id)/writes/\($0)" }
      ?? "/records/\(id)/fields/\(field)"
    return .page(
      Screen(
        "The whole text", "whole",
        Model(
          title: title, record: visit.label(of: id), values: pages[visit.pageNumber - 1],
          pager: Pager(
            visit.pageNumber, of: pages.count, by: 1, labels: ("The part before", "The next part")
          ) { "\(place)/\($0)" },
          back: visit.parameters["write"] == nil
            ? visit.address(of: id, type: record.type) : "/records/\(id)/history")))
  }

  /// What is asked for, and of which field it is.
  private func parts(
    of record: RecordSnapshot, _ visit: Visit
  ) throws -> (field: String, [Part])? {
    func part(_ value: Value, _ by: AgencyID, _ at: Instant) -> Part {
      Part(
        by: "\(visit.name(of: by)), \(PeopleTime.spoken(at, now: visit.now))",
        text: Words.value(value, visit))
    }
    if let name = visit.parameters["field"] {
      guard name != Field.person.name, let field = record.field(name) else { return nil }
      return (name, field.values.map { part($0.value, $0.by, $0.at) })
    }
    for entry in try visit.history(of: record.id) {
      for write in entry.writes where "\(write.write)" == visit.parameters["write"] {
        return write.value.map { (write.field, [part($0, entry.by, entry.at)]) }
      }
    }
    return nil
  }

  private static func pages(_ parts: [Part]) -> [[Part]] {
    var (pages, room): ([[Part]], Int) = ([[]], pageBytes)
    for part in parts {
      var rest = part.text[...]
      repeat {
        let beginning = FieldLengths.beginning(of: String(rest), bytes: pageBytes)
        let bytes = min(beginning.utf8.count * 6, pageBytes)
        if bytes > room, pages.last?.isEmpty == false {
          pages.append([])
          room = pageBytes
        }
        pages[pages.count - 1].append(Part(by: part.by, text: String(beginning)))
        room -= bytes
        rest = rest.dropFirst(beginning.count)
      } while !rest.isEmpty
    }
    return pages
  }
}
