import Floor
import Foundation
import Records

/// The sheets as C sees them: ids and texts side by side, made before anything is timed.
final class FloorRows {
  private let ids: UnsafeMutablePointer<UInt8>
  private let values: UnsafeMutablePointer<UnsafePointer<CChar>?>
  private let count: Int

  init(_ sheets: Sheets) {
    let fields = Sheets.fields.count
    count = sheets.count * fields
    ids = .allocate(capacity: max(1, sheets.count * 16))
    values = .allocate(capacity: max(1, count))
    for record in 0..<sheets.count {
      sheets.id(record).bytes.copyBytes(to: ids + record * 16, count: 16)
      for field in 0..<fields {
        (values + record * fields + field).initialize(
          to: UnsafePointer(strdup(sheets.text(record, field))))
      }
    }
    rows = floor_rows(
      ids: ids, values: values, rows: Int32(sheets.count), fields: Int32(fields))
  }

  /// What the C functions take.
  private(set) var rows: floor_rows

  deinit {
    for place in 0..<count { free(UnsafeMutablePointer(mutating: values[place])) }
    values.deallocate()
    ids.deallocate()
  }
}
