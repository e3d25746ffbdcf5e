import FoundationEssentials
import SwiftProtobuf

extension Value {
  /// Reads the wire form; nothing where a part is malformed or of a kind not known here.
  package init?(_ wire: Concord_V1_Value) {
    switch wire.kind {
    case .text(let text): self = .text(text)
    case .integer(let number): self = .integer(number)
    case .boolean(let flag): self = .boolean(flag)
    case .date(let days): self = .date(LocalDate(daysSinceEpoch: days))
    case .instant(let milliseconds): self = .instant(Instant(milliseconds: milliseconds))
    case .term(let term): self = .term(term)
    case .reference(let bytes):
      guard let id = RecordID(bytes) else { return nil }
      self = .reference(id)
    case .agency(let text):
      guard let id = AgencyID(text) else { return nil }
      self = .agency(id)
    case .identifier(let text): self = .identifier(text)
    case nil: return nil
    }
  }

  /// Reads a value as `encoded` writes it; nothing where it is anything else.
  init?(usual bytes: UnsafeRawBufferPointer) {
    var reader = WireReader(bytes)
    guard let value = Self.text(&reader) ?? Self.number(&reader) ?? Self.identity(&reader),
      reader.isAtEnd
    else { return nil }
    self = value
  }

  private static func text(_ reader: inout WireReader) -> Value? {
    if reader.takes(1, 2) { return reader.text().map(Value.text) }
    if reader.takes(6, 2) { return reader.text().map(Value.term) }
    if reader.takes(9, 2) { return reader.text().map(Value.identifier) }
    return nil
  }

  private static func number(_ reader: inout WireReader) -> Value? {
    func signed() -> Int64? {
      reader.varint().map { Int64(bitPattern: $0 >> 1) ^ -Int64(bitPattern: $0 & 1) }
    }
    if reader.takes(2, 0) { return signed().map(Value.integer) }
    if reader.takes(3, 0) {
      guard let flag = reader.varint(), flag <= 1 else { return nil }
      return .boolean(flag == 1)
    }
    if reader.takes(4, 0) {
      return signed().flatMap(Int32.init(exactly:)).map {
        .date(LocalDate(daysSinceEpoch: $0))
      }
    }
    if reader.takes(5, 0) { return signed().map { .instant(Instant(milliseconds: $0)) } }
    return nil
  }

  private static func identity(_ reader: inout WireReader) -> Value? {
    if reader.takes(7, 2) {
      guard let part = reader.part(), part.count == RecordID.byteCount else { return nil }
      return .reference(RecordID(storage: Bytes16(reading: part)))
    }
    if reader.takes(8, 2) { return reader.text().flatMap(AgencyID.init).map(Value.agency) }
    return nil
  }

  /// The value's bytes within a write.
  var encoded: WireWriter {
    var wire = WireWriter(capacity: 48)
    switch self {
    case .text(let text): wire.text(1, text)
    case .integer(let number): wire.signed(2, number)
    case .boolean(let flag): wire.number(3, flag ? 1 : 0)
    case .date(let date): wire.signed(4, Int64(date.daysSinceEpoch))
    case .instant(let instant): wire.signed(5, instant.milliseconds)
    case .term(let term): wire.text(6, term)
    case .reference(let id): wire.bytes(7, id.storage)
    case .agency(let id): wire.text(8, id.description)
    case .identifier(let text): wire.text(9, text)
    }
    return wire
  }
}
