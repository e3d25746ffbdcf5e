/// Why a text is no valid document: which source, where in it, what is wrong, what was expected.
public struct DocumentError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file's name or the document's kind.
  public let source: String
  /// Counted from 1; nothing where the problem is not at one place.
  public let line: Int?
  /// What is wrong and what was expected, in words.
  public let problem: String

  /// Describes a problem at a place.
  public init(source: String, line: Int? = nil, problem: String) {
    self.source = source
    self.line = line
    self.problem = problem
  }

  public var description: String {
    line.map { "\(source):\($0): \(problem)" } ?? "\(source): \(problem)"
  }
}
