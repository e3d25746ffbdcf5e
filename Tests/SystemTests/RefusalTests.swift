import Foundation
import TestSupport
import Testing

/// What an administrator or a practitioner gets wrong at the command line, and what it says.
@Suite(.serialized) struct RefusalTests {
  private func refused(
    _ status: Int32, _ words: String, _ arguments: [String],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let output = try Concord.run(arguments)
    #expect(output.status == status, "\(output.error)", sourceLocation: sourceLocation)
    #expect(output.error.contains(words), "\(output.error)", sourceLocation: sourceLocation)
    guard status == 1 else { return }
    #expect(
      output.error.split(separator: "\n").count == 1, "\(output.error)",
      sourceLocation: sourceLocation)
  }

  @Test func noCommandWritesOverAFile() throws {
    let partnership = try CommandPartnership()
    let agreement = partnership.path("agreement")
    let signed = try String(contentsOfFile: agreement, encoding: .utf8)
    let template = repositoryRoot.appendingPathComponent(
      "Protocol/agreements/sheffield-encompass.yaml"
    ).path
    let cards = [
      "--card", partnership.path("police.card"), "--card", partnership.path("care.card"),
    ]
    try refused(
      1, "is there already", ["agreement", "draft", template] + cards + ["-o", agreement])
    try refused(
      1, "is there already", ["agreement", "merge", agreement, agreement, "-o", agreement])
    let (police, card) = (partnership.path("police"), partnership.path("school.card"))
    try refused(1, "is there already", ["admit", police, card, "-o", agreement])
    try refused(1, "is there already", ["admit", police, card, "-o", police])
    let nowhere = partnership.path("nowhere/file")
    try refused(1, "no such file or directory", ["admit", police, card, "-o", nowhere])
    try refused(1, "nowhere", ["admit", police, card, "-o", nowhere])
    #expect(try String(contentsOfFile: agreement, encoding: .utf8) == signed)
    // Signing in place still does, and a second adoption says what it is.
    try partnership.expect("agreement", "sign", police, agreement)
    let again = try partnership.expect("agreement", "adopt", police, agreement)
    #expect(again.out.contains("was adopted before"), "\(again.out)")
  }

  @Test func anUnsignedFileOfAnAdoptedAgreementIsNotSaidToBeAdopted() throws {
    let partnership = try CommandPartnership()
    let path = partnership.path("unsigned")
    let signed = try String(contentsOfFile: partnership.path("agreement"), encoding: .utf8)
    let signatures = try #require(signed.range(of: "\n--- # concord/signatures\n"))
    let next = try #require(
      signed.range(of: "\n--- # concord/profile\n", range: signatures.upperBound..<signed.endIndex))
    try (signed[..<signatures.lowerBound] + signed[next.lowerBound...]).write(
      toFile: path, atomically: true, encoding: .utf8)
    let output = try partnership.expect("agreement", "adopt", partnership.path("care"), path)
    #expect(output.out.contains("was adopted before: this file changes nothing"), "\(output.out)")
    #expect(!output.out.contains("is adopted by"), "\(output.out)")
  }

  @Test func noValuePassesForALineOfConcords() throws {
    let partnership = try CommandPartnership()
    let police = partnership.path("police")
    let forged = "A\n    B  -- care.E08000019, 2027-05-04T10:00:00.000Z\u{202E}"
    let child = try partnership.expect("put", police, "child", "name=\(forged)").id
    for command in ["get", "history"] {
      let output = try partnership.expect(command, police, child).out
      #expect(output.contains("A\\n    B  -- care"), "\(output)")
      #expect(output.contains("\\u{202E}"), "\(output)")
      #expect(output.split(separator: "\n").filter { $0.contains("-- care.E") }.count <= 1)
    }
    let list = try partnership.expect("list", police, "child").out
    #expect(!list.unicodeScalars.contains("\u{202E}"))
    #expect(try partnership.values("police", child, "name") == [forged], "JSON is exact")
    try refused(1, "without control characters", ["put", police, "child", "name=a\u{1B}[2J"])
    try refused(64, "--as", ["put", police, "child", "name=a", "--as", "a\nb"])
    try refused(64, "--as", ["put", police, "child", "name=a", "--as", ""])
    try refused(64, "\\u{1B}[31m", ["get", police, "\u{1B}[31m\nError"])
    let folder = try Concord.run("status", "\u{1B}[31m\nnowhere")
    #expect(folder.status == 1)
    #expect(folder.error.split(separator: "\n").count == 1, "\(folder.error)")
    #expect(!folder.error.unicodeScalars.contains("\u{1B}"))
  }

  @Test func agenciesAndReferencesAreCheckedAsFarAsTheyAreKnown() throws {
    let partnership = try CommandPartnership()
    let school = partnership.path("school")
    let police = partnership.path("police")
    for agency in ["foo.bar", "school.1"] {
      try refused(1, "school: expected an agency id", ["put", police, "child", "school=\(agency)"])
    }
    let child = try partnership.expect("put", police, "child", "school=school.106982")
    #expect(child.error.isEmpty, "\(child.error)")
    let moved = try partnership.expect("put", police, "child", "school=school.107001")
    #expect(moved.error.contains("Warning: school.107001 is no party or member"), "\(moved.error)")
    // The school gets the child, and then knows that it is no notification.
    try partnership.start("police")
    try Concord.eventually("the school has the child") {
      try Concord.run("sync", school, "--peer", "police.south-yorkshire").status == 0
    }
    try refused(
      1, "notification: expected the id of a record of type notification",
      ["put", school, "response", "notification=\(child.id)"])
    try refused(1, "nothing to write", ["put", police, "child", "name="])
    try refused(1, "some text", ["put", police, "child", "name= "])
  }

  @Test func initRefusesWhatNobodyCanDialOrRead() throws {
    let folder = try TemporaryFolder()
    let agency = ["--agency", "police.x", "--kind", "police"]
    func refusedInit(_ words: String, _ more: [String], agency: [String] = agency) throws {
      try refused(64, words, ["init", "\(folder.path)/x"] + agency + more)
    }
    for address in ["0.0.0.0:42011", "[::]:42011", "127.0.0.1:0"] {
      try refusedInit("--endpoint", ["--name", "X", "--listen", address])
    }
    try refusedInit("HOST:PORT", ["--name", "X", "--listen", "here"])
    for name in ["a\nb", "\u{1B}[31m", " ", String(repeating: "x", count: 100_000)] {
      try refusedInit("--name: expected", ["--name", name])
    }
    try refusedInit(
      "--agency", ["--name", "X"], agency: ["--agency", "foo.x", "--kind", "police"])
    try refusedInit(
      "--agency", ["--name", "X"], agency: ["--agency", "care.x", "--kind", "police"])
    try refused(64, "DIR: expected", ["init", ""] + agency + ["--name", "X"])
    try refused(64, "DIR: expected", ["get", "", UUID().uuidString])
    let made = try Concord.run(
      ["init", "\(folder.path)/x/y"] + agency
        + ["--name", "X", "--listen", "0.0.0.0:42011", "--endpoint", "node.example:42011"])
    #expect(made.status == 0, "\(made.error)")
    let file = "\(folder.path)/afile"
    try "x".write(toFile: file, atomically: true, encoding: .utf8)
    try refused(1, "Not a directory", ["init", "\(file)/b"] + agency + ["--name", "X"])
  }

  @Test func wrongArgumentsSayWhatWasExpected() throws {
    for (arguments, words) in [
      (["get", "x", "zzz"], "expected a record's id (a UUID)"),
      (["explain", "x", UUID().uuidString, "name", "--for", "zzz"], "expected an agency id"),
      (["sync", "x", "--peer", "zzz"], "expected an agency id"),
      (
        ["resolve", "x", UUID().uuidString, "name", "--value", "a", "--seen", "12"],
        "64 hexadecimal"
      ),
    ] {
      try refused(64, words, arguments)
    }
  }
}
