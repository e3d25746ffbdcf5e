public import FoundationEssentials
import Records

/// The rows of an export, with values as the profile's types are written.
public struct ImportTable: Hashable, Sendable {
  public let rows: [Row]
  public let problems: [ImportProblem]

  /// One notification of the export.
  public struct Row: Hashable, Sendable {
    /// Counted from 1, in a CSV file with its heading.
    public let line: Int
    public let key: String
    /// By type, then by field.
    public let values: [String: [String: String]]
  }

  /// Reads an export: CSV with a heading, or JSON, a list of objects.
  /// - Throws: `ImportProblem` where the file is none.
  public init(
    _ data: Data, named name: String, by mapping: ImportMapping
  ) throws(ImportProblem) {
    let (records, misread) =
      name.lowercased().hasSuffix(".json")
      ? (try Self.json(data, name), []) : try Self.csv(data, name, mapping)
    var (rows, problems): ([Row], [ImportProblem]) = ([], misread)
    var lines: [String: Int] = [:]
    for (line, record) in records {
      var found: [ImportProblem] = []
      let row = Self.row(record, line, name, mapping, &found)
      if found.isEmpty, let before = lines.updateValue(line, forKey: row.key) {
        found.append(
          ImportProblem(
            source: name, line: line, column: mapping.key,
            problem: "'\(PrintableText.shown(row.key))' stands in line \(before) already"))
      }
      if found.isEmpty { rows.append(row) }
      problems += found
    }
    self.rows = rows
    self.problems = problems.enumerated().sorted {
      ($0.element.line, $0.offset) < ($1.element.line, $1.offset)
    }.map(\.element)
  }

  private static func row(
    _ record: [String: String], _ line: Int, _ source: String, _ mapping: ImportMapping,
    _ problems: inout [ImportProblem]
  ) -> Row {
    func fail(_ column: String, _ problem: String) {
      problems.append(
        ImportProblem(source: source, line: line, column: column, problem: problem))
    }
    let key = record[mapping.key]?.trimmed ?? ""
    if key.isEmpty { fail(mapping.key, "expected the system's own number of the notification") }
    var values: [String: [String: String]] = [:]
    for column in mapping.columns {
      let text = record[column.column]?.trimmed ?? ""
      guard !text.isEmpty else {
        if column.isRequired { fail(column.column, "expected a value") }
        continue
      }
      guard let value = column.format.value(text) else {
        fail(column.column, "expected \(column.format.rawValue)")
        continue
      }
      values[column.type, default: [:]][column.field] = column.prefix + value
    }
    return Row(line: line, key: key, values: values)
  }

  /// A row of another length says so for itself: the others are looked at all the same.
  private static func csv(
    _ data: Data, _ name: String, _ mapping: ImportMapping
  ) throws(ImportProblem) -> (records: [(Int, [String: String])], problems: [ImportProblem]) {
    guard let text = String(data: data, encoding: .utf8) else {
      throw ImportProblem(source: name, line: 1, column: "", problem: "not UTF-8 text")
    }
    var rows: [[String]]
    do { rows = try CSVRows(text, source: name).rows } catch {
      throw ImportProblem(source: name, line: error.row, column: "", problem: error.problem)
    }
    guard !rows.isEmpty else {
      throw ImportProblem(source: name, line: 1, column: "", problem: "the file is empty")
    }
    let heading = rows.removeFirst().map { $0.trimmed }
    for column in [mapping.key] + mapping.columns.map(\.column) where !heading.contains(column) {
      throw ImportProblem(
        source: name, line: 1, column: column, problem: "the heading has no such column")
    }
    var records: [(Int, [String: String])] = []
    var problems: [ImportProblem] = []
    for (number, row) in rows.enumerated() where row != [""] {
      guard row.count == heading.count else {
        problems.append(
          ImportProblem(
            source: name, line: number + 2, column: "",
            problem: "expected \(heading.count) columns, found \(row.count)"))
        continue
      }
      records.append(
        (number + 2, Dictionary(zip(heading, row), uniquingKeysWith: { first, _ in first })))
    }
    return (records, problems)
  }

  private static func json(
    _ data: Data, _ name: String
  ) throws(ImportProblem) -> [(Int, [String: String])] {
    guard let list = try? JSONDecoder().decode([[String: Scalar]].self, from: data) else {
      throw ImportProblem(
        source: name, line: 1, column: "", problem: "expected a list of objects with plain values")
    }
    return list.enumerated().map { ($0 + 1, $1.mapValues(\.text)) }
  }

  /// A plain JSON value as text.
  private struct Scalar: Decodable {
    let text: String

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if container.decodeNil() {
        text = ""
      } else if let text = try? container.decode(String.self) {
        self.text = text
      } else if let number = try? container.decode(Int64.self) {
        text = String(number)
      } else {
        text = try container.decode(Bool.self) ? "true" : "false"
      }
    }
  }
}

extension ImportMapping.Format {
  /// The value as the profile's types are written; nothing where it is not written so.
  func value(_ text: String) -> String? {
    switch self {
    case .text: return text
    case .ukDate: return Self.date(text)?.description
    case .ukDateTime:
      let parts = text.split(separator: " ")
      guard parts.count == 2, let date = Self.date(String(parts[0])) else { return nil }
      let time = parts[1].split(separator: ":").map { Int($0) }
      guard time.count == 2, let hours = time[0], let minutes = time[1], (0...23).contains(hours),
        (0...59).contains(minutes)
      else { return nil }
      return LondonTime(date: date, minutes: hours * 60 + minutes).instant.description
    }
  }

  private static func date(_ text: String) -> LocalDate? {
    let parts = text.split(separator: "/").map { Int($0) }
    guard parts.count == 3, let day = parts[0], let month = parts[1], let year = parts[2],
      year > 1900
    else { return nil }
    return LocalDate(year: year, month: month, day: day)
  }
}

extension String {
  fileprivate var trimmed: String {
    String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
  }
}

/// What is wrong with an export, and where.
public struct ImportProblem: Error, Hashable, Sendable, CustomStringConvertible {
  public let source: String
  public let line: Int
  /// Empty where it is the whole line.
  public let column: String
  public let problem: String

  /// States a problem.
  public init(source: String, line: Int, column: String, problem: String) {
    self.source = source
    self.line = line
    self.column = column
    self.problem = problem
  }

  public var description: String {
    "\(source): line \(line)\(column.isEmpty ? "" : ", \(column)"): \(problem)"
  }
}
