import Agreements
import Foundation
import Records
import TestSupport
import Testing

/// What people compare of a card, and the line that a QR code holds.
struct CardTests {
  /// One file of Protocol/vectors/card.
  struct Vector: Decodable, CustomTestStringConvertible {
    let description: String
    let file: String
    let fingerprint: [String]
    let code: String

    var testDescription: String { description }

    static let all: [Vector] = ["police", "school", "other-name"].compactMap { name in
      let text = try? repositoryText("Protocol/vectors/card/\(name).json")
      return text.flatMap { try? JSONDecoder().decode(Vector.self, from: Data($0.utf8)) }
    }

    func card() throws -> Card { try Card(file: file, source: "vector") }
  }

  @Test func thereAreVectors() { #expect(Vector.all.count == 3) }

  @Test("a card has the published fingerprint and code", arguments: Vector.all)
  func published(vector: Vector) throws {
    let card = try vector.card()
    #expect(CardFingerprint(card).words == vector.fingerprint)
    let document = try #require(try DocumentFile(vector.file, source: "vector").first(.card))
    #expect(try CardCode(document, source: "vector").text == vector.code)
    let read = try CardCode.document(vector.code, source: "vector")
    #expect(DocumentFile([read]).text == vector.file)
  }

  @Test func theWordsAreThePublishedList() throws {
    let lines = try repositoryText("Protocol/words.txt").split(separator: "\n")
      .map { $0.split(separator: " ").map(String.init) }
    #expect(lines.count == 256)
    #expect(lines.allSatisfy { $0.count == 3 })
    #expect(lines.map { Int($0[0], radix: 16) } == Array(0..<256))
    #expect(Set(lines.flatMap { $0.dropFirst().map { $0.lowercased() } }).count == 512)
    for vector in Vector.all {
      for (place, word) in vector.fingerprint.enumerated() {
        #expect(lines.contains { $0[1 + place % 2] == word }, "\(word)")
      }
    }
  }

  @Test func anotherAgencyKindFederationOrKeyHasOtherWords() throws {
    let key = try #require(SigningKey(seed: Data(repeating: 9, count: 32)))
    func words(
      _ agency: String = "police.example", _ kind: AgencyKind = .police, federation: String = "a",
      key signing: SigningKey? = nil, authority: String = "a certificate", name: String = "A"
    ) throws -> [String] {
      CardFingerprint(
        Card(
          agency: try #require(AgencyID(agency)), federation: federation, kind: kind, name: name,
          endpoint: "127.0.0.1:1", signingKey: (signing ?? key).publicKey,
          authority: Data(authority.utf8))
      ).words
    }
    let first = try words()
    #expect(first.count == CardFingerprint.count)
    #expect(try words(name: "Another") == first)
    let other = try #require(SigningKey(seed: Data(repeating: 8, count: 32)))
    let others = [
      try words("police.other"), try words("police.example", .care), try words(federation: "b"),
      try words(key: other), try words(authority: "another certificate"),
    ]
    #expect(Set(others + [first]).count == others.count + 1)
  }

  @Test func whatWasHeardWronglyIsSaid() throws {
    let vector = try #require(Vector.all.first)
    let fingerprint = CardFingerprint(try vector.card())
    var words = vector.fingerprint
    #expect(fingerprint.objection(to: words.joined(separator: " ")) == nil)
    #expect(fingerprint.objection(to: words.joined(separator: ",\n").uppercased()) == nil)
    words.swapAt(2, 3)
    #expect(
      fingerprint.objection(to: words.joined(separator: " "))?.contains("exchanged") == true)
    words.swapAt(2, 3)
    let short = words.dropLast().joined(separator: " ")
    #expect(fingerprint.objection(to: short) == "there are 11 words, and the card has 12")
    let more = (words + ["apple"]).joined(separator: " ")
    #expect(fingerprint.objection(to: more) == "there are 13 words, and the card has 12")
    #expect(fingerprint.objection(to: "") == "there are 0 words, and the card has 12")
    words[4] = "mumble"
    #expect(
      fingerprint.objection(to: words.joined(separator: " "))?.hasPrefix("word 5 is mumble") == true
    )
  }

  @Test func aCodeMayBeBrokenIntoLinesAndChangedInCase() throws {
    let vector = try #require(Vector.all.last)
    let letters = Array(vector.code.lowercased())
    let broken = stride(from: 0, to: letters.count, by: 50)
      .map { String(letters[$0..<min($0 + 50, letters.count)]) }.joined(separator: "\r\n  ")
    #expect(CardCode.isCode(broken))
    #expect(!CardCode.isCode(vector.file))
    let read = try CardCode.document(broken, source: "scan")
    #expect(DocumentFile([read]).text == vector.file)
  }

  @Test func aCodeThatIsCutOrAlteredAnywhereIsRefused() throws {
    let code = try #require(Vector.all.first).code
    for length in stride(from: 0, to: code.count, by: 7) {
      #expect(throws: DocumentError.self) {
        try CardCode.document(String(code.prefix(length)), source: "scan")
      }
    }
    let letters = Array(code)
    for place in CardCode.marker.count..<letters.count {
      var altered = letters
      altered[place] = altered[place] == "A" ? "B" : "A"
      #expect(throws: DocumentError.self, "letter \(place)") {
        try CardCode.document(String(altered), source: "scan")
      }
    }
    let long = code + String(repeating: "A", count: 10_000)
    #expect(throws: DocumentError.self) { try CardCode.document(long, source: "scan") }
  }

  @Test func aCardThatIsWrittenOtherwiseHasNoCode() throws {
    let vector = try #require(Vector.all.first)
    let key = try #require(SigningKey(seed: Data(repeating: 1, count: 32)))
    let file = try DocumentFile(vector.file, source: "vector")
    let card = try #require(file.first(.card))
    // The same agency and key, with the name unquoted: a valid card all the same.
    let body = card.text.replacing("\"Example \\\"police.example\\\"\"", with: "Example")
    var document = SignedDocument(kind: .card, body: Data(body.utf8))
    try document.sign(as: try #require(AgencyID("police.example")), with: key)
    #expect(try Card(document, source: "card").name == "Example")
    let refusal = #expect(throws: DocumentError.self) {
      try CardCode(document, source: "card")
    }
    #expect(refusal?.problem.contains("send its file") == true)
  }
}
