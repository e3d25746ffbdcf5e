import Agreements
import Foundation

/// Drafts agreements from templates, cards and profiles; needs no node.
public enum AgreementDrafting {
  /// Makes the file that principals sign.
  /// - Parameters:
  ///   - template: the template's text and where it came from.
  ///   - cards: card files.
  ///   - profiles: profile files that are not bundled.
  ///   - previous: the file of the version before, for all but the first.
  /// - Throws: `DocumentError` with file and line, `NodeError` where a profile is not to be had.
  public static func draft(
    template: (text: String, source: String), cards: [(text: String, source: String)],
    profiles: [(text: String, source: String)], previous: (text: String, source: String)?
  ) throws -> String {
    let parsed = try Agreement(template: template.text, source: template.source)
    let given = try profiles.map { text, source in
      try ProfileFile(
        SignedDocument(kind: .profile, body: Data(text.utf8)), source: source)
    }
    let wanted = try ([parsed.profile] + parsed.overlays).map { name in
      if let file = given.first(where: { $0.name == name }) { return file }
      guard let text = BundledTexts.profile(name) else {
        throw NodeError("\(template.source): no profile \(name) (--profile FILE)")
      }
      return try ProfileFile(
        SignedDocument(kind: .profile, body: Data(text.utf8)), source: name)
    }
    let cardDocuments = try cards.map { text, source in
      let (document, card) = try CardFiles.read(text, source: source)
      guard parsed.principals.contains(card.agency) else {
        throw NodeError("\(source): \(card.agency) is no principal of \(parsed.lineage)")
      }
      return document
    }
    let earlier = try previous.map { text, source in
      try LocalNode.agreement(in: try DocumentFile(text, source: source), source: source)
    }
    let draft = try Agreement.draft(
      template: template.text, source: template.source, cards: cardDocuments, profiles: wanted,
      previous: earlier)
    return DocumentFile([draft] + wanted.map(\.document)).text
  }
}
