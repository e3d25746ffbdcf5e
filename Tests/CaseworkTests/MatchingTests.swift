import Casework
import Foundation
import Records
import Simulation
import TestSupport
import Testing

/// Whether two records mean one child, and what an export says.
@Suite struct MatchingTests {
  private func child(
    _ name: String?, _ born: String?, address: String? = nil, nhs: String? = nil,
    upn: String? = nil
  ) -> ChildIdentity {
    var generator = SystemRandomNumberGenerator()
    return ChildIdentity(
      record: RecordID(using: &generator), name: name, dateOfBirth: born.flatMap(LocalDate.init),
      address: address, nhsNumber: nhs, upn: upn)
  }

  @Test func numbersComeFirstAndAreNotBelievedBlindly() {
    let one = child("Example Child", "2016-03-04", nhs: "9434765919")
    #expect(ChildMatching.compare(one, child("E. Child", "2016-03-04", nhs: "9434765919")) == .same)
    // The same number on two children who have nothing in common is somebody's mistake.
    guard
      case .likely = ChildMatching.compare(
        one, child("Other Name", "2009-11-30", nhs: "9434765919"))
    else {
      Issue.record("a person has to look")
      return
    }
    #expect(
      ChildMatching.compare(one, child("Example Child", "2016-03-04", nhs: "9434765870"))
        == .different)
  }

  @Test(arguments: [
    // Words in another order, another case; day and month exchanged; a letter mistyped.
    ("Example Child", "2016-03-04", "CHILD, Example", "2016-03-04", true),
    ("Example Child", "2016-03-04", "Example Child", "2016-04-03", true),
    ("Example Child", "2016-03-04", "Exemple Child", "2016-03-04", true),
    // The same birthday alone, or the same name alone, says little.
    ("Example Child", "2016-03-04", "Sample Pupil", "2016-03-04", false),
    ("Example Child", "2016-03-04", "Example Child", "2011-09-27", false),
  ])
  func likeness(name: String, born: String, other: String, otherBorn: String, isLikely: Bool) {
    let result = ChildMatching.compare(child(name, born), child(other, otherBorn))
    if case .likely = result { #expect(isLikely) } else { #expect(!isLikely, "\(result)") }
  }

  @Test func blocksMissNoPairThatAPersonShouldCompare() {
    forSeeds(30) { generator in
      let (missed, found) = pairs(&generator)
      return missed == 0 && found > 0
    }
  }

  /// How many likely pairs the blocks miss, and how many there are.
  private func pairs(_ generator: inout SeededGenerator) -> (missed: Int, found: Int) {
    let names = ["Ann Example", "Anne Example", "Example Ann", "Bo Sample", "Bo Sampel", nil]
    let days = ["2016-03-04", "2016-04-03", "2016-03-05", "2011-09-27", nil]
    let homes = ["1 Example Road", "1 example road", "2 Sample Lane", nil]
    let numbers = ["9434765919", "9434765870", nil, nil]
    let children = (0..<60).map { _ in
      child(
        names.randomElement(using: &generator) ?? nil, days.randomElement(using: &generator) ?? nil,
        address: homes.randomElement(using: &generator) ?? nil,
        nhs: numbers.randomElement(using: &generator) ?? nil,
        upn: numbers.randomElement(using: &generator) ?? nil)
    }
    var blocks = ChildBlocks()
    var (missed, found) = (0, 0)
    for (place, one) in children.enumerated() {
      let candidates = Set(blocks.candidates(for: one).map(\.record))
      for other in children[..<place] where ChildMatching.compare(one, other) != .different {
        found += 1
        if !candidates.contains(other.record) { missed += 1 }
      }
      blocks.add(one)
    }
    return (missed, found)
  }

  private static let mapping = """
    import: example
    key: Ref
    columns:
      child.name: {column: Name, required: true}
      child.date_of_birth: {column: Born, format: dd/mm/yyyy}
      child.school: {column: URN, prefix: school.}
      incident.occurred_at: {column: When, format: dd/mm/yyyy hh:mm}
    """

  private func table(_ text: String, _ name: String = "a.csv") throws -> ImportTable {
    try ImportTable(
      Data(text.utf8), named: name, by: try ImportMapping(Self.mapping, source: "m.yaml"))
  }

  @Test func rowsBecomeFields() throws {
    let csv = """
      Ref,Name,Born,URN,When,More
      A/1,"Child, Example",04/03/2016,106982,01/05/2027 22:40,x
      A/2,Other,,,,
      """
    let json = """
      [{"Ref": "A/1", "Name": "Child, Example", "Born": "04/03/2016", "URN": 106982,
        "When": "01/05/2027 22:40"}, {"Ref": "A/2", "Name": "Other", "Born": null}]
      """
    for read in [try table(csv), try table(json, "a.json")] {
      #expect(read.problems.isEmpty)
      #expect(read.rows.map(\.key) == ["A/1", "A/2"])
      #expect(
        read.rows[0].values["child"]
          == ["name": "Child, Example", "date_of_birth": "2016-03-04", "school": "school.106982"])
      // London's summer time.
      #expect(read.rows[0].values["incident"] == ["occurred_at": "2027-05-01T21:40:00.000Z"])
      #expect(read.rows[1].values == ["child": ["name": "Other"]])
    }
  }

  @Test func problemsNameLineAndColumn() throws {
    let csv = """
      Ref,Name,Born,URN,When
      A/1,Child,2016-03-04,,
      ,Child,,,
      A/3,,31/02/2016,,01/05/2027 25:00
      A/4,Child,,,
      A/4,Child,,,
      """
    #expect(
      try table(csv).problems.map(\.description) == [
        "a.csv: line 2, Born: expected dd/mm/yyyy",
        "a.csv: line 3, Ref: expected the system's own number of the notification",
        "a.csv: line 4, Name: expected a value",
        "a.csv: line 4, Born: expected dd/mm/yyyy",
        "a.csv: line 4, When: expected dd/mm/yyyy hh:mm",
        "a.csv: line 6, Ref: 'A/4' stands in line 5 already",
      ])
    for (text, problem) in [
      ("Ref,Name\n", "a.csv: line 1, Born: the heading has no such column"),
      ("", "empty"),
      ("Ref,\"Name\n", "a quote is not closed"),
    ] {
      #expect { try table(text) } throws: { "\($0)".contains(problem) }
    }
    #expect(
      try table("Ref,Name,Born,URN,When\nA,B\n").problems.map(\.description)
        == ["a.csv: line 2: expected 5 columns, found 2"])
    #expect { try table("{}", "a.json") } throws: { "\($0)".contains("expected a list of objects") }
  }

  @Test(arguments: [
    ("import: a\nkey: R\ncolumns: {name: {column: N}}\n", "expected TYPE.FIELD"),
    (
      "import: a\nkey: R\ncolumns: {child.name: {column: N, format: iso}}\n", "expected one of text"
    ),
    ("import: a\nkey: R\ncolumns: {incident.place: {column: N}}\n", "a field of the child"),
    ("key: R\ncolumns: {}\n", "import"),
  ])
  func badMappings(text: String, words: String) {
    #expect { try ImportMapping(text, source: "m.yaml") } throws: { "\($0)".contains(words) }
  }
}
