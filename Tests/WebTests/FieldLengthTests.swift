import Records
import Testing

@testable import Web

/// How long what is typed may be, and that no page grows by what somebody typed or sent.
struct FieldLengthTests {
  @Test func whatIsTooLongIsSaidAtItsFieldWithItsLength() {
    var form = Form([
      "words": String(repeating: "a", count: 5_112), "context": "Short", "time": "22:40",
    ])
    form.checkLengths()
    #expect(
      form.problems == [
        Form.Problem(
          field: "words",
          text: "The words must be 4,000 characters or fewer. You typed 5,112.")
      ])
    #expect(form.values["words"]?.count == 5_112)
  }

  @Test func ofWhatIsMuchTooLongTheBeginningIsKept() throws {
    var form = try #require(
      Form(body: "circumstances=" + String(repeating: "b%26", count: 40_000)))
    form.checkLengths()
    #expect(
      form.problems.map(\.text) == [
        "What happened must be 4,000 characters or fewer. You typed 80,000. "
          + "Only the beginning is still here."
      ])
    let kept = try #require(form.values["circumstances"])
    // As a page writes it, with `&amp;`.
    let written = kept.replacing("&", with: "&amp;")
    #expect(kept.hasPrefix("b&b&") && written.utf8.count <= FieldLengths.keptBytes)
  }

  /// Letters of four bytes each, as long as a field may be: nothing of it is lost.
  @Test func lettersOfManyBytesCountAsOne() {
    let text = String(repeating: "𝒜", count: FieldLengths.text)
    var form = Form(["words": text])
    form.checkLengths()
    #expect(form.isSound && form.text("words") == text)
  }

  @Test(
    arguments: [
      ("child-2-name", "Child 2: the name must be 200 characters or fewer. You typed 201."),
      ("task", nil), ("at-year", "This entry must be 20 characters or fewer. You typed 201."),
    ] as [(String, String?)])
  func eachFieldHasItsOwnLength(field: String, problem: String?) {
    var form = Form([field: String(repeating: "c", count: 201)])
    form.checkLengths()
    #expect(form.problems.first?.text == problem)
  }

  @Test(arguments: [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")])
  func numbersAreWrittenAsPeopleWriteThem(number: Int, text: String) {
    #expect(FieldLengths.spoken(number) == text)
  }

  @Test func aLongTextIsCutInLists() {
    let long = String(repeating: "é", count: 1_000)
    let shown = Excerpt.of(long, bytes: Excerpt.lineBytes)
    #expect(shown.utf8.count <= Excerpt.lineBytes + 4 && shown.hasSuffix(" …"))
    #expect(Excerpt.of("Short", bytes: Excerpt.lineBytes) == "Short")
  }
}

/// Where a page of a long list leads on to.
struct PagerTests {
  @Test func aListThatFitsLeadsNowhere() {
    #expect(pager(1, of: 50) == nil)
  }

  @Test(
    arguments: [
      (1, "1 to 50 of 120 are shown here.", nil, "/list/2"),
      (2, "51 to 100 of 120 are shown here.", "/list/1", "/list/3"),
      (3, "101 to 120 of 120 are shown here.", "/list/2", nil),
    ] as [(Int, String, String?, String?)])
  func aLongListLeadsOn(page: Int, shown: String, before: String?, after: String?) throws {
    let found = try #require(pager(page, of: 120))
    #expect(found.shown == shown && found.before == before && found.after == after)
  }

  @Test func aPageOfAListIsThatPart() {
    #expect(Array((1...7).page(2, by: 3)) == [4, 5, 6])
    #expect(Array((1...7).page(3, by: 3)) == [7])
    #expect((1...7).page(9, by: 3).isEmpty)
  }

  private func pager(_ page: Int, of count: Int) -> Pager? {
    Pager(page, of: count, by: 50, labels: ("Before", "After")) { "/list/\($0)" }
  }
}
