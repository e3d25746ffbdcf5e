import Foundation
import GRDB
import TestSupport
import Testing

/// The audit, disclosures and who saw what, by the commands that an auditor types.
@Suite(.serialized) struct AuditCommandTests {
  private let partnership: CommandPartnership
  private let child: String
  private var police: String { partnership.path("police") }
  private var care: String { partnership.path("care") }

  init() throws {
    partnership = try CommandPartnership()
    child = try partnership.expect(
      "put", partnership.path("police"), "child", "name=Example Child", "school=school.106982",
      "--as", "PC 1"
    ).id
    try partnership.expect(
      "get", partnership.path("police"), child, "--as", "PC 2", "--reason", "asked by the school")
    try partnership.expect("list", partnership.path("police"), "child", "--as", "PC 3")
    try exchange()
    try exchange()
  }

  private func exchange() throws {
    try partnership.start("police")
    try Concord.eventually("care is in step") {
      try Concord.run("sync", partnership.path("care")).status == 0
    }
    partnership.stop("police")
  }

  private func tamper(_ sql: String) throws {
    try DatabaseQueue(path: police + "/replica.sqlite").write { try $0.execute(sql: sql) }
  }

  @Test func anAuditorFindsItWholeAndWhoSawWhatWhenAndWhy() throws {
    let whole = try partnership.expect("audit", "verify", police).out
    #expect(whole.contains("is whole") && whole.contains("agrees"), "\(whole)")
    let who = try partnership.expect("audit", "who", police, child).out
    for words in [
      "PC 1 (command) wrote", "PC 2 (command) viewed: asked by the school",
      "PC 3 (command) searched: child, 1 found", "care.E08000019, first",
    ] {
      #expect(who.contains(words), "\(words) in \(who)")
    }
    #expect(!who.contains("Example Child"))
    let left = try partnership.expect("disclosures", police, child, "--json").json()
    let entries = try #require(left as? [[String: Any]])
    let first = try #require(entries.first)
    #expect(first["to"] as? String == "care.E08000019" && first["version"] as? Int == 1)
    #expect((first["fields"] as? [String])?.contains("name") == true)
    #expect(first["purpose"] is String && (first["legal_basis"] as? [String])?.isEmpty == false)
    #expect(try Concord.run("disclosures", police, UUID().uuidString.lowercased()).status == 1)
  }

  @Test func whatIsReadAtTheCommandLineIsNoted() throws {
    for (number, command) in [
      ["inbox"], ["conflicts"], ["plan", "board"], ["child", "likely"],
    ].enumerated() {
      let output = try Concord.run(command + [police, "--as", "PC \(number) of the list"])
      #expect(output.status == 0, "\(output.error)")
    }
    let file = partnership.path("read.jsonl")
    try partnership.expect("audit", "export", police, "-o", file)
    let text = try String(contentsOfFile: file, encoding: .utf8)
    for (number, what) in ["inbox, ", "conflicts, ", "plans, ", "likely pairs, "].enumerated() {
      let line = text.split(separator: "\n").first { $0.contains("PC \(number) of the list") }
      #expect(line?.contains(what) == true, "\(what): \(line ?? "no line")")
    }
  }

  @Test func whatIsDoneToTheAuditIsSaidInOneLineAndNothingIsOverwritten() throws {
    let file = partnership.path("audit.jsonl")
    try partnership.expect("audit", "export", police, "-o", file)
    #expect(try partnership.expect("audit", "verify", care, "--file", file).out.contains("whole"))
    let again = try Concord.run("audit", "export", police, "-o", file)
    #expect(again.status == 1 && again.error.contains("is there already"))
    // One byte of an exported entry.
    let text = try String(contentsOfFile: file, encoding: .utf8)
    let edited = text.replacingOccurrences(of: "asked by the school", with: "asked by the schooL")
    #expect(edited != text)
    try edited.write(toFile: file, atomically: true, encoding: .utf8)
    let refused = try Concord.run("audit", "verify", care, "--file", file)
    #expect(refused.status == 1 && refused.error.contains("was edited"), "\(refused.error)")
    #expect(refused.error.split(separator: "\n").count == 1)
    try Data("{}".utf8).write(to: URL(fileURLWithPath: file))
    #expect(try Concord.run("audit", "verify", care, "--file", file).error.contains("line 1"))
    // The end of the police's own audit, and every checkpoint that it had signed.
    try tamper("DELETE FROM audit WHERE sequence > 2; DELETE FROM audit_checkpoint")
    let cut = try Concord.run("audit", "verify", police)
    #expect(cut.status == 1 && cut.error.contains("cut off the end"), "\(cut.error)")
    #expect(cut.error.contains("care.E08000019/agency shows"), "\(cut.error)")
    // And what the police had been told as well: then care's own copy says so.
    try tamper("DELETE FROM told_checkpoint")
    #expect(try Concord.run("audit", "verify", police).status == 0)
    let held = partnership.path("held.json")
    try partnership.expect("audit", "checkpoints", care, "-o", held)
    let compared = try Concord.run("audit", "verify", police, "--checkpoint", held)
    #expect(compared.status == 1 && compared.error.contains("cut off the end"), "\(compared.error)")
    let none = try Concord.run("audit", "verify", police, "--checkpoint", file)
    #expect(none.status == 1 && none.error.contains("expected the file"))
  }
}
