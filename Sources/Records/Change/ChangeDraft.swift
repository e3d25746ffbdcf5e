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
    let codes = secret.codes
    writes = try Self.committed(draft, key, codes)
    header = try ChangeHeader(
      draft, key: key, commitments: Commitments.padded(writes.map(\.id), codes))
    self.secret = secret
  }

  /// The writes with their openings. They come from here: nothing of them has to be read back.
  private static func committed(
    _ draft: ChangeDraft, _ key: KeyID, _ codes: ChangeSecret.Codes
  ) throws(ChangeError) -> [DisclosedChange.CheckedWrite] {
    var slots = DisclosedChange.Slots()
    var checked: [DisclosedChange.CheckedWrite] = []
    checked.reserveCapacity(draft.writes.count)
    for write in draft.writes {
      let isOfThePast = write.context.values.allSatisfy { $0 < draft.time }
      guard isOfThePast else { throw .malformedWrite("context from the write's own future") }
      let bytes = write.encoded()
      guard bytes.count <= Limits.Change.writeBytes else {
        throw .malformedWrite("more than \(Limits.Change.writeBytes) bytes")
      }
      let opening = Opening(salt: codes.salt(for: bytes), bytes: bytes)
      let id = opening.writeID(record: draft.record, key: key, time: draft.time)
      try slots.take(write, id)
      checked.append(DisclosedChange.CheckedWrite(id: id, opening: opening, write: write))
    }
    return checked
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
    return Commitments.padded(ids, secret.codes)
  }
}
