import ArgumentParser
import Floor
import Foundation
import Records

/// Writes the data as text, for tools in other languages.
struct Data_: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "Print the records: id and texts, separated by tabs.")
  @OptionGroup var size: SizeOption
  @Option(help: "Which texts.") var generation: UInt64 = 0

  func run() throws {
    let sheets = Sheets(count: size.records, generation: generation)
    var lines = ""
    for record in 0..<sheets.count {
      let texts = Sheets.fields.indices.map { sheets.text(record, $0) }
      lines += ([sheets.id(record).description] + texts).joined(separator: "\t") + "\n"
    }
    FileHandle.standardOutput.write(Data(lines.utf8))
  }
}

/// Plain inserts through SQLite's C API.
struct Plain: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Insert the rows into a plain table.")
  @OptionGroup var size: SizeOption
  @OptionGroup var place: PlaceOption

  func run() throws {
    try print(Facts(PlainFacts(Sheets(count: size.records), in: place.folder)))
  }
}

/// SQLite's session extension.
struct Session: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Extract the rows as a changeset and apply it to another file.")
  @OptionGroup var size: SizeOption
  @OptionGroup var place: PlaceOption

  func run() throws {
    let rows = FloorRows(Sheets(count: size.records))
    var all = rows.rows
    var result = floor_changeset()
    let folder = try place.made()
    try check(
      floor_session("\(folder)/source.sqlite", "\(folder)/target.sqlite", &all, &result))
    withExtendedLifetime(rows) {}
    try print(
      Facts(
        SessionFacts(
          values: size.records * Sheets.fields.count, extract_seconds: result.extract_seconds,
          apply_seconds: result.apply_seconds, bytes: Int(result.bytes))))
  }
}

struct SessionFacts: Encodable {
  let values: Int
  let extract_seconds: Double
  let apply_seconds: Double
  let bytes: Int
}

/// What plain inserts took.
struct PlainFacts: Encodable {
  let values: Int
  let seconds: Double
  let bytes: Int

  init(_ sheets: Sheets, in folder: String) throws {
    try PlaceOption.make(folder)
    let rows = FloorRows(sheets)
    var all = rows.rows
    let path = "\(folder)/plain.sqlite"
    var taken = 0.0
    try check(floor_insert(path, &all, &taken))
    withExtendedLifetime(rows) {}
    seconds = taken
    values = sheets.count * Sheets.fields.count
    bytes = Files.bytes(path)
  }
}

/// - Throws: where SQLite gave an error.
func check(_ code: Int32) throws {
  guard code == 0 else { throw BenchError("SQLite says \(code)") }
}
