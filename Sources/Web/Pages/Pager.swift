import Agreements
import Casework
import Node
import Records
import Replica

/// Where a page of a long list leads on to; nothing where all of it stands on one page.
struct Pager: Sendable {
  let shown: String
  let before: String?
  let beforeLabel: String
  let after: String?
  let afterLabel: String

  /// - Parameters:
  ///   - page: counted from 1.
  ///   - labels: what the pages before and after are called.
  init?(
    _ page: Int, of count: Int, by size: Int, labels: (before: String, after: String),
    at address: (Int) -> String
  ) {
    guard count > size else { return nil }
    let last = (count + size - 1) / size
    shown =
      "\((page - 1) * size + 1) to \(min(page * size, count)) of \(count) are shown here."
    before = page > 1 ? address(page - 1) : nil
    beforeLabel = labels.before
    after = page < last ? address(page + 1) : nil
    afterLabel = labels.after
  }
}

extension Collection {
  /// One page of a list, counted from 1.
  func page(_ number: Int, by size: Int) -> SubSequence {
    dropFirst((number - 1) * size).prefix(size)
  }
}

extension Visit {
  /// Which page of a list is asked for; the first, where nothing or nonsense is said.
  var pageNumber: Int { min(max(parameters["page"].flatMap { Int($0) } ?? 1, 1), 100_000) }

  /// Those of which this person may know.
  func unlessHidden(_ ids: [RecordID]) -> [RecordID] { ids.filter { !hidden.records.contains($0) } }

  /// Where a record has a page of its own.
  func address(of record: RecordID, type: String) -> String? {
    switch type {
    case "child": "/children/\(record)"
    case "incident": "/incidents/\(record)"
    case "notification": "/notifications/\(record)"
    case "plan" where may(.plan): "/plans/\(record)"
    default: nil
    }
  }

  /// Whether a record is a notification that waits here to be opened: nothing that it says shows before.
  func isUnopened(_ record: RecordSnapshot) -> Bool {
    guard record.type == "notification", let found = try? desk.notification(record.id) else {
      return false
    }
    return found.school == desk.agency && found.state < .opened
  }
}
