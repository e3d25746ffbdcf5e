import Agreements
import Foundation
import Records
import Testing

/// Texts that another agency sends: reading them costs what their size says, whatever is in them.
struct HostileTextTests {
  private func problem(_ text: String) -> String? {
    do {
      _ = try YAMLReader(text, source: "t")
      return nil
    } catch {
      return error.description
    }
  }

  @Test("aliases that double sixty times are refused before they are followed")
  func aliasesThatDouble() {
    var text = "a0: &a0 [1, 1]\n"
    for level in 1..<60 { text += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
    #expect(problem(text + "*a59 : 1\n") == "t:1: anchors and aliases are not allowed")
  }

  @Test(
    "an anchor or an alias is refused where it stands",
    arguments: [
      "a: 1\nb: &x 2\n", "a: 1\nb: &x [2]\n", "a: 1\nb: &x {c: 2}\n", "a: 1\nb: *x\n",
      "a: 1\n&x b: 2\n", "a: 1\n*x : 2\n", "a: 1\nb: [2, *x]\n",
    ])
  func placed(text: String) {
    #expect(problem(text) == "t:2: anchors and aliases are not allowed")
  }

  @Test(
    "an ampersand or an asterisk in a text is neither",
    arguments: [
      "a: Smith & Co\n", "a: \"&x\"\n", "a: '*x'\n", "a: |\n  &x\n  *x : 1\n", "a: >\n  &x\n",
      "a: b&c*d\n", "a: 1 # &x *x\n", "a: \"b\n  &x\"\n", "a: b\n  &x *y\n", "a: TWFu+/Q=\n",
    ])
  func harmless(text: String) { #expect(problem(text) == nil) }

  @Test("nesting, size and number of parts are bounded before anything is built")
  func bounds() {
    let deep = Limits.Document.depth
    func nested(_ levels: Int) -> String {
      String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
    }
    #expect(problem(nested(deep)) == nil)
    #expect(problem(nested(deep + 1)) == "t:1: nested more than \(deep) deep")
    #expect(problem(nested(500)) == "t:1: nested more than \(deep) deep")
    // Here the parser gives up by itself, still looking for a first key.
    #expect(problem(nested(100_000))?.hasPrefix("t:1: not YAML: Maximum nesting level") == true)
    let blocks = (0..<400).map { String(repeating: " ", count: $0) + "a:\n" }.joined()
    #expect(problem(blocks) == "t:\(deep + 1): nested more than \(deep) deep")

    let bytes = Limits.Document.bytes
    #expect(problem("a: " + String(repeating: "b", count: bytes - 3)) == nil)
    #expect(
      problem("a: " + String(repeating: "b", count: bytes - 2)) == "t: more than \(bytes) bytes")

    let parts = Limits.Document.nodes
    #expect(problem(String(repeating: "- a\n", count: parts - 1)) == nil)
    #expect(
      problem(String(repeating: "- a\n", count: parts)) == "t:\(parts): more than \(parts) parts")
  }

  @Test("many keys cost no more than few, key by key")
  func manyKeys() throws {
    let count = Limits.Document.nodes / 2 - 1
    let text = (0..<count).map { "k\($0): 1\n" }.joined()
    let started = ContinuousClock.now
    #expect(try YAMLReader(text, source: "t").entries().count == count)
    #expect(started.duration(to: .now) < .seconds(10))
  }

  @Test("more signatures than a document may have are refused, not compared with one another")
  func signatures() throws {
    let most = Limits.Document.signatures
    let signature = """
      - agency: police.a
        key: 00000000000000000000000000000000
        signature: \(Data(count: 64).base64EncodedString())

      """
    func file(_ count: Int) -> String {
      "--- # concord/profile\na: 1\n--- # concord/signatures\n"
        + String(repeating: signature, count: count)
    }
    #expect(try DocumentFile(file(most), source: "t").documents.count == 1)
    #expect(throws: DocumentError(source: "t", line: 3, problem: "more than \(most) signatures")) {
      try DocumentFile(file(most + 1), source: "t")
    }
  }

  @Test("a profile has a bounded number of types, fields and terms")
  func profiles() throws {
    func profile(types: Int = 1, fields: Int = 1, terms: Int = 1, vocabularies: Int = 1) -> String {
      let list = (0..<terms).map { "t\($0)" }.joined(separator: ", ")
      return "profile: p\nversion: 1\nvocabularies:\n"
        + (0..<vocabularies).map { "  v\($0): { terms: [\(list)] }\n" }.joined() + "records:\n"
        + (0..<types).map { type in
          "  r\(type): { fields: {"
            + (0..<fields).map { "f\($0): { type: text, label: l, merge: log }" }
            .joined(separator: ", ") + "} }\n"
        }.joined()
    }
    func problem(_ text: String) -> String? {
      let document = SignedDocument(kind: .profile, body: Data(text.utf8))
      do {
        _ = try ProfileFile(document, source: "t")
        return nil
      } catch {
        return error.problem
      }
    }
    let (types, fields) = (Limits.Profile.recordTypes, Limits.Profile.fields)
    let (terms, vocabularies) = (Limits.Profile.terms, Limits.Profile.vocabularies)
    #expect(problem(profile(types: types)) == nil)
    #expect(problem(profile(types: types + 1)) == "records: more than \(types) record types")
    #expect(problem(profile(fields: fields)) == nil)
    #expect(problem(profile(fields: fields + 1)) == "records.r0.fields: more than \(fields) fields")
    #expect(problem(profile(terms: terms)) == nil)
    #expect(problem(profile(terms: terms + 1)) == "vocabularies.v0.terms: more than \(terms) terms")
    #expect(problem(profile(vocabularies: vocabularies)) == nil)
    #expect(
      problem(profile(vocabularies: vocabularies + 1))
        == "vocabularies: more than \(vocabularies) vocabularies")
  }
}
