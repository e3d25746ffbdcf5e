/// Rows of RFC 4180: commas, double quotes, doubled quotes within quotes.
struct CSVRows {
  let rows: [[String]]

  init(_ text: String, source: String) throws(SchoolFileError) {
    var rows: [[String]] = []
    var row: [String] = []
    var field: [UInt8] = []
    var isQuoted = false
    var bytes = Array(text.utf8)[...]
    func ended() { row.append(String(decoding: field, as: UTF8.self)) }
    while let byte = bytes.popFirst() {
      switch (byte, isQuoted) {
      case (UInt8(ascii: "\""), true) where bytes.first == UInt8(ascii: "\""):
        field.append(byte)
        bytes.removeFirst()
      case (UInt8(ascii: "\""), _): isQuoted.toggle()
      case (UInt8(ascii: ","), false):
        ended()
        field = []
      case (UInt8(ascii: "\r"), false): continue
      case (UInt8(ascii: "\n"), false):
        ended()
        rows.append(row)
        (row, field) = ([], [])
      default: field.append(byte)
      }
    }
    guard !isQuoted else {
      throw SchoolFileError(source: source, row: rows.count + 1, problem: "a quote is not closed")
    }
    if !field.isEmpty || !row.isEmpty {
      ended()
      rows.append(row)
    }
    self.rows = rows
  }
}
