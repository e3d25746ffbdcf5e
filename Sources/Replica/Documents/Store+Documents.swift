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
  mutating func add(_ document: SignedDocument, from peer: NodeName? = nil) throws -> Bool {
    let changes = db.totalChangesCount
    let isNew = try !exists("SELECT 1 FROM document WHERE id = ?", [document.id.bytes])
    if isNew, peer != nil, try isFull(for: document) { return false }
    try insert(document, from: peer)
    guard db.totalChangesCount > changes else { return false }
    try setNumber(Self.documentsVersion, to: try number(Self.documentsVersion) + 1)
    if isNew, [.delegation, .revocation].contains(document.kind) {
      if !partnership.add(device: document), let peer { try dropIdleDocuments(of: peer) }
      return true
    }
    let agreed =
      isNew && document.kind == .membership
      ? partnership.adding(membership: document)
      : Partnership(try documents(), readings: partnership.readings)
    let before = partnership
    try goOn(by: agreed)
    if !before.derivesAlike(agreed) { _ = try rederive() }
    if isNew, let peer { try dropIdleDocuments(of: peer) }
    return true
  }

  /// Adds documents that come together, and reads anew once what is agreed.
  mutating func add(_ documents: [SignedDocument]) throws {
    guard documents.count > 1 else {
      for document in documents { _ = try add(document) }
      return
    }
    let changes = db.totalChangesCount
    for document in documents { try insert(document, from: nil) }
    guard db.totalChangesCount > changes else { return }
    try setNumber(Self.documentsVersion, to: try number(Self.documentsVersion) + 1)
    let before = partnership
    try goOn(by: Partnership(try self.documents(), readings: partnership.readings))
    if !before.derivesAlike(partnership) { _ = try rederive() }
  }

  /// Goes on by what is agreed now, and forgets what was looked up by what was agreed before.
  private mutating func goOn(by agreed: Partnership) throws {
    try storeBatchParts()
    self = Store(db: db, partnership: agreed, me: me, ring: ring, sealing: sealing)
  }

  /// Stores a document, or its signatures that are not here, and nothing else.
  func insert(_ document: SignedDocument, from peer: NodeName?) throws {
    try run(
      """
      INSERT INTO document (id, kind, body, sender) VALUES (?, ?, ?, ?)
      ON CONFLICT (id) DO NOTHING
      """,
      [document.id.bytes, document.kind.rawValue, document.body, peer?.description])
    for signature in document.signatures {
      try run(
        "INSERT INTO document_signature VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        [
          document.id.bytes, signature.agency.description, signature.key.bytes, signature.bytes,
        ])
    }
  }

  /// One document by its digest.
  func document(_ id: Digest) throws -> SignedDocument? {
    guard let row = try row("SELECT kind, body FROM document WHERE id = ?", [id.bytes]),
      let kind = DocumentKind(rawValue: row["kind"])
    else { return nil }
    let signatures = try rows(
      "SELECT * FROM document_signature WHERE document = ?", [id.bytes]
    ).map {
      DocumentSignature(
        agency: try $0.agency("agency"), key: try $0.id("key_id"), bytes: $0["bytes"])
    }
    return SignedDocument(kind: kind, body: row["body"], signatures: signatures)
  }

  /// Whether there is no room for a document that a peer sent. Every agency signs for its devices by
  /// itself, so one that signs without end fills up its own room and nobody else's.
  private func isFull(for document: SignedDocument) throws -> Bool {
    if document.kind == .rotation {
      return document.signatures.contains {
        partnership.rotationCount(of: $0.agency) >= Limits.Storage.rotations
      }
    }
    guard [.delegation, .revocation].contains(document.kind) else {
      let count = try row(
        "SELECT count(*) AS n FROM document WHERE kind NOT IN ('delegation', 'revocation', 'rotation')"
      )
      return count?["n"] ?? 0 >= Limits.Storage.documents
    }
    return document.signatures.contains { signature in
      let known = partnership.devices[signature.agency] ?? Devices()
      let count =
        document.kind == .delegation ? known.delegations.count : known.revocationCount
      return count >= Limits.Storage.deviceDocuments
    }
  }

  /// Of a peer's documents that have no effect here, or none yet, only the last few stay.
  private mutating func dropIdleDocuments(of peer: NodeName) throws {
    let sent = try rows(
      "SELECT id, kind FROM document WHERE sender = ? ORDER BY position", [peer.description])
    guard sent.count > Limits.Storage.idleDocuments else { return }
    let pinned = partnership.pinnedProfiles
    let idle = try sent.filter { row in
      let id: Digest = try row.id("id")
      let isProfile = row["kind"] == DocumentKind.profile.rawValue
      return isProfile ? !pinned.contains(id) : partnership.ineffective[id] != nil
    }
    guard idle.count > Limits.Storage.idleDocuments else { return }
    for row in idle.dropLast(Limits.Storage.idleDocuments) {
      let id: Data = row["id"]
      try run("DELETE FROM document_signature WHERE document = ?", [id])
      try run("DELETE FROM document WHERE id = ?", [id])
    }
    try goOn(by: Partnership(try documents(), readings: partnership.readings))
  }
}

extension LocalReplica {
  /// Adds documents that an administrator brings: an agreement with its profiles, or a membership.
  /// - Throws: `ReplicaError.document` where one of them has no effect here; nothing is added then.
  /// - Parameter key: the agency's own, with which it admits what its devices wrote.
  public func adopt(
    _ documents: [SignedDocument], admittingWith key: SigningKey? = nil, now: Instant
  ) throws(ReplicaError) {
    try write { try adopt(documents, into: &$0, admittingWith: key, now: now) }
  }

  func adopt(
    _ documents: [SignedDocument], into store: inout Store, admittingWith key: SigningKey?,
    now: Instant
  ) throws {
    try store.add(documents.filter(\.kind.isShared))
    for document in documents {
      if let problem = store.partnership.ineffective[document.id] {
        throw ReplicaError.document(
          DocumentError(source: document.kind.rawValue, problem: problem))
      }
    }
    _ = try retryHeld(&store, admittingWith: key, now: now)
  }

  /// The documents that are here, in the order in which they came.
  public func documents() throws(ReplicaError) -> [SignedDocument] {
    try read { try $0.documents() }
  }
}
