import Agreements
import Foundation
import Records
import Testing

/// Overlays add to a profile. Where two texts define one name, the error names both.
struct OverlayTests {
  private static let base = """
    profile: base
    version: 1
    vocabularies:
      need: {terms: [housing]}
      risk: {terms: [low, high], ordered: true}
    records:
      child:
        fields:
          name: {type: text, label: identity, merge: review}
    """

  private static func overlay(_ name: String, _ body: String) -> String {
    "overlay: \(name)\nextends: base\nversion: 1\n\(body)\n"
  }

  private static func field(_ name: String, _ type: String = "text") -> String {
    "records: {child: {fields: {\(name): {type: \(type), label: x, merge: latest}}}}"
  }

  private func file(_ text: String) throws -> ProfileFile {
    try ProfileFile(SignedDocument(kind: .profile, body: Data(text.utf8)), source: "profile.yaml")
  }

  private func merged(_ overlays: [String]) throws -> Profile {
    try Profile(base: try file(Self.base), overlays: try overlays.map(file))
  }

  /// What merging says is wrong.
  private func problem(_ overlays: String...) -> String {
    do {
      _ = try merged(overlays)
      return "nothing"
    } catch {
      return "\(error)"
    }
  }

  @Test("overlays add fields, types, vocabularies and terms, in any order")
  func adding() throws {
    let left = Self.overlay(
      "left", Self.field("nickname") + "\nvocabularies: {need: {add: [money]}}")
    let right = Self.overlay(
      "right", "records: {pet: {fields: {name: {type: text, label: x, merge: set}}}}")
    for overlays in [[left, right], [right, left]] {
      let profile = try merged(overlays)
      #expect(profile.field("nickname", of: "child")?.origin == "left")
      #expect(profile.field("name", of: "pet")?.origin == "right")
      #expect(profile.vocabularies["need"]?.terms == ["housing", "money"])
    }
  }

  @Test(
    "a clash names both texts",
    arguments: [
      (field("nickname"), field("nickname"), "left"),
      (field("nickname"), field("nickname", "date"), "left"),
      ("vocabularies: {pet: {terms: [cat]}}", "vocabularies: {pet: {terms: [dog]}}", "left"),
      ("vocabularies: {need: {add: [money]}}", "vocabularies: {need: {add: [money]}}", "left"),
      ("vocabularies: {}", "vocabularies: {need: {add: [housing]}}", "base"),
      ("vocabularies: {}", field("name"), "base"),
    ])
  func clash(left: String, right: String, other: String) {
    let problem = problem(Self.overlay("left", left), Self.overlay("right", right))
    #expect(problem.contains("right") && problem.contains("by \(other)"), "\(problem)")
  }

  @Test("an ordered vocabulary cannot be added to")
  func ordered() {
    let problem = problem(Self.overlay("left", "vocabularies: {risk: {add: [extreme]}}"))
    #expect(problem.contains("risk") && problem.contains("ordered"), "\(problem)")
  }

  @Test("an overlay of another base is refused")
  func otherBase() {
    let text = "overlay: left\nextends: other\nversion: 1\nrecords: {}\n"
    #expect(problem(text).contains("does not extend base"))
    #expect(throws: DocumentError.self) { try Profile(base: try file(text)) }
  }

  @Test("a vocabulary, a target or an order that is not there is refused")
  func missing() {
    let fields = [
      "a: {type: vocabulary, vocabulary: none, label: x, merge: latest}",
      "a: {type: reference, target: none, label: x, merge: latest}",
      "a: {type: vocabulary, vocabulary: need, label: x, merge: highest}",
    ]
    for field in fields {
      let problem = problem(Self.overlay("left", "records: {child: {fields: {\(field)}}}"))
      #expect(problem.contains("child.a"), "\(problem)")
    }
  }

  @Test(
    "a mistake is named with its line",
    arguments: [
      ("merge: review", "merge: newest", 9), ("type: text", "type: txt", 9),
      ("label: identity", "label: Identity", 9), ("profile: base", "profil: base", 1),
      ("merge: review}", "merge: review, colour: red}", 9), ("version: 1", "version: one", 2),
      ("name: {", "_name: {", 9), ("type: text", "type: text, routing: true", 9),
    ])
  func lines(right: String, wrong: String, line: Int) throws {
    let text = Self.base.replacing(right, with: wrong)
    let error = try #require(throws: DocumentError.self) { try file(text) }
    #expect(error.line == line, "\(error)")
    #expect(error.source == "profile.yaml")
  }
}
