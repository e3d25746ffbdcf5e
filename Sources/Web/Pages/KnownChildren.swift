import Casework
import Node
import Records
import Replica

/// Children known here that may be those that were typed: same birthday, same name. To look for them is a
/// search, and stands in the audit as one.
struct KnownChildren {
  /// By the child's place in the form.
  private(set) var children: [Int: [(id: String, label: String)]] = [:]

  private static let most = 5

  /// None were looked for.
  init() {}

  /// Looks for those of a form.
  init(_ form: Form, _ visit: Visit) throws {
    var found: Set<RecordID> = []
    var hasSearched = false
    for place in 1...form.childCount {
      var copy = form
      guard let name = form.text("child-\(place)-name"),
        let born = copy.day("child-\(place)-born", "")
      else { continue }
      hasSearched = true
      let records = Self.find(SearchWords.of(name) + ["\(born)"], visit)
      found.formUnion(records.map(\.id))
      children[place] = records.map { record in
        let school = record.agencies("school").first.map { ", \(visit.name(of: $0))" } ?? ""
        return ("\(record.id)", "Yes: \(visit.childName(record.id))\(school)")
      }
    }
    guard hasSearched else { return }
    try visit.desk.audit("searched")
    try visit.desk.audit("found", of: found.sorted())
  }

  /// What the index finds is looked at again: it knows more than whoever asks may see, a birthday among it.
  private static func find(_ words: [String], _ visit: Visit) -> [CaseRecord] {
    let matching = visit.index.children(matching: words, isWhole: true)
      .filter { !visit.hidden.records.contains($0) }.sorted()
    return matching.prefix(50).compactMap { id in
      guard let record = try? visit.desk.caseRecord(id, type: "child"),
        SearchPage.matches(record, words, isWhole: true)
      else { return nil }
      return record
    }.prefix(most).map { $0 }
  }
}
