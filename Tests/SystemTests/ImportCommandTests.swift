import Foundation
import TestSupport
import Testing

/// An export of a records system, imported by a real process.
@Suite(.serialized) struct ImportCommandTests {
  private func write(_ rows: [String], _ partnership: CommandPartnership) throws -> String {
    let path = partnership.path("export.csv")
    let heading =
      "Reference,Child,Date of birth,Address,School URN,Occurred,Circumstances,Context for school"
    try ([heading] + rows).joined(separator: "\r\n").write(
      toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  private func count(_ partnership: CommandPartnership, _ type: String) throws -> Int {
    let list = try partnership.expect("list", partnership.path("police"), type, "--json").json()
    return (list as? [Any])?.count ?? -1
  }

  @Test func anExportIsImportedOnceAndWholeOrNotAtAll() throws {
    let partnership = try CommandPartnership()
    let police = partnership.path("police")
    let mapping = repositoryRoot.appendingPathComponent("Protocol/imports/example.yaml").path
    func run(_ path: String, _ more: String...) throws -> Concord.Output {
      try Concord.run(["import", police, path, "--mapping", mapping] + more)
    }
    let names = ["Alder Example", "Birch Sample", "Cedar Instance"]
    let good = (1...3).map {
      "EX/\($0),\(names[$0 - 1]),0\($0)/03/2016,1 Sample Street,106982,01/05/2027 22:4\($0),Fictional,Was present"
    }
    let bad = try run(
      try write(good + ["EX/4,Child,01/03/2031,,106982,08/05/2027 10:00,,"], partnership))
    #expect(bad.status == 1 && bad.error.contains("line 5, Date of birth: expected a day up to"))
    #expect(bad.error.contains("line 5, Occurred: expected a moment up to now"), "\(bad.error)")
    #expect(bad.error.contains("nothing was imported"))
    #expect(try count(partnership, "child") == 0)

    let path = try write(good, partnership)
    #expect(try run(path, "--dry-run").out == "3 rows: 3 would be issued, 0 imported before.\n")
    #expect(try count(partnership, "incident") == 0)
    #expect(try run(path).out == "3 rows: 3 issued, 0 imported before.\n")
    #expect(try run(path).out == "3 rows: 0 issued, 3 imported before.\n")
    for type in ["child", "incident", "notification"] {
      #expect(try count(partnership, type) == 3, "\(type)")
    }
    // One child more who may be one of them: proposed to a person, and never merged.
    let like = try run(
      try write(
        ["EX/9,Exampel Alder,01/03/2016,1 Sample Street,106982,02/05/2027 10:00,,"], partnership))
    #expect(like.out.contains("may be the same as") && like.out.contains("a person decides"))
    #expect(try count(partnership, "child") == 4)
    // Without a school, the council's officer is told.
    let none = try run(
      try write(["EX/10,Sample Pupil,05/09/2013,,,02/05/2027 10:00,,"], partnership))
    #expect(none.out == "1 rows: 1 issued, 0 imported before.\n", "\(none.out)\(none.error)")
    let report = try partnership.expect("report", police, "--by", "month").out
    #expect(report.contains("2027-05") && report.contains("*"), "few cases are not shown")
  }
}
