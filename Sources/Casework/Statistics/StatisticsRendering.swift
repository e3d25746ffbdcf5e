import FoundationEssentials

extension StatisticsReport {
  /// What stands where a count is not shown.
  public static let mark = "*"

  private static let columns = [
    "group", "issued", "in time", "in time %", "opened", "opened %", "acted on", "acted on %",
    "median delay (min)",
  ]

  private static func cells(_ row: Row) -> [String] {
    func count(_ measure: Measure) -> String {
      if case .count(let count)? = row.cells[measure] { "\(count)" } else { mark }
    }
    func percentage(_ measure: Measure) -> String {
      row.percentage(measure).map { "\($0)" } ?? mark
    }
    return [
      row.label, count(.issued), count(.inTime), percentage(.inTime), count(.opened),
      percentage(.opened), count(.actedOn), percentage(.actedOn),
      row.medianDelay.map { "\($0)" } ?? mark,
    ]
  }

  /// One table by each of these dimensions, for people.
  public func text(by dimensions: [FigureCase.Dimension]) -> String {
    var lines: [String] = []
    for table in tables where dimensions.contains(table.dimension) {
      let rows =
        [[table.dimension.rawValue] + Self.columns.dropFirst()]
        + table.rows.map(Self.cells) + [Self.cells(total)]
      let widths = Self.columns.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
      for row in rows {
        lines.append(
          zip(row, widths).enumerated().map { column, cell in
            let space = String(repeating: " ", count: cell.1 - cell.0.count)
            return column == 0 ? cell.0 + space : space + cell.0
          }.joined(separator: "  "))
      }
      lines.append("")
    }
    lines.append(
      "\(Self.mark) not shown: under \(threshold), a part of fewer than \(2 * threshold), or it would tell what "
        + "is under \(threshold)")
    return lines.joined(separator: "\n")
  }

  /// The same as CSV (RFC 4180), the dimension in a column of its own.
  public func csv(by dimensions: [FigureCase.Dimension]) -> String {
    var rows = [["dimension"] + Self.columns]
    for table in tables where dimensions.contains(table.dimension) {
      rows += table.rows.map { [table.dimension.rawValue] + Self.cells($0) }
    }
    rows.append(["all"] + Self.cells(total))
    return rows.map { $0.map(Self.quoted).joined(separator: ",") + "\r\n" }.joined()
  }

  /// A cell that a spreadsheet would take for a formula is shown as text.
  private static func quoted(_ cell: String) -> String {
    var cell = cell
    if let first = cell.first, "=+-@".contains(first) { cell = "'" + cell }
    guard cell.contains(where: { ",\"\r\n".contains($0) }) else { return cell }
    return "\"" + cell.replacing("\"", with: "\"\"") + "\""
  }

  /// How many per cent were in time by one dimension, as a bar chart (SVG) that says the same in
  /// words, so that nothing is told by shape or colour alone.
  public func svg(by dimension: FigureCase.Dimension) -> String {
    let rows = (tables.first { $0.dimension == dimension }?.rows ?? []) + [total]
    let (line, left, wide) = (28, 190, 400)
    let height = rows.count * line + 60
    var parts = [
      """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(left + wide + 90) \(height)" \
      font-family="sans-serif" font-size="14" role="img">
      <title>Notifications in time, by \(dimension.rawValue)</title>
      """
    ]
    for (number, row) in rows.enumerated() {
      let y = 40 + number * line
      let label = Self.escaped(row.label)
      parts.append("<text x=\"\(left - 8)\" y=\"\(y + 15)\" text-anchor=\"end\">\(label)</text>")
      guard let percentage = row.percentage(.inTime) else {
        parts.append("<text x=\"\(left)\" y=\"\(y + 15)\">not shown</text>")
        continue
      }
      let width = wide * percentage / 100
      parts.append(
        "<rect x=\"\(left)\" y=\"\(y)\" width=\"\(width)\" height=\"20\" fill=\"#1d70b8\"/>"
          + "<text x=\"\(left + width + 6)\" y=\"\(y + 15)\">\(percentage) %</text>")
    }
    return parts.joined(separator: "\n")
      + "\n<text x=\"8\" y=\"22\" font-weight=\"bold\">Notifications in time, by "
      + "\(dimension.rawValue)</text>\n</svg>\n"
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
  }
}
