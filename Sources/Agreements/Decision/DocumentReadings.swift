import FoundationEssentials
public import Records
import Synchronization

/// What documents were found to say, so that none is parsed and none of its signatures verified twice: whoever adopts
/// one document more reads all of them again, and hundreds of nodes that one process plays hold the same
/// agreements. What a document says follows from its bytes alone, so it can be kept for as long as there is room.
///
/// One is shared by all `Partnership`s that follow each other in a replica.
public final class DocumentReadings: Sendable {
  /// Bytes of the documents whose readings are kept; all are forgotten where there are more. A peer that sends
  /// documents without end costs time, and no memory.
  private static let mostBytes = 64 << 20

  /// A document with its signatures, whichever they are.
  private struct Key: Hashable {
    let id: Digest
    let signatures: [DocumentSignature]

    init(_ document: SignedDocument) {
      id = document.id
      signatures = document.signatures
    }
  }

  private struct Check: Hashable {
    let id: Digest
    let signature: DocumentSignature
    let key: VerifyingKey
  }

  private struct Known {
    var files: [Digest: Result<ProfileFile, DocumentError>] = [:]
    var agreements: [Key: Result<(agreement: Agreement, missing: [AgencyID]), DocumentError>] = [:]
    var profiles: [Digest: Profile] = [:]
    var memberships: [Key: Result<Membership, DocumentError>] = [:]
    var checks: [Check: Bool] = [:]
    /// What they were read from, counted once for each reading.
    var bytes = 0
  }

  private let known = Mutex(Known())

  /// Nothing was read yet.
  public init() {}

  func file(_ document: SignedDocument) throws(DocumentError) -> ProfileFile {
    try recall(document.id, of: document, in: \.files) {
      () throws(DocumentError) in try ProfileFile(document, source: "profile")
    }
  }

  func membership(_ document: SignedDocument) throws(DocumentError) -> Membership {
    try recall(Key(document), of: document, in: \.memberships) {
      () throws(DocumentError) in try Membership(document, source: "membership")
    }
  }

  /// An agreement, and the principals whose valid signature is missing.
  /// - Throws: `DocumentError`, as `Agreement.init` does.
  public func agreement(
    _ document: SignedDocument
  ) throws(DocumentError) -> (agreement: Agreement, missing: [AgencyID]) {
    try recall(Key(document), of: document, in: \.agreements) { () throws(DocumentError) in
      let agreement = try Agreement(document, source: "agreement")
      return (agreement, agreement.missingSignatures)
    }
  }

  /// The profile that an agreement's files merge into, which it names by their digests. What is missing may come
  /// yet, so only what was found is kept.
  func profile(
    of agreement: Agreement, from files: [ProfileFile]
  ) throws(DocumentError) -> Profile {
    if let profile = known.withLock({ $0.profiles[agreement.digest] }) { return profile }
    let profile = try agreement.mergedProfile(from: files)
    try agreement.check(against: profile, source: agreement.lineage)
    keep(profile, for: agreement.digest, of: agreement.document, in: \.profiles)
    return profile
  }

  /// Whether an agency has signed with a key, as `SignedDocument.isSigned`.
  func isSigned(_ document: SignedDocument, by agency: AgencyID, key: VerifyingKey) -> Bool {
    guard let signature = document.signatures.first(where: { $0.agency == agency }) else {
      return false
    }
    let check = Check(id: document.id, signature: signature, key: key)
    if let isSigned = known.withLock({ $0.checks[check] }) { return isSigned }
    let isSigned = document.isSigned(by: agency, key: key)
    keep(isSigned, for: check, of: document, in: \.checks)
    return isSigned
  }

  private func recall<Key: Hashable & Sendable, Reading: Sendable>(
    _ key: Key, of document: SignedDocument,
    in kept: any WritableKeyPath<Known, [Key: Result<Reading, DocumentError>]> & Sendable,
    reading: () throws(DocumentError) -> Reading
  ) throws(DocumentError) -> Reading {
    if let result = known.withLock({ $0[keyPath: kept][key] }) { return try result.get() }
    let result = Result(catching: reading)
    keep(result, for: key, of: document, in: kept)
    return try result.get()
  }

  private func keep<Key: Hashable & Sendable, Reading: Sendable>(
    _ reading: Reading, for key: Key, of document: SignedDocument,
    in kept: any WritableKeyPath<Known, [Key: Reading]> & Sendable
  ) {
    known.withLock { known in
      known.bytes += document.body.count
      if known.bytes > Self.mostBytes { known = Known(bytes: document.body.count) }
      known[keyPath: kept][key] = reading
    }
  }
}
