public import Agreements
import Foundation

/// Cards as people hand them on: a file, or the text that a scanner read from a QR code.
public enum CardFiles {
  /// A signed card, checked: its signature, and whether its CA certificate can be read.
  /// - Throws: `DocumentError` where the text is no card, `NodeError` where its certificate is none.
  public static func read(
    _ text: String, source: String
  ) throws -> (document: SignedDocument, card: Card) {
    let document = try document(text, source: source)
    let card = try Card(document, source: source)
    try LocalNode.checkAuthority(of: card, source: source)
    return (document, card)
  }

  private static func document(_ text: String, source: String) throws -> SignedDocument {
    if CardCode.isCode(text) { return try CardCode.document(text, source: source) }
    guard let document = try DocumentFile(text, source: source).first(.card) else {
      throw NodeError("\(source): expected a card (concord card DIR)")
    }
    return document
  }
}
