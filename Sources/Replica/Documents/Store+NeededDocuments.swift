import Agreements
import FoundationEssentials
import GRDB
import Records
import SyncProtocol

extension Store {
  /// Whether a peer was sent all documents that concern it, as they stand now.
  func hasAllDocuments(_ peer: NodeName) throws -> Bool {
    guard !isOwnDevice(peer) else { return false }
    return try number("documents for \(peer)") == number(Self.documentsVersion)
  }

  /// The deeds that a peer needs to judge what another member wrote, and was not sent yet.
  func deeds(
    of author: AgencyID, for peer: NodeName, beside selection: Selection
  ) throws -> [SignedDocument] {
    guard author != me.agency, author != peer.agency, !me.isDevice, !isOwnDevice(peer) else {
      return []
    }
    return try partnership.deeds(of: author, neededBy: peer.agency).filter { deed in
      let isChosen = selection.items.contains {
        if case .document(let chosen) = $0.entry { chosen.id == deed.id } else { false }
      }
      return try !isChosen
        && !exists(
          "SELECT 1 FROM sent_document WHERE peer = ? AND document = ? AND signatures >= ?",
          [peer.description, deed.id.bytes, deed.signatures.count])
    }
  }

  /// Whether a document is here already with all the signatures under it: then it need not be read again.
  func isHere(_ document: SignedDocument) throws -> Bool {
    guard let known = try self.document(document.id) else { return false }
    return document.signatures.allSatisfy(known.signatures.contains)
  }
}
