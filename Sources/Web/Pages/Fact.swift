import Agreements
import Casework
import Node
import Records
import Replica

/// One fact of a record, as a page lists it.
struct Fact: Sendable {
  let label: String
  let values: [Said]

  /// One value that stands, and whose word it is.
  struct Said: Sendable {
    let text: String
    let by: String?
  }

  /// Fields of a record that have something to show, with whose word it is where there are several.
  static func of(_ record: CaseRecord, _ fields: [String], _ visit: Visit) -> [Fact] {
    let partnership = try? visit.desk.replica.partnership()
    return fields.compactMap { field in
      let entries = record.entries(field)
      guard !entries.isEmpty else { return nil }
      let title = partnership?.field(field, of: record.type)?.field.title ?? field
      return Fact(
        label: title,
        values: entries.map { entry in
          Said(
            text: Words.value(entry.value, visit),
            by: entries.count > 1
              ? "\(visit.name(of: entry.by)), \(PeopleTime.spoken(entry.at, now: visit.now))" : nil)
        })
    }
  }
}

extension [Fact] {
  /// Adds a fact, where there is one.
  mutating func add(_ label: String, _ text: String?) {
    if let text { append(Fact(label: label, values: [Fact.Said(text: text, by: nil)])) }
  }
}

/// Where a record has gone: saved here, sent, received.
enum Whereto {
  static func lines(of id: RecordID, _ visit: Visit) throws -> [String] {
    let places = try visit.desk.replica.whereabouts(of: id)
    if places.isEmpty { return ["Saved here. It has not gone anywhere yet."] }
    return ["Saved here."]
      + places.map { place in
        let name = visit.name(of: place.peer.agency)
        let sent = PeopleTime.spoken(place.sentAt, now: visit.now)
        return place.isReceived
          ? "Received by \(name) (sent \(sent))." : "On its way to \(name) since \(sent)."
      }
  }
}
