import FoundationEssentials
import SwiftProtobuf

/// What is to be written, before it is committed to and signed.
public struct ChangeDraft: Sendable {
  public let lineage: String
  public let agreement: Digest
  public let recordType: String
  public let record: RecordID
  public let author: AgencyID
  public let time: HLC
  public let writes: [Write]

  /// Collects the parts of a change to be.
  public init(
    lineage: String, agreement: Digest, recordType: String, record: RecordID, author: AgencyID,
    time: HLC, writes: [Write]
  ) {
    self.lineage = lineage
    self.agreement = agreement
    self.recordType = recordType
    self.record = record
    self.author = author
    self.time = time
    self.writes = writes
  }
}

/// A change as its author holds it: every opening, and the secret behind salts and decoys.
public struct AuthoredChange: Sendable {
  public let header: ChangeHeader
  /// The draft's writes in their order, each with its opening.
  public let writes: [DisclosedChange.CheckedWrite]
  public let secret: ChangeSecret
  /// What shows each write, in their order.
  public var openings: [Opening] { writes.map(\.opening) }

  /// Commits to the draft's writes.
  /// - Throws: `ChangeError` where the draft has no writes, one too many or one slot twice.
  public init(
    _ draft: ChangeDraft, key: KeyID, using generator: inout some RandomNumberGenerator
  ) throws(ChangeError) {
    guard !draft.writes.isEmpty else { throw .empty }
    guard draft.writes.count < Limits.Change.commitments else {
      throw .malformedHeader("more than \(Limits.Change.commitments - 1) writes")
    }
    let secret = ChangeSecret(using: &generator)
    let openings = draft.writes.map { write in
      let bytes = write.encoded()
      return Opening(salt: secret.salt(for: bytes), bytes: bytes)
    }
    let ids = openings.map { $0.writeID(record: draft.record, key: key, time: draft.time) }
    var wire = Concord_V1_Header()
    wire.format = 1
    wire.lineage = draft.lineage
    wire.agreementDigest = draft.agreement.bytes
    wire.recordType = draft.recordType
    wire.recordID = draft.record.bytes
    wire.author = draft.author.description
    wire.keyID = key.bytes
    wire.hlc = draft.time.rawValue
    wire.commitments = Commitments.padded(ids, secret: secret).reduce(into: Data()) {
      $0.append($1.bytes)
    }
    header = try ChangeHeader((try? wire.serializedData()) ?? Data())
    self.secret = secret
    writes = try DisclosedChange.writes(of: header, openings: openings)
  }

  /// Signs this change alone.
  public func signed(by key: SigningKey) throws -> Proof {
    .direct(signature: try key.sign(TaggedHash.message(Tag.direct, header.id.bytes)))
  }

  /// Rebuilds the commitments that stand in the header, from the openings and the secret.
  public static func commitments(
    rebuiltFrom openings: [Opening], of header: ChangeHeader, secret: ChangeSecret
  ) -> [WriteID] {
    let ids = openings.map {
      $0.writeID(record: header.record, key: header.key, time: header.time)
    }
    return Commitments.padded(ids, secret: secret)
  }
}
