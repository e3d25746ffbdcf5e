import Testing

/// The other checks trust this reader, so it has tests of its own.
struct SwiftFileTests {
  @Test("comments and literals are no code")
  func parts() {
    let file = SwiftFile(
      path: "a.swift", text: "let a = \"try! b\" // as!\n/* c /* d */ e */ let f\n")
    #expect(file.lines.count == 2)
    #expect(file.code == ["let a = \"      \"       ", "                  let f"])
    #expect(file.comments[0].trimmed == "// as!")
    #expect(file.comments[1].trimmed == "/* c /* d */ e */")
    #expect(file.codeAndLiterals[0].trimmed == "let a = \"try! b\"")
  }

  @Test(
    "what is interpolated is code",
    arguments: [
      #""a \(Date()) b""#, ##"#"a \#(Date()) b"#"##, "\"\"\"\n a \"b\" \\(Date())\n \"\"\"",
      #""\(f("x", Date()))""#, #""\"\\" + Date()"#, #""unclosed"# + "\nDate()",
    ])
  func interpolated(text: String) {
    let file = SwiftFile(path: "a.swift", text: text)
    #expect(file.code.contains { $0.hasWord("Date()") }, "\(file.code)")
  }

  @Test(
    "what is quoted is no code",
    arguments: [
      #""Date()""#, #""\"Date()""#, ##"#" \(Date()) "#"##, "\"\"\"\n\" Date()\n\"\"\"",
      #""\(f("Date()"))""#, #""// " + "Date()""#,
    ])
  func quoted(text: String) {
    let file = SwiftFile(path: "a.swift", text: text)
    #expect(!file.code.contains { $0.hasWord("Date()") }, "\(file.code)")
  }

  @Test("a word is not found within a longer one")
  func words() {
    #expect("try UUID()".hasWord("UUID()"))
    #expect(!"try MyUUID()".hasWord("UUID()"))
    #expect(!"Tasks {".hasWord("Task"))
    #expect("x.random(in: y)".hasWord(".random("))
  }

  @Test("the repository is found and read")
  func repository() {
    #expect(Repository.swiftFiles.contains { $0.path == "Sources/Records/Time/HLC.swift" })
    #expect(Repository.swiftFiles.count > 100)
    #expect(Repository.paths.contains("Sources/Node/Bundled/core.yaml"))
    #expect(!Repository.paths.contains { $0.hasPrefix(".build") || $0.hasPrefix(".git/") })
  }
}
