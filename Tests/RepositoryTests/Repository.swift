import Foundation
import TestSupport
import Testing

/// Something that a check found.
struct Violation: Hashable, Sendable, CustomStringConvertible {
  let path: String
  var line: Int?
  let problem: String

  var description: String {
    [path, line.map(String.init), " " + problem].compactMap { $0 }.joined(separator: ":")
  }
}

/// A file of the repository that is text.
struct TextFile: Sendable {
  let path: String
  let text: String
  var isExecutable = false

  var name: String { path.components.last ?? path }
}

/// The repository as it stands in its folder, without what builds leave in it.
enum Repository {
  /// Every file, folder and symbolic link, by its path from the root, in order.
  static let paths: [String] = paths(under: "").sorted()

  /// Every file that is UTF-8; symbolic links are not followed.
  static let texts: [TextFile] = paths.compactMap(text)

  /// The Swift files of Sources, Tests and Benchmarks.
  static let swiftFiles: [SwiftFile] = texts.filter { file in
    file.path.hasSuffix(".swift")
      && ["Sources", "Tests", "Benchmarks"].contains(
        file.path.components.first)
  }.map { SwiftFile(path: $0.path, text: $0.text) }

  /// The files under a folder.
  static func texts(under folder: String) -> [TextFile] {
    texts.filter { $0.path.hasPrefix(folder + "/") }
  }

  /// Where a symbolic link leads; nothing where the path is none.
  static func destination(ofLink path: String) -> String? {
    try? FileManager.default.destinationOfSymbolicLink(atPath: absolute(path))
  }

  private static func absolute(_ path: String) -> String {
    repositoryRoot.appendingPathComponent(path).path
  }

  private static func paths(under folder: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: absolute(folder))) ?? []
    return names.filter { !isLeftOver($0) }.flatMap { name in
      let path = folder.isEmpty ? name : "\(folder)/\(name)"
      return [path] + (isFolder(path) ? paths(under: path) : [])
    }
  }

  /// Whether builds and tools put it there.
  private static func isLeftOver(_ name: String) -> Bool {
    [".git", ".swiftpm", "__pycache__"].contains(name) || name.hasPrefix(".build")
  }

  private static func isFolder(_ path: String) -> Bool {
    var isDirectory: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: absolute(path), isDirectory: &isDirectory)
    return exists && isDirectory.boolValue && destination(ofLink: path) == nil
  }

  private static func text(of path: String) -> TextFile? {
    guard !isFolder(path), destination(ofLink: path) == nil,
      let data = FileManager.default.contents(atPath: absolute(path)), !data.contains(0),
      let text = String(data: data, encoding: .utf8)
    else { return nil }
    return TextFile(
      path: path, text: text,
      isExecutable: FileManager.default.isExecutableFile(atPath: absolute(path)))
  }
}

/// Fails with the whole list, one to a line.
func expectNone(
  _ violations: [Violation], sourceLocation: SourceLocation = #_sourceLocation
) {
  guard !violations.isEmpty else { return }
  let list = violations.map(\.description).joined(separator: "\n")
  Issue.record("\(violations.count) found:\n\(list)", sourceLocation: sourceLocation)
}

extension String {
  /// The parts of a path.
  var components: [String] { split(separator: "/").map(String.init) }
  /// The lines, without their ends; a last empty one is none.
  var lines: [String] {
    let lines = split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    return lines.last == "" ? lines.dropLast() : lines
  }
  /// Without white space at both ends.
  var trimmed: String { trimmingCharacters(in: .whitespaces) }
}

extension StringProtocol {
  /// Where a text stands as whole words: not as a part of a longer word.
  func wholeWords(_ needle: String) -> [Range<Index>] {
    func isWord(_ character: Character?) -> Bool {
      character.map { $0.isLetter || $0.isNumber || $0 == "_" } ?? false
    }
    return ranges(of: needle).filter { range in
      let before = self[..<range.lowerBound].last
      let after = self[range.upperBound...].first
      return !(isWord(needle.first) && isWord(before)) && !(isWord(needle.last) && isWord(after))
    }
  }

  /// Whether a text stands here as whole words.
  func hasWord(_ needle: String) -> Bool { !wholeWords(needle).isEmpty }
}
