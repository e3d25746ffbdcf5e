public import Agreements
import FoundationEssentials
import Records

/// How the terms in which agencies judge compare: shown beside what they said, never instead of it.
public struct Crosswalk: Hashable, Sendable {
  public let name: String
  public let version: Int
  private let vocabularies: [String: [String: Term]]

  private struct Term: Hashable, Sendable {
    let means: String
    var near: Set<String>
  }

  /// How two terms compare.
  public enum Relation: String, Hashable, Sendable {
    case same
    /// Other words for what may be much the same.
    case near
    /// The agencies disagree.
    case apart
  }

  /// Reads a crosswalk (YAML, `Protocol/crosswalks`).
  /// - Throws: `DocumentError` with the line.
  public init(_ text: String, source: String) throws(DocumentError) {
    let fields = try YAMLReader(text, source: source).mapping([
      "crosswalk", "version", "profile", "vocabularies",
    ])
    name = try fields.required("crosswalk").name()
    version = try fields.required("version").integer()
    _ = try fields.required("profile").name()
    var vocabularies: [String: [String: Term]] = [:]
    for (vocabulary, reader) in try fields.required("vocabularies").entries() {
      vocabularies[vocabulary] = try Self.terms(reader)
    }
    self.vocabularies = vocabularies
  }

  private static func terms(_ reader: YAMLReader) throws(DocumentError) -> [String: Term] {
    var terms: [String: Term] = [:]
    let entries = try reader.entries()
    for (term, item) in entries {
      let fields = try item.mapping(["means", "near"])
      let near = try fields.list("near") { item throws(DocumentError) in try item.name() }
      for other in near where !entries.contains(where: { $0.key == other }) {
        throw item.fail("near \(other), which is no term here")
      }
      guard !near.contains(term) else { throw item.fail("\(term) is near itself") }
      terms[term] = Term(means: try fields.required("means").line(), near: Set(near))
    }
    // Whoever writes one direction means both.
    for (term, entry) in terms { for other in entry.near { terms[other]?.near.insert(term) } }
    return terms
  }

  /// What a term means to those who use it.
  public func meaning(of term: String, in vocabulary: String) -> String? {
    vocabularies[vocabulary]?[term]?.means
  }

  /// How two terms compare; of terms that it does not know it cannot say that they are near.
  public func relation(
    of one: String, to other: String, in vocabulary: String
  ) -> Relation {
    if one == other { return .same }
    return vocabularies[vocabulary]?[one]?.near.contains(other) ?? false ? .near : .apart
  }
}
