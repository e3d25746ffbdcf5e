public import Agreements
import FoundationEssentials
import GRDB
public import Records

extension Store {
  /// Counts changes of the documents, so that what is built from them can be kept meanwhile.
  static let documentsVersion = "documents"

  /// Every document, in the order in which they came.
  func documents() throws -> [SignedDocument] {
    var signatures: [Data: [DocumentSignature]] = [:]
    for row in try rows("SELECT * FROM document_signature") {
      let signature = DocumentSignature(
        agency: try row.agency("agency"), key: try row.id("key_id"), bytes: row["bytes"])
      signatures[row["document"], default: []].append(signature)
    }
    return try rows("SELECT * FROM document ORDER BY position").compactMap { row in
      guard let kind = DocumentKind(rawValue: row["kind"]) else { return nil }
      return SignedDocument(
        kind: kind, body: row["body"], signatures: signatures[row["id"]] ?? [])
    }
  }

  /// Adds a document, or signatures to one that is here, and reads anew what is agreed.
  /// - Returns: whether anything was new.
  mutating func add(_ document: SignedDocument) throws -> Bool {
    let changes = db.totalChangesCount
    let isNew = try !exists("SELECT 1 FROM document WHERE id = ?", [document.id.bytes])
    try run(
      "INSERT INTO document (id, kind, body) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING",
      [document.id.bytes, document.kind.rawValue, document.body])
    for signature in document.signatures {
      try run(
        "INSERT INTO document_signature VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        [
          document.id.bytes, signature.agency.description, signature.key.bytes, signature.bytes,
        ])
    }
    guard db.totalChangesCount > changes else { return false }
    try setNumber(Self.documentsVersion, to: try number(Self.documentsVersion) + 1)
    let agreed =
      isNew && document.kind == .membership
      ? partnership.adding(membership: document) : Partnership(try documents())
    let before = partnership
    self = Store(db: db, partnership: agreed, me: me)
    if !before.derivesAlike(agreed) { _ = try rederive() }
    return true
  }
}

extension LocalReplica {
  /// Adds documents that an administrator brings: an agreement with its profiles, or a membership.
  /// - Throws: `ReplicaError.document` where one of them has no effect here; nothing is added then.
  public func adopt(_ documents: [SignedDocument], now: Instant) throws(ReplicaError) {
    try write { store in
      for document in documents where document.kind != .card {
        _ = try store.add(document)
      }
      for document in documents {
        if let problem = store.partnership.ineffective[document.id] {
          throw ReplicaError.document(
            DocumentError(source: document.kind.rawValue, problem: problem))
        }
      }
      _ = try retryHeld(&store, now: now)
    }
  }

  /// The documents that are here, in the order in which they came.
  public func documents() throws(ReplicaError) -> [SignedDocument] {
    try read { try $0.documents() }
  }
}
