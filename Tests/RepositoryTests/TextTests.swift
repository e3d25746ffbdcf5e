import Foundation
import TestSupport
import Testing

/// Documents, scripts and settings.
struct TextTests {
  /// Relative links of Markdown files that lead nowhere.
  static func deadLinks(
    in files: [TextFile], exists: (String) -> Bool
  ) -> [Violation] {
    files.filter { $0.name.hasSuffix(".md") }.flatMap { file in
      links(in: file.text).filter { !$0.contains("://") && !$0.hasPrefix("#") }.compactMap { link in
        let target = link.split(separator: "#").first.map(String.init) ?? ""
        let folder = file.path.components.dropLast()
        var parts: [String] = Array(folder)
        for part in target.components {
          if part == ".." { _ = parts.popLast() } else if part != "." { parts.append(part) }
        }
        return exists(parts.joined(separator: "/"))
          ? nil : Violation(path: file.path, problem: "the link to \(link) leads nowhere")
      }
    }
  }

  private static func links(in text: String) -> [String] {
    text.ranges(of: "](").compactMap { range in
      let rest = text[range.upperBound...]
      return rest.firstIndex(of: ")").map { String(rest[..<$0]) }
    }
  }

  /// Folders of one machine, in what everybody gets. Made up of parts, so that this file has none.
  static let machinePaths = ["work", "home", "root", "Users"].map { "/\($0)/" }

  static func machineTraces(in files: [TextFile]) -> [Violation] {
    files.flatMap { file in
      file.text.lines.enumerated().flatMap { line, text in
        machinePaths.filter { path in
          text.ranges(of: path).contains { range in
            let before = text[..<range.lowerBound].last
            return before.map { !($0.isLetter || $0.isNumber || "./-_>*~".contains($0)) } ?? true
          }
        }.map { Violation(path: file.path, line: line + 1, problem: "names \($0)") }
      }
    }
  }

  /// Scripts that cannot be run, would go on after a failure, or do not say what they do.
  static func badScripts(in files: [TextFile]) -> [Violation] {
    files.filter { $0.text.hasPrefix("#!") }.flatMap { file -> [Violation] in
      var problems: [String] = []
      if !file.isExecutable { problems.append("cannot be executed") }
      if file.text.lines[0].hasSuffix("bash") {
        if !file.text.contains("\nset -euo pipefail\n") {
          problems.append("lacks set -euo pipefail")
        }
        if file.path.hasPrefix("Scripts/"), !file.text.contains("--help") {
          problems.append("has no --help")
        }
      }
      return problems.map { Violation(path: file.path, problem: $0) }
    }
  }

  /// Targets in Package.swift that are not built with the strict settings.
  static func laxTargets(in manifest: String) -> [String] {
    let starts = [".target(", ".executableTarget(", ".testTarget("]
    var places = starts.flatMap { manifest.ranges(of: $0).map(\.lowerBound) }
    places = places.filter { manifest[..<$0].last.map { !$0.isLetter } ?? true }.sorted()
    let ends = places.dropFirst() + [manifest.endIndex]
    return zip(places, ends).map { String(manifest[$0..<$1]) }
      .filter { !$0.contains("swiftSettings: strict") }
      .map { $0.lines.prefix(3).joined(separator: " ") }
  }

  @Test("links in documents lead somewhere")
  func links() {
    let paths = Set(Repository.paths)
    expectNone(Self.deadLinks(in: Repository.texts) { paths.contains($0) })
  }

  @Test("nothing names a folder of one machine")
  func traces() { expectNone(Self.machineTraces(in: Repository.texts)) }

  @Test("scripts can be run, stop at a failure and explain themselves")
  func scripts() {
    expectNone(Self.badScripts(in: Repository.texts))
    for name in [
      "demo", "test", "setup", "check", "format", "generate", "vectors", "simulate", "mutate",
    ] {
      #expect(Repository.paths.contains("Scripts/\(name)"))
    }
  }

  @Test("every target is built in Swift 6 mode, with warnings as errors")
  func settings() throws {
    let manifest = try #require(Repository.texts.first { $0.path == "Package.swift" })
    #expect(Self.laxTargets(in: manifest.text).isEmpty)
    #expect(manifest.text.contains(".swiftLanguageMode(.v6)"))
    #expect(manifest.text.contains(".treatAllWarnings(as: .error)"))
  }

  @Test("generated files say what they were made from")
  func generated() {
    let files = Repository.swiftFiles.filter(\.isGenerated)
    #expect(files.count == 2)
    for file in files {
      let source = file.path.components.last?.replacing(".pb.swift", with: ".proto") ?? ""
      #expect(file.lines.prefix(10).contains { $0.contains("DO NOT EDIT") })
      #expect(file.lines.prefix(10).contains { $0.contains("Source: \(source)") })
      #expect(Repository.paths.contains("Protocol/\(source)"))
    }
  }

  @Test("the README begins with the two commands")
  func readme() throws {
    let readme = try #require(Repository.texts.first { $0.path == "README.md" })
    let commands = readme.text.lines.prefix(12).filter { $0.hasPrefix("    ") }.map(\.trimmed)
    #expect(commands == ["Scripts/demo", "Scripts/test"])
  }

  @Test("what these checks look for is found")
  func planted() {
    let document = TextFile(
      path: "a/b.md", text: "[x](c.md) [y](../d.md#e) [z](https://f) [g](#h) [i](../j/k)")
    let found = Self.deadLinks(in: [document]) { $0 == "d.md" }
    #expect(found.map(\.problem).count == 2)
    for path in Self.machinePaths {
      #expect(Self.machineTraces(in: [TextFile(path: "a", text: "cd \(path)x")]).count == 1)
      #expect(Self.machineTraces(in: [TextFile(path: "a", text: "https://a.b\(path)x")]).isEmpty)
    }
    let script = TextFile(path: "Scripts/x", text: "#!/usr/bin/env bash\necho\n")
    #expect(Self.badScripts(in: [script]).count == 3)
    let manifest = ".target(\n name: \"A\", swiftSettings: strict),\n.testTarget(\n name: \"B\"),"
    #expect(Self.laxTargets(in: manifest).count == 1)
  }
}
