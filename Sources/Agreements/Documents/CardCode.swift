import FoundationEssentials
import Records

/// A card as one line of capitals and digits, short enough for a QR code: what a telephone's scanner shows is the
/// exact signed card. It may be broken into lines and changed in case on its way.
public struct CardCode: Hashable, Sendable, CustomStringConvertible {
  /// What every code begins with; the number counts the ways of coding.
  public static let marker = "CONCORD-CARD-1:"

  /// More than any QR code holds.
  private static let longest = 8_192

  /// The line.
  public let text: String

  public var description: String { text }

  /// Codes a signed card.
  /// - Throws: `DocumentError` where it is none, or its text is written otherwise than `concord card` writes it.
  public init(_ document: SignedDocument, source: String) throws(DocumentError) {
    let card = try Card(document, source: source)
    guard card.body == document.body, document.signatures.count == 1 else {
      throw DocumentError(
        source: source,
        problem: "no code stands for a card that is written like this: send its file")
    }
    let parts = TaggedHash.message(
      Self.tag, Data(card.agency.description.utf8), Data(card.federation.utf8),
      Data(card.kind.rawValue.utf8), Data(card.name.utf8), Data(card.endpoint.utf8),
      card.signingKey.bytes, card.authority, document.signatures[0].bytes)
    text = Self.marker + Base32.text(of: parts)
  }

  /// Whether a text is a code rather than a card's file.
  public static func isCode(_ text: String) -> Bool {
    compact(text).hasPrefix(marker)
  }

  /// The signed card that a code stands for.
  /// - Throws: `DocumentError` where it is none, or was not read to its end.
  public static func document(
    _ text: String, source: String
  ) throws(DocumentError) -> SignedDocument {
    func fail(_ problem: String) -> DocumentError {
      DocumentError(source: source, problem: problem)
    }
    let line = compact(text)
    guard line.hasPrefix(marker), line.utf8.count <= longest else {
      throw fail("expected a card's code, which begins with \(marker)")
    }
    guard let bytes = Base32.bytes(of: line.dropFirst(marker.count)),
      let parts = TaggedHash.parts(of: bytes), parts.count == 9,
      parts[0] == Data(tag.utf8), let unsigned = Card(parts: parts.dropFirst())
    else { throw fail("the card's code is cut short or has a wrong letter: scan it once more") }
    var document = SignedDocument(kind: .card, body: unsigned.body)
    document.add(
      DocumentSignature(agency: unsigned.agency, key: unsigned.signingKey.id, bytes: parts[8]))
    // Checks the signature, and that each line is one.
    _ = try Card(document, source: source)
    return document
  }

  private static let tag = "concord/v1/card"

  private static func compact(_ text: String) -> String {
    String(text.filter { !$0.isWhitespace }).uppercased()
  }
}

extension Card {
  /// - Parameter parts: agency, federation, kind, name, endpoint, signing key, CA, and what follows.
  fileprivate init?(parts: some Collection<Data>) {
    let parts = Array(parts)
    let texts = parts.prefix(5).compactMap { String(validating: $0, as: UTF8.self) }
    guard texts.count == 5, let agency = AgencyID(texts[0]),
      let kind = AgencyKind(rawValue: texts[2]), let key = VerifyingKey(parts[5])
    else { return nil }
    self.init(
      agency: agency, federation: texts[1], kind: kind, name: texts[3], endpoint: texts[4],
      signingKey: key, authority: parts[6])
  }
}

/// RFC 4648's base 32 without padding: letters and digits that a QR code packs tightly, and that no way of copying
/// alters, as it does the spaces of base 45.
enum Base32 {
  private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)

  static func text(of bytes: Data) -> String {
    var text: [UInt8] = []
    var (held, bits) = (0, 0)
    for byte in bytes {
      (held, bits) = (held << 8 | Int(byte), bits + 8)
      while bits >= 5 {
        bits -= 5
        text.append(letters[held >> bits & 31])
      }
      held &= (1 << bits) - 1
    }
    if bits > 0 { text.append(letters[held << (5 - bits) & 31]) }
    return String(decoding: text, as: UTF8.self)
  }

  /// Nothing where a letter is none of these, or what is left over at the end is not zero.
  static func bytes(of text: some StringProtocol) -> Data? {
    var bytes = Data()
    var (held, bits) = (0, 0)
    for letter in text.utf8 {
      guard let value = letters.firstIndex(of: letter) else { return nil }
      (held, bits) = (held << 5 | value, bits + 5)
      if bits >= 8 {
        bits -= 8
        bytes.append(UInt8(held >> bits))
        held &= (1 << bits) - 1
      }
    }
    return bits < 5 && held == 0 ? bytes : nil
  }
}
