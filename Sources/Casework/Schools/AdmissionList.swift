public import Records

/// Whom an administrator wants to admit: a line for each agency, with its card's file.
public struct AdmissionList: Hashable, Sendable {
  /// One agency.
  public struct Row: Hashable, Sendable {
    /// Counted from 1, with the heading.
    public let line: Int
    public let agency: AgencyID
    /// As it stands there: beside the list, or a whole path.
    public let card: String
  }

  public let rows: [Row]

  /// Reads a list (CSV, RFC 4180): a heading that has `card` and either `urn` or `agency`, in whatever case and order.
  /// Other columns are passed over.
  /// - Throws: `SchoolFileError` that names the row, counted from 1.
  public init(csv text: String, source: String) throws(SchoolFileError) {
    func fail(_ row: Int, _ problem: String) -> SchoolFileError {
      SchoolFileError(source: source, row: row, problem: problem)
    }
    // Spreadsheets put a byte order mark first.
    let marked = text.unicodeScalars.first == "\u{FEFF}"
    var lines = try CSVRows(marked ? String(text.unicodeScalars.dropFirst()) : text, source: source)
      .rows
    guard !lines.isEmpty else { throw fail(1, "the file is empty") }
    let heading = lines.removeFirst().map { Self.trimmed($0).lowercased() }
    guard let card = heading.firstIndex(of: "card"),
      let agency = heading.firstIndex(of: "agency") ?? heading.firstIndex(of: "urn")
    else { throw fail(1, "expected the columns card, and urn or agency") }
    let isURN = heading[agency] == "urn"
    var rows: [Row] = []
    for (number, line) in lines.enumerated() where line != [""] {
      guard line.count == heading.count else {
        throw fail(number + 2, "expected \(heading.count) columns, found \(line.count)")
      }
      let named = Self.trimmed(line[agency])
      let file = Self.trimmed(line[card])
      guard let id = isURN ? (try? URN(named)).flatMap(AgencyID.init(school:)) : AgencyID(named)
      else {
        throw fail(number + 2, isURN ? "expected a URN of six digits" : "expected an agency id")
      }
      guard !file.isEmpty else { throw fail(number + 2, "expected a card's file") }
      rows.append(Row(line: number + 2, agency: id, card: file))
    }
    self.rows = rows
  }

  private static func trimmed(_ text: String) -> String {
    let start = text.drop { $0.isWhitespace }
    return String(start.reversed().drop { $0.isWhitespace }.reversed())
  }
}

extension AgencyID {
  /// The school of a URN.
  fileprivate init?(school urn: URN) { self.init("\(AgencyKind.school.rawValue).\(urn)") }
}
