import Agreements
import Casework
import Foundation
import Node
import Records
import Replica

/// Terms of vocabularies as people say them.
enum Words {
  /// A term: `second-key-adult` is `Second Key Adult`, `under-way` is `Under way`.
  static func term(_ term: String) -> String {
    if let known = known[term] { return known }
    let words = term.replacingOccurrences(of: "-", with: " ")
    return words.prefix(1).uppercased() + words.dropFirst()
  }

  private static let known = [
    "key-adult": "Key Adult", "second-key-adult": "Second Key Adult", "head": "Headteacher",
    "hub": "the hub", "acted-on": "Acted on",
    "silent": "Silent: other pupils do not notice", "overt": "Overt: openly",
  ]

  /// A value for people.
  static func value(_ value: Value, _ visit: Visit) -> String {
    switch value {
    case .term(let name): term(name)
    case .instant(let instant): visit.spoken(instant) ?? ""
    case .date(let date): PeopleTime.plain(date)
    case .agency(let agency): visit.name(of: agency)
    case .boolean(let isTrue): isTrue ? "Yes" : "No"
    case .reference(let record): visit.label(of: record)
    default: value.description
    }
  }
}

extension Visit {
  /// What a record is called in a sentence.
  func label(of id: RecordID) -> String {
    guard let record = try? desk.reader.record(id) else { return "a record that is not shown" }
    if let name = record.field("name")?.values.first?.value.words {
      return Excerpt.of(name, bytes: Excerpt.lineBytes)
    }
    return Words.term(record.type.replacingOccurrences(of: "_", with: "-"))
  }
}
