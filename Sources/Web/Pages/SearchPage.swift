import Agreements
import Casework
import Node
import Records
import Replica

/// Looks for a child. What was typed goes in the form, never in the address, which stays behind in the
/// browser.
struct SearchPage: Page {
  let path = "/search"

  struct Model: Sendable {
    let problems: [Form.Problem]
    let words: FieldModel
    let found: [Line]
    let hasSearched: Bool
    let isEmpty: Bool
    let hasMore: Bool
    let mayOverride: Bool
  }

  struct Line: Sendable {
    let address: String
    let name: String
    let born: String?
    let school: String?
  }

  private static let most = 50

  func show(_ visit: Visit) throws -> Reply { page(visit, nil, hasMore: false) }

  func act(_ visit: Visit) throws -> Reply {
    guard visit.viewer.role.labels != [] else { return .notTheirs }
    var visit = visit
    guard let typed = visit.form.required("words", "Type a name, a date of birth or a pupil number")
    else { return page(visit, nil, hasMore: false) }
    let words = SearchWords.of(typed)
    guard words.joined().count > 1 else {
      visit.form.fail("words", "Type at least two letters")
      return page(visit, nil, hasMore: false)
    }
    let matching = visit.index.children(matching: words)
      .filter { !visit.hidden.records.contains($0) }.sorted()
    // What role and record allow decides once more, over what stands there now.
    let found = matching.prefix(Self.most + 1).compactMap { id -> (RecordID, CaseRecord)? in
      guard let record = try? visit.desk.caseRecord(id, type: "child"),
        Self.matches(record, words)
      else { return nil }
      return (id, record)
    }
    let shown = found.prefix(Self.most)
    try visit.desk.audit("searched")
    try visit.desk.audit("found", of: shown.map(\.0))
    let lines = shown.map { id, record in
      Line(
        address: "/children/\(id)", name: visit.childName(id),
        born: record.date("date_of_birth").map(PeopleTime.plain),
        school: record.agencies("school").first.map(visit.name))
    }.sorted { $0.name < $1.name }
    return page(visit, lines, hasMore: found.count > Self.most)
  }

  /// Whether what somebody may see of a child is what they look for: the index knows more than that.
  static func matches(_ record: CaseRecord, _ words: [String], isWhole: Bool = false) -> Bool {
    let known =
      record.entries("name").compactMap(\.value.words).flatMap(SearchWords.of)
      + ["upn", "nhs_number", "date_of_birth"].flatMap { field in
        record.entries(field).map { $0.value.description.lowercased() }
      }
    return SearchWords.match(words, known, isWhole: isWhole)
  }

  private func page(_ visit: Visit, _ lines: [Line]?, hasMore: Bool) -> Reply {
    var screen = Screen(
      "Find a child", "search",
      Model(
        problems: visit.form.problems,
        words: visit.form.field(
          "words", "Name, date of birth or pupil number",
          hint: "For example: a first name and 4/3/2016"),
        found: lines ?? [], hasSearched: lines != nil, isEmpty: lines?.isEmpty ?? false,
        hasMore: hasMore, mayOverride: visit.may(.override)))
    screen.hasProblems = !visit.form.isSound
    return .page(screen)
  }
}
