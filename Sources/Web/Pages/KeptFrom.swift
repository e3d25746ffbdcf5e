import Agreements
import Casework
import Foundation
import Node
import Records
import Replica

/// From which of the agency's people a record is kept, and the form to keep it from more (domain rules 18
/// and 19).
struct KeptFromModel: Sendable {
  let number: String
  let seals: [Seal]
  let people: FieldModel
  let because: FieldModel

  /// One restriction of this agency.
  struct Seal: Sendable {
    let id: String
    let people: String
    let why: String
  }

  init?(_ record: RecordID, _ visit: Visit) throws {
    guard visit.may(.restrict),
      visit.agencyMay(write: ["record", "people", "reason"], of: "restriction")
    else { return nil }
    number = visit.formNumber(of: "restrict")
    seals = try visit.desk.related("restriction", to: record).compactMap { seal in
      let people = seal.entries("people").filter { $0.by == visit.desk.agency }
        .compactMap(\.value.words)
      guard !people.isEmpty else { return nil }
      return Seal(
        id: "\(seal.id)",
        people: Excerpt.of(people.joined(separator: ", "), bytes: Excerpt.lineBytes),
        why: Excerpt.of(seal.text("reason") ?? "", bytes: Excerpt.lineBytes))
    }
    people = visit.form.field(
      "people", "From whom",
      hint: "The names with which they sign in, or as they are known here; one on each line")
    because = visit.form.field("because", "Why", hint: "Stays within your agency")
  }

  /// Keeps a record from people.
  static func restrict(_ record: RecordID, _ visit: inout Visit) throws -> Bool {
    let names = (visit.form.text("people") ?? "").split(whereSeparator: \.isNewline)
      .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    let why = visit.form.required("because", "Say why: whoever comes after you has to know")
    let accounts = try People(visit.desk.node).accounts()
    let known = Set(accounts.flatMap { [$0.name, $0.title] }.map { $0.lowercased() })
    if names.isEmpty { visit.form.fail("people", "Type at least one name") }
    for name in names where !known.contains(name.lowercased()) {
      visit.form.fail("people", "Nobody here is called \(name)")
    }
    guard let why, visit.form.isSound else { return false }
    let id = visit.enteredID("restriction")
    // Sent twice, as by a double click: it is kept from them already.
    if (try? visit.desk.node.caseRecord(id, type: "restriction")) != nil { return true }
    _ = try visit.desk.put([
      Edit(
        type: "restriction", record: id,
        assignments: [.set(field: "record", text: "\(record)"), .set(field: "reason", text: why)]
          + names.map { .add(field: "people", text: $0) })
    ])
    return true
  }

  /// Keeps it from nobody any more.
  static func lift(_ visit: Visit) throws {
    guard let id = visit.form.text("seal").flatMap(RecordID.init) else { return }
    let seal = try visit.desk.caseRecord(id, type: "restriction")
    let names = seal.entries("people").filter { $0.by == visit.desk.agency }
      .compactMap(\.value.words)
    guard !names.isEmpty else { return }
    _ = try visit.desk.put([
      Edit(
        type: "restriction", record: id,
        assignments: names.map { .remove(field: "people", text: $0) })
    ])
  }
}
