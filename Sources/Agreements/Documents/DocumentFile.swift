import FoundationEssentials
import Records

/// Documents as they lie in a file: readable text, each part behind a line `--- # concord/KIND`,
/// each signed document followed by its signatures. People read what they sign.
public struct DocumentFile: Sendable {
  public var documents: [SignedDocument]

  /// Collects documents for a file.
  public init(_ documents: [SignedDocument]) { self.documents = documents }

  /// Reads a file.
  /// - Throws: `DocumentError` with the line.
  public init(_ text: String, source: String) throws(DocumentError) {
    documents = []
    for section in try Self.sections(text, source: source) {
      if section.name == "signatures" {
        guard let last = documents.indices.last else {
          throw DocumentError(
            source: source, line: section.line, problem: "signatures without a document")
        }
        for signature in try Self.signatures(section, source: source) {
          documents[last].add(signature)
        }
      } else if let kind = DocumentKind(rawValue: section.name) {
        documents.append(SignedDocument(kind: kind, body: Data(section.body.utf8)))
      } else {
        throw DocumentError(
          source: source, line: section.line, problem: "unknown part concord/\(section.name)")
      }
    }
  }

  /// The first document of a kind.
  public func first(_ kind: DocumentKind) -> SignedDocument? {
    documents.first { $0.kind == kind }
  }

  /// The file's text.
  public var text: String {
    documents.map { document in
      var text = "\(Self.marker)\(document.kind.rawValue)\n\(document.text)"
      if !document.signatures.isEmpty { text += "\(Self.marker)signatures\n" }
      for signature in document.signatures {
        text += """
          - agency: \(signature.agency)
            key: \(signature.key)
            signature: \(signature.bytes.base64EncodedString())

          """
      }
      return text
    }.joined()
  }

  private static let marker = "--- # concord/"

  private struct Section {
    let name: String
    let line: Int
    var body = ""
  }

  private static func sections(
    _ text: String, source: String
  ) throws(DocumentError) -> [Section] {
    var sections: [Section] = []
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    for (number, line) in lines.enumerated() {
      if line.hasPrefix(marker) {
        let name = String(line.dropFirst(marker.count))
        sections.append(Section(name: name, line: number + 1))
      } else if let last = sections.indices.last {
        let isEnd = number == lines.count - 1 && line.isEmpty
        sections[last].body += isEnd ? "" : line + "\n"
      } else if !line.isEmpty {
        throw DocumentError(
          source: source, line: number + 1, problem: "expected a line `\(marker)...` first")
      }
    }
    guard !sections.isEmpty else {
      throw DocumentError(source: source, problem: "expected a line `\(marker)...` first")
    }
    return sections
  }

  private static func signatures(
    _ section: Section, source: String
  ) throws(DocumentError) -> [DocumentSignature] {
    // The parser counts from the section's start; the file's lines count from its own.
    do throws(DocumentError) {
      let items = try YAMLReader(section.body, source: source).list()
      guard items.count <= Limits.Document.signatures else {
        throw DocumentError(
          source: source, line: 0, problem: "more than \(Limits.Document.signatures) signatures")
      }
      return try items.map { item throws(DocumentError) in
        let fields = try item.mapping(["agency", "key", "signature"])
        return DocumentSignature(
          agency: try fields.required("agency").agency(),
          key: try fields.required("key").read("a key id") { KeyID(hexadecimal: $0) },
          bytes: try fields.required("signature").base64())
      }
    } catch {
      throw DocumentError(
        source: source, line: error.line.map { $0 + section.line }, problem: error.problem)
    }
  }
}
