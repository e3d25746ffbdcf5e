import CYaml
import Records

/// Looks through a text, part by part, before anything is built from it. Anchors are refused here:
/// followed while building, sixty aliases that double would be a billion billion parts.
struct YAMLScan {
  private let source: String
  private var depth = 0
  private var nodes = 0

  /// - Throws: `DocumentError` where the text is too large, too deep or not plain. What is not YAML
  ///   at all is left to whoever builds from it.
  static func check(_ text: String, source: String) throws(DocumentError) {
    guard text.utf8.count <= Limits.Document.bytes else {
      throw DocumentError(source: source, problem: "more than \(Limits.Document.bytes) bytes")
    }
    var scan = YAMLScan(source: source)
    var parser = yaml_parser_t()
    let bytes = Array(text.utf8)
    // The parser points to itself and to the bytes: both stay where they are.
    try withUnsafeMutablePointer(to: &parser) { parser throws(DocumentError) in
      guard yaml_parser_initialize(parser) == 1 else {
        throw DocumentError(source: source, problem: "no memory to read it")
      }
      defer { yaml_parser_delete(parser) }
      try bytes.withUnsafeBufferPointer { buffer throws(DocumentError) in
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, buffer.baseAddress, buffer.count)
        while try scan.next(parser) {}
      }
    }
  }

  private init(source: String) { self.source = source }

  /// Takes the next event.
  /// - Returns: whether there are more.
  private mutating func next(
    _ parser: UnsafeMutablePointer<yaml_parser_t>
  ) throws(DocumentError) -> Bool {
    var event = yaml_event_t()
    guard yaml_parser_parse(parser, &event) == 1 else { return false }
    defer { yaml_event_delete(&event) }
    let line = Int(event.start_mark.line) + 1
    switch event.type {
    case YAML_STREAM_END_EVENT: return false
    case YAML_ALIAS_EVENT: throw anchored(line)
    case YAML_SCALAR_EVENT:
      if event.data.scalar.anchor != nil { throw anchored(line) }
      try count(line)
    case YAML_SEQUENCE_START_EVENT:
      if event.data.sequence_start.anchor != nil { throw anchored(line) }
      try enter(line)
    case YAML_MAPPING_START_EVENT:
      if event.data.mapping_start.anchor != nil { throw anchored(line) }
      try enter(line)
    case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: depth -= 1
    default: break
    }
    return true
  }

  private mutating func enter(_ line: Int) throws(DocumentError) {
    try count(line)
    depth += 1
    guard depth <= Limits.Document.depth else {
      throw fail("nested more than \(Limits.Document.depth) deep", line)
    }
  }

  private mutating func count(_ line: Int) throws(DocumentError) {
    nodes += 1
    guard nodes <= Limits.Document.nodes else {
      throw fail("more than \(Limits.Document.nodes) parts", line)
    }
  }

  private func anchored(_ line: Int) -> DocumentError {
    fail("anchors and aliases are not allowed", line)
  }

  private func fail(_ problem: String, _ line: Int) -> DocumentError {
    DocumentError(source: source, line: line, problem: problem)
  }
}
