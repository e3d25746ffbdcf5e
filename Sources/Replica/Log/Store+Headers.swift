import FoundationEssentials
import GRDB
import Records

/// How headers lie in the log: what many have in common stands once, as their form, and each change keeps its
/// commitments. A header in another encoding than this implementation's is kept as it came, without a form.
extension Store {
  /// What `header(_:)` reads, of `change c`; they stand last in a row. They are read by place: to look for a name
  /// among a row's takes longer than what it names.
  static let headerColumns =
    "c.form, c.header, c.hlc, (SELECT id FROM record WHERE no = c.record) AS record_id"

  func header(_ row: Row) throws -> ChangeHeader {
    let first = row.count - 4
    guard let number: Int64 = row[first] else { return try ChangeHeader(row[first + 1] as Data) }
    return try ChangeHeader(
      try form(number), record: try row.id(at: first + 3), time: row.stamp(at: first + 2),
      commitments: row[first + 1])
  }

  /// A header as its row keeps it.
  func stored(_ header: ChangeHeader) throws -> (form: Int64?, kept: Data) {
    guard let form = HeaderForm(header) else { return (nil, header.bytes) }
    return (try number(of: form), header.commitmentBytes)
  }

  private func form(_ number: Int64) throws -> HeaderForm {
    if let known = memory.forms[number] { return known }
    guard let row = try row("SELECT * FROM form WHERE no = ?", [number]) else {
      throw ReplicaError.storage("a header has no form")
    }
    let form = HeaderForm(
      lineage: row["lineage"], agreement: try row.id("agreement"), recordType: row["type"],
      author: try row.agency("author"), key: try row.id("key_id"))
    memory.forms[number] = form
    return form
  }

  private func number(of form: HeaderForm) throws -> Int64 {
    if let known = memory.formNumbers[form] { return known }
    let parts: StatementArguments = [
      form.lineage, form.agreement.bytes, form.recordType, form.author.description,
      form.key.bytes,
    ]
    try run(
      """
      INSERT OR IGNORE INTO form (lineage, agreement, type, author, key_id)
      VALUES (?, ?, ?, ?, ?)
      """, parts)
    let row = try row(
      """
      SELECT no FROM form
      WHERE lineage = ? AND agreement = ? AND type = ? AND author = ? AND key_id = ?
      """, parts)
    guard let number: Int64 = row?["no"] else {
      throw ReplicaError.storage("a header's form cannot be kept")
    }
    memory.formNumbers[form] = number
    memory.forms[number] = form
    return number
  }
}
