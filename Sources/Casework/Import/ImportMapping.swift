public import Agreements
import FoundationEssentials
import Records

/// How the columns of a records system's export become fields of children, incidents and notifications,
/// as a file says it (YAML): so nothing is keyed twice, and no export needs a program of its own.
public struct ImportMapping: Hashable, Sendable {
  /// The records system; ids of what is imported follow from it and the key.
  public let name: String
  /// The column with the system's own number of the notification.
  public let key: String
  public let columns: [Column]

  /// One field and where it comes from.
  public struct Column: Hashable, Sendable {
    /// `child`, `incident` or `notification`.
    public let type: String
    public let field: String
    public let column: String
    public let format: Format
    /// What stands before the value, as `school.` before a URN.
    public let prefix: String
    public let isRequired: Bool
  }

  /// How a value is written.
  public enum Format: String, Hashable, Sendable, CaseIterable {
    case text
    /// `31/12/2015`
    case ukDate = "dd/mm/yyyy"
    /// `31/12/2015 22:40`, in London.
    case ukDateTime = "dd/mm/yyyy hh:mm"
  }

  private static let types = ["child", "incident", "notification"]

  /// Reads a mapping.
  /// - Throws: `DocumentError` with the line.
  public init(_ text: String, source: String) throws(DocumentError) {
    let fields = try YAMLReader(text, source: source).mapping(["import", "key", "columns"])
    name = try fields.required("import").name()
    key = try fields.required("key").line()
    var columns: [Column] = []
    for (target, reader) in try fields.required("columns").entries() {
      columns.append(try Self.column(target, reader))
    }
    self.columns = columns
    guard columns.contains(where: { $0.type == "child" }) else {
      throw try fields.required("columns").fail("expected a field of the child at least")
    }
  }

  private static func column(
    _ target: String, _ reader: YAMLReader
  ) throws(DocumentError) -> Column {
    let parts = target.split(separator: ".", maxSplits: 1).map(String.init)
    guard parts.count == 2, types.contains(parts[0]) else {
      throw reader.fail(
        "expected TYPE.FIELD, where TYPE is one of \(types.joined(separator: ", "))")
    }
    let fields = try reader.mapping(["column", "format", "prefix", "required"])
    let format = try fields.optional("format")?.read(
      "one of \(Format.allCases.map(\.rawValue).joined(separator: ", "))"
    ) { Format(rawValue: $0) }
    return Column(
      type: parts[0], field: parts[1], column: try fields.required("column").line(),
      format: format ?? .text, prefix: try fields.optional("prefix")?.line() ?? "",
      isRequired: try fields.optional("required")?.boolean() ?? false)
  }
}
