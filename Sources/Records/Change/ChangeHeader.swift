public import FoundationEssentials
import SwiftProtobuf

/// What the author of a change signs, read from its bytes and kept beside them.
public struct ChangeHeader: Hashable, Sendable {
  /// The bytes as the author made them. Hashed and passed on verbatim, never re-encoded.
  public let bytes: Data
  /// The change's identity.
  public let id: ChangeID
  /// The name of the agreement that judges the writes.
  public let lineage: String
  /// The agreement version that the author wrote under.
  public let agreement: Digest
  public let recordType: String
  public let record: RecordID
  public let author: AgencyID
  public let key: KeyID
  public let time: HLC
  /// Strictly ascending; decoys among them.
  public let commitments: [WriteID]

  /// Reads a header.
  /// - Throws: `ChangeError.malformedHeader` that names the part.
  public init(_ bytes: Data) throws(ChangeError) {
    guard bytes.count <= Limits.Change.headerBytes else {
      throw .malformedHeader("more than \(Limits.Change.headerBytes) bytes")
    }
    guard let wire = try? Concord_V1_Header(serializedBytes: bytes) else {
      throw .malformedHeader("not a protobuf Header")
    }
    guard wire.format == 1 else { throw .malformedHeader("format is not 1") }
    self.bytes = bytes
    id = ChangeID(TaggedHash.digest(Tag.change, bytes))
    lineage = try Self.name(wire.lineage, "lineage")
    recordType = try Self.name(wire.recordType, "record_type")
    agreement = try Self.identifier(wire.agreementDigest, "agreement_digest")
    record = try Self.identifier(wire.recordID, "record_id")
    key = try Self.identifier(wire.keyID, "key_id")
    guard let author = AgencyID(wire.author) else { throw .malformedHeader("author") }
    self.author = author
    time = HLC(rawValue: wire.hlc)
    commitments = try Self.commitments(wire.commitments)
  }

  /// Writes the header of a change to be, over commitments that are in order.
  /// - Throws: `ChangeError.malformedHeader` that names the part.
  init(_ draft: ChangeDraft, key: KeyID, commitments: [WriteID]) throws(ChangeError) {
    lineage = try Self.name(draft.lineage, "lineage")
    recordType = try Self.name(draft.recordType, "record_type")
    (agreement, record, author) = (draft.agreement, draft.record, draft.author)
    (self.key, time, self.commitments) = (key, draft.time, commitments)
    var wire = Concord_V1_Header()
    wire.format = 1
    wire.lineage = lineage
    wire.agreementDigest = agreement.bytes
    wire.recordType = recordType
    wire.recordID = record.bytes
    wire.author = author.description
    wire.keyID = key.bytes
    wire.hlc = time.rawValue
    var list = Data(capacity: commitments.count * WriteID.byteCount)
    for commitment in commitments { list.append(commitment.bytes) }
    wire.commitments = list
    // In-memory encoding of a proto3 message without required fields cannot fail.
    bytes = (try? wire.serializedData()) ?? Data()
    guard bytes.count <= Limits.Change.headerBytes else {
      throw .malformedHeader("more than \(Limits.Change.headerBytes) bytes")
    }
    id = ChangeID(TaggedHash.digest(Tag.change, bytes))
  }

  /// The place of a write id among the commitments, which ascend; nothing where it is none of them.
  public func place(of id: WriteID) -> Int? {
    var (low, high) = (0, commitments.count)
    while low < high {
      let middle = (low + high) / 2
      if commitments[middle] < id { low = middle + 1 } else { high = middle }
    }
    return low < commitments.count && commitments[low] == id ? low : nil
  }

  private static func name(_ text: String, _ part: String) throws(ChangeError) -> String {
    guard Name.isValid(text) else { throw .malformedHeader(part) }
    return text
  }

  private static func identifier<ID: BinaryIdentifier>(
    _ bytes: Data, _ part: String
  ) throws(ChangeError) -> ID {
    guard let id = ID(bytes) else { throw .malformedHeader(part) }
    return id
  }

  private static func commitments(_ bytes: Data) throws(ChangeError) -> [WriteID] {
    let count = bytes.count / WriteID.byteCount
    guard bytes.count.isMultiple(of: WriteID.byteCount), count >= Commitments.smallest,
      count.nonzeroBitCount == 1, count <= Limits.Change.commitments
    else { throw .malformedHeader("the number of commitments is not 8, 16, 32, ...") }
    let list = bytes.withUnsafeBytes { bytes in
      stride(from: 0, to: bytes.count, by: WriteID.byteCount).map {
        WriteID(storage: Bytes32(reading: UnsafeRawBufferPointer(rebasing: bytes[$0...])))
      }
    }
    for (earlier, later) in zip(list, list.dropFirst()) where !(earlier < later) {
      throw .malformedHeader("the commitments are not strictly ascending")
    }
    return list
  }
}
