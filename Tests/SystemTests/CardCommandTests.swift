import Agreements
import Foundation
import TestSupport
import Testing

/// Cards that go from one administrator to another: by file, by QR code, and compared on the telephone.
@Suite(.serialized) struct CardCommandTests {
  /// A node of one school.
  private struct School {
    let folder: TemporaryFolder
    var path: String { "\(folder.path)/school" }

    init() throws {
      folder = try TemporaryFolder()
      let made = try Concord.run(
        "init", path, "--agency", "school.106982", "--kind", "school", "--name",
        "Abbey Lane \"Primary\" Tŷ")
      #expect(made.status == 0, "\(made.error)")
    }

    func file(_ name: String) -> String { "\(folder.path)/\(name)" }

    func expect(_ arguments: String...) throws -> String {
      let output = try Concord.run(arguments)
      #expect(output.status == 0, "\(arguments): \(output.error)")
      return output.out
    }
  }

  private static let reader = ["/usr/bin/zbarimg", "/usr/local/bin/zbarimg"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  /// What an independent reader makes of a picture.
  private func scanned(_ picture: String) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(Self.reader))
    process.arguments = ["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", picture]
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self)
  }

  /// The half blocks of a terminal as a picture of ten grey pixels for each module.
  private func picture(ofTerminal text: String) -> Data {
    var rows: [[UInt8]] = []
    for line in text.split(separator: "\n") {
      let upper = line.map { "█▀".contains($0) ? UInt8(255) : 0 }
      let lower = line.map { "█▄".contains($0) ? UInt8(255) : 0 }
      for row in [upper, lower] {
        rows += Array(repeating: row.flatMap { Array(repeating: $0, count: 10) }, count: 10)
      }
    }
    let header = "P5 \(rows.first?.count ?? 0) \(rows.count) 255\n"
    return Data(header.utf8) + Data(rows.joined())
  }

  @Test func bothSidesSeeTheSameWords() throws {
    let school = try School()
    let words = try school.expect("card", school.path, "--fingerprint")
    #expect(words.split(separator: "\n").count == 3)
    let list = words.split { $0.isWhitespace }.map(String.init)
    #expect(list.count == 12)
    let file = school.file("school.card")
    try school.expect("card", school.path).write(toFile: file, atomically: true, encoding: .utf8)
    let facts = try Concord.run("card", "read", file, "--json").json() as? [String: Any]
    #expect(facts?["fingerprint"] as? [String] == list)
    #expect(facts?["agency"] as? String == "school.106982")
    #expect(facts?["kind"] as? String == "school")
    #expect(facts?["name"] as? String == "Abbey Lane \"Primary\" Tŷ")
    let shown = try school.expect("card", "read", file, "--heard", list.joined(separator: ", "))
    #expect(shown.contains("school.106982, of kind school"))
    #expect(shown.contains("The words are the same."))
    try Concord.refused(
      "word 1 is", "card", "read", file, "--heard", list.reversed().joined(separator: " "))
  }

  @Test func whatIsNoCardIsRefused() throws {
    let school = try School()
    let file = school.file("other")
    for (text, words) in [
      ("CONCORD-CARD-1:AAAA", "scan it once more"), ("hello\n", "--- # concord/"), ("", "expected"),
    ] {
      try text.write(toFile: file, atomically: true, encoding: .utf8)
      try Concord.refused(words, "card", "read", file)
    }
    try Concord.refused("cannot read", "card", "read", school.file("nowhere"))
    #expect(
      try Concord.run("card", school.path, "--qr-file", school.file("card.gif")).status == 64)
  }

  @Test func nothingIsWrittenOverAFile() throws {
    let school = try School()
    let file = school.file("card.svg")
    try "mine".write(toFile: file, atomically: true, encoding: .utf8)
    try Concord.refused("is there already", "card", school.path, "--qr-file", file)
    #expect(try String(contentsOfFile: file, encoding: .utf8) == "mine")
  }

  @Test(
    .enabled(if: reader != nil, "needs zbarimg, an independent reader: apt-get install zbar-tools"))
  func anIndependentReaderScansTheExactCard() throws {
    let school = try School()
    let card = try school.expect("card", school.path)
    let (svg, png, terminal) = (
      school.file("card.svg"), school.file("card.png"), school.file("terminal.pgm")
    )
    _ = try school.expect("card", school.path, "--qr-file", png)
    _ = try school.expect("card", school.path, "--qr-file", svg)
    let printed = try school.expect("card", school.path, "--qr")
    try picture(ofTerminal: printed).write(to: URL(fileURLWithPath: terminal))
    for picture in [png, terminal] {
      let code = try scanned(picture)
      #expect(code.hasPrefix("CONCORD-CARD-1:"), "\(picture): \(code)")
      let (text, written) = ("\(picture).txt", "\(picture).card")
      try code.write(toFile: text, atomically: true, encoding: .utf8)
      _ = try school.expect("card", "read", text, "-o", written)
      #expect(try String(contentsOfFile: written, encoding: .utf8) == card)
    }
    // The SVG draws the same dark modules as the PNG; few readers draw SVG themselves.
    let drawn = try String(contentsOfFile: svg, encoding: .utf8)
    #expect(drawn.hasPrefix("<svg ") && drawn.contains("<path d=\"M4 4h7v1h-7z"))
  }

  @Test func aCodeIsAdmittedAsTheFileIs() throws {
    let partnership = try CommandPartnership(members: [])
    let school = try School()
    let card = try DocumentFile(try school.expect("card", school.path), source: "card")
    let code = try CardCode(try #require(card.first(.card)), source: "card")
    let file = school.file("scan.txt")
    try code.text.write(toFile: file, atomically: true, encoding: .utf8)
    let deed = school.file("deed")
    try partnership.expect("admit", partnership.path("police"), file, "-o", deed)
    #expect(try school.expect("join", school.path, deed).contains("is a member"))
  }
}
