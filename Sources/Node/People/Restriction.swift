import Casework
public import Records

/// What one restriction keeps from people of this agency.
public struct Restriction: Hashable, Sendable {
  public let records: [RecordID]
  /// The fields, where not the whole record is kept from them.
  public let fields: Set<String>
  /// Whom it means, folded.
  let people: Set<String>

  init(_ record: CaseRecord) {
    records = record.references("record")
    fields = Set(record.entries("fields").compactMap(\.value.words))
    people = Set(record.entries("people").compactMap(\.value.words).map(Viewer.folded))
  }
}
