import Agreements
import Foundation
import Records
import TestSupport
import Testing

/// What a person may type as a field's value.
struct FieldValueTests {
  private let profile: Profile

  init() throws {
    let text = """
      profile: base
      version: 1
      records:
        thing:
          fields:
            words: {type: text, label: x, merge: latest}
            count: {type: integer, label: x, merge: latest}
            flag: {type: boolean, label: x, merge: latest}
            whose: {type: agency, label: x, merge: latest}
            number: {type: identifier, scheme: nhs-number, label: x, merge: latest}
      """
    profile = try Profile(
      base: try ProfileFile(
        SignedDocument(kind: .profile, body: Data(text.utf8)), source: "profile"), overlays: [])
  }

  private func value(_ text: String, of name: String) throws -> Value? {
    try? #require(profile.field(name, of: "thing")).value(text, in: profile)
  }

  @Test func whatIsMeantIsRead() throws {
    for (name, text, value) in [
      ("words", "two\nlines\tand a tab", Value.text("two\nlines\tand a tab")),
      ("count", "0", .integer(0)), ("count", "-5", .integer(-5)),
      ("flag", "True", .boolean(true)), ("flag", "FALSE", .boolean(false)),
      ("flag", "no", .boolean(false)),
    ] {
      #expect(try self.value(text, of: name) == value, "\(name)=\(text)")
    }
    for text in ["police.elsewhere", "care.E06000023", "school.100001"] {
      #expect(try value(text, of: "whose") != nil, "\(text)")
    }
  }

  @Test func whatCannotBeMeantIsRefused() throws {
    for (name, text) in [
      ("words", ""), ("words", "  \n"), ("words", "a\u{1B}[2J"), ("words", "a\rb"),
      ("words", "a\u{0}"), ("count", "05"), ("count", "+5"), ("count", "-0"), ("count", " 5"),
      ("flag", "1"), ("flag", "ja"), ("whose", "foo.bar"), ("whose", "school.1"),
      ("whose", "school.E08000019"), ("whose", "police"),
    ] {
      #expect(try value(text, of: name) == nil, "\(name)=\(text)")
    }
  }

  @Test func whatAnotherNodeSendsIsHeldToTheSameCharacters() throws {
    let field = try #require(profile.field("words", of: "thing"))
    #expect(field.accepts(.text("two\nlines"), in: profile))
    #expect(!field.accepts(.text("a\u{1B}[2J"), in: profile))
    #expect(!field.accepts(.text(""), in: profile))
  }

  @Test func theSchemeIsNamedOnce() throws {
    let field = try #require(profile.field("number", of: "thing"))
    let error = #expect(throws: ValueError.self) { try field.value("12345", in: profile) }
    #expect(
      error?.description
        == "number: expected a valid NHS number: wrong length, expected 10 characters")
  }
}
