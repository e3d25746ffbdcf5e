import FoundationEssentials

/// What the headers of one author's changes to records of one type have in common: all but the record, the
/// stamp and the commitments. Whoever keeps many headers keeps this once.
package struct HeaderForm: Hashable, Sendable {
  package let lineage: String
  package let agreement: Digest
  package let recordType: String
  package let author: AgencyID
  package let key: KeyID
  /// The header's bytes before the record id, and between that and the stamp.
  let start: Data
  let middle: Data

  /// The form of a header. Nothing where the header is not encoded as this implementation encodes: another
  /// one's bytes are kept as they are.
  package init?(_ header: ChangeHeader) {
    self.init(
      lineage: header.lineage, agreement: header.agreement, recordType: header.recordType,
      author: header.author, key: header.key)
    guard header.time.rawValue != 0,
      bytes(header.record, header.time, header.commitments) == header.bytes
    else {
      return nil
    }
  }

  /// States what headers have in common.
  package init(
    lineage: String, agreement: Digest, recordType: String, author: AgencyID, key: KeyID
  ) {
    (self.lineage, self.agreement, self.recordType) = (lineage, agreement, recordType)
    (self.author, self.key) = (author, key)
    var start = WireWriter()
    start.number(1, 1)
    start.text(2, lineage)
    start.bytes(3, agreement.bytes)
    start.text(4, recordType)
    self.start = Data(start.bytes)
    var middle = WireWriter()
    middle.text(6, author.description)
    middle.bytes(7, key.bytes)
    self.middle = Data(middle.bytes)
  }

  /// A header's bytes, as the generated code would write them.
  func bytes(_ record: RecordID, _ time: HLC, _ commitments: [WriteID]) -> Data {
    var header = WireWriter(
      capacity: start.count + middle.count + commitments.count * WriteID.byteCount + 40)
    header.append(start)
    header.bytes(5, record.storage)
    header.append(middle)
    if time.rawValue != 0 { header.fixed(8, time.rawValue) }
    if !commitments.isEmpty { header.digests(9, commitments) }
    return Data(header.bytes)
  }
}
