package import FoundationEssentials
package import Records
import Yams

/// Reads a strict subset of YAML 1.2: mappings, lists and scalars, no anchors, no unknown keys, no
/// duplicates. A scalar means what the reader asks for, never what YAML would guess from its look,
/// so that `no` can be a name and `1.10` a version.
package struct YAMLReader {
  package let source: String
  /// Where in the document, in words: `grants[2].to`.
  package let path: String
  private let node: Yams.Node

  /// Parses the one document of a text.
  package init(_ text: String, source: String) throws(DocumentError) {
    self.source = source
    path = ""
    do {
      guard let node = try Yams.compose(yaml: text) else {
        throw DocumentError(source: source, problem: "the document is empty")
      }
      self.node = node
    } catch let error as DocumentError {
      throw error
    } catch let error as YamlError {
      throw Self.translated(error, source: source)
    } catch {
      throw DocumentError(source: source, problem: "not YAML")
    }
  }

  private init(source: String, path: String, node: Yams.Node) {
    self.source = source
    self.path = path
    self.node = node
  }

  /// The error for this place.
  package func fail(_ problem: String) -> DocumentError {
    let place = path.isEmpty ? "" : "\(path): "
    return DocumentError(source: source, line: node.mark?.line, problem: place + problem)
  }

  /// A mapping whose keys are all among those allowed.
  package func mapping(_ keys: [String]) throws(DocumentError) -> YAMLFields {
    let entries = try entries()
    for (key, value) in entries where !keys.contains(key) {
      throw value.fail("unknown key; expected one of \(keys.joined(separator: ", "))")
    }
    return YAMLFields(reader: self, entries: entries)
  }

  /// A mapping whose keys are names of the document's own, in their order.
  package func entries() throws(DocumentError) -> [(key: String, value: YAMLReader)] {
    guard case .mapping(let mapping) = node, node.anchor == nil else {
      throw fail("expected a mapping (key: value)")
    }
    var entries: [(key: String, value: YAMLReader)] = []
    for (keyNode, value) in mapping {
      guard case .scalar(let scalar) = keyNode else { throw fail("a key must be a plain word") }
      let key = scalar.string
      guard !entries.contains(where: { $0.key == key }) else { throw fail("\(key) stands twice") }
      let inner = path.isEmpty ? key : "\(path).\(key)"
      entries.append((key, YAMLReader(source: source, path: inner, node: value)))
    }
    return entries
  }

  /// A list.
  package func list() throws(DocumentError) -> [YAMLReader] {
    guard case .sequence(let sequence) = node, node.anchor == nil else {
      throw fail("expected a list")
    }
    return sequence.enumerated().map {
      YAMLReader(source: source, path: "\(path)[\($0.offset + 1)]", node: $0.element)
    }
  }

  /// A scalar's text.
  package func text() throws(DocumentError) -> String {
    guard case .scalar(let scalar) = node, node.anchor == nil else { throw fail("expected text") }
    return scalar.string
  }

  /// A scalar that is not empty and stays on one line.
  package func line() throws(DocumentError) -> String {
    let text = try text()
    guard !text.isEmpty, !text.utf8.contains(where: { $0 < 32 || $0 == 127 }) else {
      throw fail("expected one line of text")
    }
    return text
  }

  /// A name as `Name` allows it.
  package func name() throws(DocumentError) -> String {
    try read("a name of lower-case letters, digits, hyphens and underscores") {
      Name.isValid($0) ? $0 : nil
    }
  }

  package func integer() throws(DocumentError) -> Int { try read("a whole number") { Int($0) } }

  package func boolean() throws(DocumentError) -> Bool { try read("true or false") { Bool($0) } }

  package func date() throws(DocumentError) -> LocalDate {
    try read("a date as 2026-09-01") { LocalDate($0) }
  }

  /// An instant in the one form in which it is written, so that a moment has one text.
  func instant() throws(DocumentError) -> Instant {
    try read("an instant in UTC as 2026-09-01T08:30:00.000Z") { text in
      Instant(text).flatMap { $0.description == text ? $0 : nil }
    }
  }

  /// A whole number from 1, without sign or leading zeros.
  func serial() throws(DocumentError) -> Int {
    try read("a whole number from 1") { text in
      Int(text).flatMap { $0 > 0 && String($0) == text ? $0 : nil }
    }
  }

  package func agency() throws(DocumentError) -> AgencyID {
    try read("an agency id as police.avonshire") { AgencyID($0) }
  }

  package func kind() throws(DocumentError) -> AgencyKind {
    let kinds = AgencyKind.allCases.map(\.rawValue).joined(separator: ", ")
    return try read("one of \(kinds)") { AgencyKind(rawValue: $0) }
  }

  package func digest() throws(DocumentError) -> Digest {
    try read("a SHA-256 digest of 64 hexadecimal digits") { Digest(hexadecimal: $0) }
  }

  package func base64() throws(DocumentError) -> Data {
    try read("base64") { Data(base64Encoded: $0) }
  }

  /// A scalar that is read by a function, or else an error that says what was expected.
  package func read<T>(_ expected: String, by parse: (String) -> T?) throws(DocumentError) -> T {
    guard case .scalar(let scalar) = node, node.anchor == nil, let value = parse(scalar.string)
    else { throw fail("expected \(expected)") }
    return value
  }

  private static func translated(_ error: YamlError, source: String) -> DocumentError {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      return DocumentError(source: source, line: mark.line, problem: "not YAML: \(problem)")
    case .duplicatedKeysInMapping(let duplicates, _):
      let keys = duplicates.sorted().joined(separator: ", ")
      return DocumentError(source: source, problem: "the same key stands twice: \(keys)")
    default:
      return DocumentError(source: source, problem: "not YAML")
    }
  }
}

/// The keys of one mapping.
package struct YAMLFields {
  package let reader: YAMLReader
  package let entries: [(key: String, value: YAMLReader)]

  package func optional(_ key: String) -> YAMLReader? { entries.first { $0.key == key }?.value }

  package func required(_ key: String) throws(DocumentError) -> YAMLReader {
    guard let value = optional(key) else { throw reader.fail("\(key) is missing") }
    return value
  }

  /// An optional list, each element read by the function.
  package func list<T>(
    _ key: String, _ read: (YAMLReader) throws(DocumentError) -> T
  ) throws(DocumentError) -> [T] {
    guard let value = optional(key) else { return [] }
    var items: [T] = []
    for item in try value.list() { items.append(try read(item)) }
    return items
  }
}
