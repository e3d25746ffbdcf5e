import Foundation
import Testing

/// What no source file may do, and how files and types are named and sized.
struct CodeTests {
  /// Ends of the process that input might reach. The lint forbids `try!`, `as!` and forced unwraps.
  static let fatal = [
    "fatalError", "preconditionFailure", "assertionFailure", "precondition(", "assert(", "try!",
    "as!", "unowned(unsafe)", "unsafeBitCast", "nonisolated(unsafe)", "@unchecked",
  ]

  static func fatalities(in files: [SwiftFile]) -> [Violation] {
    files.filter { $0.isSource && !$0.isGenerated }.flatMap { file in
      file.code.enumerated().flatMap { line, code in
        fatal.filter { code.hasWord($0) }.map { file.violation(line, "\($0) in a source file") }
      }
    }
  }

  static let longest = 400
  static let usual = 200

  static func oversized(_ files: [SwiftFile]) -> [Violation] {
    let written = files.filter { !$0.isGenerated }
    var violations = written.filter { $0.lines.count > longest }.map {
      Violation(path: $0.path, problem: "\($0.lines.count) lines: more than one idea?")
    }
    let sizes = written.map(\.lines.count).sorted()
    if !sizes.isEmpty, sizes[sizes.count / 2] > usual {
      violations.append(
        Violation(path: "Sources", problem: "half of the files are over \(usual) lines"))
    }
    return violations
  }

  static let emptyWords = ["Utils", "Util", "Helper", "Helpers", "Manager", "Misc", "Common"]

  static func badNames(in files: [SwiftFile]) -> [Violation] {
    files.flatMap { file -> [Violation] in
      let name = file.path.components.last?.replacing(".swift", with: "") ?? ""
      var violations = emptyWords.filter { name.hasSuffix($0) }.map {
        Violation(path: file.path, problem: "\($0) says nothing: name what it is for")
      }
      for (line, code) in file.code.enumerated() {
        for declared in declarations(in: code) {
          if emptyWords.contains(where: { declared.hasSuffix($0) }) {
            violations.append(file.violation(line, "\(declared) says nothing"))
          }
          // A type named like its module makes every qualified name of the module ambiguous.
          if declared == file.target, file.target != "concord" {
            violations.append(file.violation(line, "\(declared) is named like its room"))
          }
        }
      }
      return violations
    }
  }

  private static func declarations(in code: String) -> [String] {
    let words = code.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init)
    let kinds: Set<String> = ["struct", "class", "enum", "actor", "protocol", "typealias"]
    return words.indices.dropLast().filter { kinds.contains(words[$0]) }.map { words[$0 + 1] }
  }

  static let promises = ["TODO", "FIXME", "XXX", "HACK"]

  static func unkept(in files: [SwiftFile]) -> [Violation] {
    files.filter { !$0.path.hasPrefix("Tests/RepositoryTests/") }.flatMap { file in
      file.comments.enumerated().flatMap { line, comment in
        promises.filter { comment.hasWord($0) }.map { file.violation(line, "\($0) is left") }
      }
    }
  }

  @Test("no source file can end the process by itself")
  func fatality() { expectNone(Self.fatalities(in: Repository.swiftFiles)) }

  @Test("files stay small")
  func sizes() { expectNone(Self.oversized(Repository.swiftFiles)) }

  @Test("names say what they are for")
  func names() { expectNone(Self.badNames(in: Repository.swiftFiles)) }

  @Test("nothing is left to be done in comments")
  func comments() { expectNone(Self.unkept(in: Repository.swiftFiles)) }

  @Test("what these checks look for is found")
  func planted() {
    func file(_ text: String, _ path: String = "Sources/Node/Planted.swift") -> [SwiftFile] {
      [SwiftFile(path: path, text: text)]
    }
    for word in Self.fatal {
      #expect(Self.fatalities(in: file("let a = \(word) b()")).count >= 1, "\(word)")
    }
    #expect(Self.fatalities(in: file("// fatalError\nlet a = \"try!\"")).isEmpty)
    let long = String(repeating: "let a = 1\n", count: Self.longest + 1)
    #expect(Self.oversized(file(long)).count == 2)
    #expect(Self.oversized(file("let a = 1\n")).isEmpty)
    #expect(Self.badNames(in: file("struct LinkManager {}")).count == 1)
    #expect(Self.badNames(in: file("final class Node {}")).count == 1)
    #expect(Self.badNames(in: file("struct Link {}", "Sources/Node/LinkUtils.swift")).count == 1)
    #expect(Self.badNames(in: file("struct Link {}")).isEmpty)
    #expect(Self.unkept(in: file("// TODO: later")).count == 1)
  }
}
