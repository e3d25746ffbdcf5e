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
    /// Where all of it stands, where this is only the beginning.
    var whole: String?
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
        values: entries.suffix(mostValues).map { entry in
          let by =
            entries.count > 1
            ? "\(visit.name(of: entry.by)), \(PeopleTime.spoken(entry.at, now: visit.now))" : nil
          return Said(
            Words.value(entry.value, visit), by: by, of: record.id, field,
            bytes: entries.count > 1 ? Excerpt.besideBytes : Excerpt.bytes)
        })
    }
  }

  /// More stand on the page of the field.
  private static let mostValues = 12
}

extension Fact.Said {
  /// A value as far as a page with others has room for it.
  init(
    _ text: String, by: String? = nil, of record: RecordID, _ field: String,
    bytes: Int = Excerpt.bytes
  ) {
    let shown = Excerpt.of(text, bytes: bytes)
    self.init(
      text: shown, by: by,
      whole: shown == text ? nil : "/records/\(record)/fields/\(field)")
  }
}

/// The beginning of a long text, for pages on which others stand beside it.
enum Excerpt {
  /// What somebody types here is shorter; what others send may be of any length.
  static let bytes = 6_000
  /// Beside others of its kind, as somebody's words beside those of others.
  static let besideBytes = 1_500
  /// In a list.
  static let lineBytes = 300

  static func of(_ text: String, bytes: Int = bytes) -> String {
    let beginning = FieldLengths.beginning(of: text, bytes: bytes)
    return beginning.endIndex < text.endIndex ? beginning + " …" : text
  }
}

extension [Fact] {
  /// Adds a fact, where there is one.
  mutating func add(_ label: String, _ text: String?) {
    if let text { append(Fact(label: label, values: [Fact.Said(text: text, by: nil)])) }
  }

  /// Adds a text of a record under a name of its own, where there is one.
  mutating func add(_ label: String, _ record: CaseRecord, _ field: String) {
    guard let text = record.text(field) else { return }
    append(Fact(label: label, values: [Fact.Said(text, of: record.id, field)]))
  }
}

/// Where records have gone: saved here, sent, received. What belongs together, as a notification and its
/// answer, is said as one.
enum Whereto {
  static func lines(of ids: [RecordID], _ visit: Visit) throws -> [String] {
    var places: [AgencyID: (sent: Instant, isReceived: Bool)] = [:]
    for id in ids {
      for place in try visit.desk.replica.whereabouts(of: id) {
        let agency = place.peer.agency
        // Something may be newer here than what went there.
        let isAll = try place.isReceived && !isNewer(id, for: agency, visit)
        let before = places[agency]
        places[agency] = (
          max(place.sentAt, before?.sent ?? place.sentAt), isAll && before?.isReceived ?? true
        )
      }
    }
    guard !places.isEmpty else {
      return ["What is written here is saved. It has not gone anywhere yet."]
    }
    return ["Saved here."]
      + places.sorted { $0.key < $1.key }.map { agency, place in
        let name = visit.name(of: agency)
        let sent = PeopleTime.spoken(place.sent, now: visit.now)
        return place.isReceived
          ? "Received by \(name) (sent \(sent))." : "On its way to \(name) since \(sent)."
      }
  }

  /// Whether this agency wrote something in a record, which another may have, that has not gone there.
  private static func isNewer(
    _ id: RecordID, for agency: AgencyID, _ visit: Visit
  ) throws -> Bool {
    // A device cannot tell what its own agency wrote elsewhere from what it wrote itself.
    guard agency != visit.desk.agency, let record = try? visit.desk.reader.record(id) else {
      return false
    }
    let waiting = try visit.desk.replica.fieldsNotSent(of: id, to: agency)
    return try record.fields.contains {
      try waiting.contains($0.field.name)
        && visit.desk.replica.explain(id, $0.field.name, for: agency, now: visit.now)
          .decision.isAllowed
    }
  }
}
