public import Agreements
import FoundationEssentials

extension Scenario {
  /// Reads a scenario file and the texts that it names.
  /// - Throws: `DocumentError` with file, line and what was expected.
  public init(file path: String) throws(DocumentError) {
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    try self.init(try Self.text(of: path), source: path) { name throws(DocumentError) in
      try Self.text(of: name.hasPrefix("/") ? name : "\(folder)/\(name)")
    }
  }

  private static func text(of path: String) throws(DocumentError) -> String {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw DocumentError(source: path, problem: "cannot be read")
    }
    guard let text = String(data: data, encoding: .utf8) else {
      throw DocumentError(source: path, problem: "not UTF-8 text")
    }
    return text
  }
}
