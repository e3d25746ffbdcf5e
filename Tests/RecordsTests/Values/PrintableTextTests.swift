import Records
import Testing

/// Text that somebody else wrote, shown so that it can pass for nothing but itself.
struct PrintableTextTests {
  @Test(arguments: [
    ("Zoë O'Neill, 小明, محمد, 👩‍👧", "Zoë O'Neill, 小明, محمد, 👩‍👧"),
    ("a\nb\r\tc", "a\\nb\\r\\tc"),
    ("\u{1B}[2Jgone\u{7}\u{9B}", "\\u{1B}[2Jgone\\u{7}\\u{9B}"),
    ("\u{202E}txt", "\\u{202E}txt"),
    ("An\u{200B}n \u{FEFF}\u{200D}x", "An\\u{200B}n \\u{FEFF}\u{200D}x"),
    ("An\u{200D}n", "An\\u{200D}n"),
    ("a\u{2028}b", "a\\u{2028}b"),
    ("می\u{200C}خواهم", "می\u{200C}خواهم"),
  ])
  func whatDoesNotShowIsEscaped(text: String, shown: String) {
    #expect(Array(PrintableText.shown(text).unicodeScalars) == Array(shown.unicodeScalars))
    #expect(PrintableText.isLine(text) == (text.unicodeScalars.elementsEqual(shown.unicodeScalars)))
  }

  @Test func linesStayWhereTheyMay() {
    #expect(PrintableText.shownLines("a\nb\u{1B}") == "a\nb\\u{1B}")
  }

  @Test func valuesHaveNoControlCharactersButLineFeedAndTab() {
    #expect(PrintableText.isAllowed("a\nb\tc, 👩‍👧, می\u{200C}خواهم"))
    for control in ["\u{0}", "\u{1B}", "\r", "\u{7F}", "\u{9B}"] {
      #expect(!PrintableText.isAllowed("a\(control)"))
    }
  }

  @Test func anAgencyIsNamedByItsKind() throws {
    for (text, isPlausible) in [
      ("police.here", true), ("care.E08000019", true), ("school.106982", true),
      ("health.a", true), ("support.b", true), ("school.1", false), ("foo.bar", false),
      ("school.E08000019", false), ("policex.a", false),
    ] {
      #expect(try #require(AgencyID(text)).isPlausible == isPlausible, "\(text)")
    }
  }
}
