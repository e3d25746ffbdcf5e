public import Agreements
import Foundation
import Records
import Replica
import Transport

extension LocalNode {
  /// Signs the agreement in a file as this agency.
  /// - Throws: `NodeError` where this agency is no principal of it, `DocumentError` where the file
  ///   is none.
  public func signAgreement(_ text: String, source: String) throws -> String {
    var file = try DocumentFile(text, source: source)
    let agreement = try Self.agreement(in: file, source: source)
    guard agreement.principals.contains(agency) else {
      throw NodeError("\(source): \(agency) is no principal of \(agreement.lineage)")
    }
    guard agreement.cards[agency]?.pins(try Card(try card(), source: "card")) == true else {
      throw NodeError(
        "\(source): the card of \(agency) in it is not this node's: draft it anew with "
          + "`concord card \(folder.path)`")
    }
    for card in agreement.cards.values {
      try Self.checkAuthority(of: card, source: source)
    }
    // Who signs beside a signature of another text would believe that both agreed to this one.
    try checkInvalidSignatures(agreement, source: source)
    _ = try Self.mergedProfile(of: agreement, in: file)
    for index in file.documents.indices
    where file.documents[index].id == agreement.document.id {
      try file.documents[index].sign(as: agency, with: keys.signing)
    }
    return file.text
  }

  /// Joins the signatures of several files of one agreement.
  /// - Throws: `NodeError` where they are not the same agreement.
  public static func mergeAgreements(
    _ texts: [(text: String, source: String)]
  ) throws -> String {
    guard let first = texts.first else { throw NodeError("no file to merge") }
    var merged = try DocumentFile(first.text, source: first.source)
    let agreement = try agreement(in: merged, source: first.source)
    for (text, source) in texts.dropFirst() {
      let other = try self.agreement(in: try DocumentFile(text, source: source), source: source)
      guard other.digest == agreement.digest else {
        throw NodeError("\(source) is another text than \(first.source): nothing was merged")
      }
      for signature in other.document.signatures {
        for index in merged.documents.indices where merged.documents[index].id == other.digest {
          merged.documents[index].add(signature)
        }
      }
    }
    return merged.text
  }

  /// Puts an agreement into force here.
  /// - Returns: the agreement, and whether it was adopted here already.
  /// - Throws: `NodeError` or `ReplicaError` where signatures are missing or this agency is no party.
  public func adopt(
    _ text: String, source: String
  ) throws -> (agreement: Agreement, isAlready: Bool) {
    let file = try DocumentFile(text, source: source)
    let agreement = try Self.agreement(in: file, source: source)
    guard agreement.principals.contains(agency) else {
      throw NodeError(
        "\(source): \(agency) is no principal of \(agreement.lineage); a member joins with the "
          + "file that `concord admit` wrote")
    }
    guard agreement.cards[agency]?.pins(try Card(try card(), source: "card")) == true else {
      throw NodeError("\(source): the card of \(agency) in it is not this node's")
    }
    try checkInvalidSignatures(agreement, source: source)
    let isAlready = try replica.partnership().term(digest: agreement.digest) != nil
    try replica.adopt(file.documents, now: clock.now())
    return (agreement, isAlready)
  }

  /// Joins under an agreement with the file that an admitting agency wrote.
  /// - Throws: `NodeError` where the deed is not for this node.
  public func join(_ text: String, source: String) throws -> Membership {
    let file = try DocumentFile(text, source: source)
    guard let deed = file.first(.membership) else {
      throw NodeError("\(source): expected a membership (concord admit)")
    }
    let membership = try Membership(deed, source: source)
    guard membership.card.pins(try Card(try card(), source: "card")) else {
      let whom = membership.card.agency
      throw NodeError(
        "\(source): the deed is for \(whom)"
          + (whom == agency ? " with other keys: send the card anew" : ", not for \(agency)"))
    }
    let ordered = file.documents.filter { $0.kind != .membership } + [deed]
    try replica.adopt(ordered, now: clock.now())
    return membership
  }

  /// A card whose CA certificate cannot be read would be pinned for good, and its agency never be
  /// let in.
  static func checkAuthority(of card: Card, source: String) throws(NodeError) {
    do {
      try CertificateAuthority.check(card.authority)
    } catch {
      throw NodeError(
        "\(source): ca_certificate of the card of \(card.agency): \(error); get a sound card")
    }
  }

  private func checkInvalidSignatures(_ agreement: Agreement, source: String) throws {
    for signature in agreement.document.signatures {
      guard let card = agreement.cards[signature.agency],
        agreement.document.isSigned(by: signature.agency, key: card.signingKey)
      else {
        throw NodeError("\(source): the signature of \(signature.agency) does not fit this text")
      }
    }
  }

  static func agreement(in file: DocumentFile, source: String) throws -> Agreement {
    guard let document = file.first(.agreement) else {
      throw NodeError("\(source): expected an agreement (concord agreement draft)")
    }
    return try Agreement(document, source: source)
  }

  private static func mergedProfile(
    of agreement: Agreement, in file: DocumentFile
  ) throws -> Profile {
    let files = try file.documents.filter { $0.kind == .profile }.map {
      try ProfileFile($0, source: "profile")
    }
    let profile = try agreement.mergedProfile(from: files)
    try agreement.check(against: profile, source: agreement.lineage)
    return profile
  }
}
