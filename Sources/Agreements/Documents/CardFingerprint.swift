import FoundationEssentials
import Records

/// A card's fingerprint in words that two people compare on the telephone, before anybody signs or admits what the
/// card pins: agency, kind, federation and keys. What else stands on the card is signed by these keys.
public struct CardFingerprint: Hashable, Sendable, CustomStringConvertible {
  /// How many words; SPEC.md, section 5, says why as many.
  public static let count = 12

  public let words: [String]

  /// The fingerprint of a card.
  public init(_ card: Card) {
    let digest = TaggedHash.digest(
      "concord/v1/card/fingerprint", Data(card.federation.utf8), Data(card.agency.description.utf8),
      Data(card.kind.rawValue.utf8), card.signingKey.bytes, card.authority)
    words = SpokenWords.words(for: digest.bytes.prefix(Self.count))
  }

  public var description: String { words.joined(separator: " ") }

  /// The words as they are read out, four to a line.
  public var lines: [String] {
    stride(from: 0, to: words.count, by: 4).map { start in
      words[start..<min(start + 4, words.count)].joined(separator: " ")
    }
  }

  /// What is wrong with the words that somebody read out; nothing where they are these, in whatever case.
  public func objection(to heard: String) -> String? {
    let heard = heard.split { !$0.isLetter }.map { $0.lowercased() }
    for (place, word) in heard.prefix(words.count).enumerated()
    where word != words[place].lowercased() {
      return "word \(place + 1) is \(word), and the card has \(words[place])"
        + hint(word, at: place)
    }
    guard heard.count == words.count else {
      return "there are \(heard.count) words, and the card has \(words.count)"
    }
    return nil
  }

  private func hint(_ word: String, at place: Int) -> String {
    func isListed(_ place: Int) -> Bool {
      SpokenWords.list(at: place).contains { $0.lowercased() == word }
    }
    if isListed(place) { return "" }
    return isListed(place + 1)
      ? "; one was left out or two were exchanged" : "; it is no word of the list: ask for it again"
  }
}
