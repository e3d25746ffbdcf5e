import Foundation
import TestSupport
import Testing

/// Backups of a node that runs, and nodes made from them, as real processes.
@Suite(.serialized) struct BackupTests {
  private static func write(_ text: String, to path: String) throws {
    try "\(text)\n".write(toFile: path, atomically: true, encoding: .utf8)
  }

  private static func files(in folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  }

  @Test func aBackupMadeWhileSyncingBringsTheNodeBack() throws {
    let partnership = try CommandPartnership()
    let (police, secret) = (partnership.path("police"), partnership.path("secret"))
    try Self.write("correct horse battery", to: secret)
    for kind in ["police", "care"] { try partnership.start(kind) }
    try partnership.connected("police", to: 1)
    let child = try partnership.expect(
      "put", police, "child", "name=Before", "school=school.106982"
    ).id
    let backups = partnership.path("backups")
    try FileManager.default.createDirectory(atPath: backups, withIntermediateDirectories: true)
    for generation in 0..<3 {
      // Each command starts the test's clock anew: without a time of its own the slowest would count as the last.
      let written = try Concord.run(
        ["backup", police, "--into", backups, "--keep", "2", "--new-passphrase-file", secret],
        now: "2027-05-04T10:0\(generation + 1):00Z")
      #expect(written.status == 0, "\(written.error)")
      if generation == 1 {
        try partnership.expect("put", police, "child", "--id", child, "name=Between")
      }
    }
    let generations = try Self.files(in: backups).filter { $0.hasSuffix(".backup") }
    let isNamed = generations.allSatisfy {
      $0.wholeMatch(of: /police\.south-yorkshire-20270504T1\d{5}\.\d{3}Z\.backup/) != nil
    }
    #expect(generations.count == 2 && isNamed, "\(generations)")
    try partnership.expect("put", police, "child", "--id", child, "name=After")
    try Concord.eventually("care has the last") {
      try partnership.values("care", child, "name") == ["After"]
    }
    partnership.stop("police", with: SIGKILL)
    try FileManager.default.removeItem(atPath: police)

    // An earlier generation is an earlier state.
    let earlier = partnership.path("earlier")
    try partnership.expect(
      "restore", "\(backups)/\(generations[0])", earlier, "--passphrase-file", secret)
    let before = try partnership.expect("get", earlier, child).out
    #expect(before.contains("Before"), "\(before)")

    let restored = try partnership.expect(
      "restore", "\(backups)/\(generations[1])", police, "--passphrase-file", secret)
    #expect(restored.out.contains("1 records, 2 changes, checked"), "\(restored.out)")
    #expect(try partnership.values("police", child, "name") == ["Between"])
    try partnership.start("police")
    try Concord.eventually("police has relearned its own last change") {
      try partnership.values("police", child, "name") == ["After"]
    }
    let verified = try partnership.expect(
      "verify", police, "--peer", "care.E08000019", "--json"
    ).json()
    #expect((verified as? [String: Any])?["equal"] as? Bool == true)
  }

  @Test func whatIsNoWholeBackupIsRefusedAndNothingIsOverwritten() throws {
    let partnership = try CommandPartnership()
    let (police, secret) = (partnership.path("police"), partnership.path("secret"))
    let (file, target) = (partnership.path("backup"), partnership.path("restored"))
    try Self.write("correct horse battery", to: secret)
    try Self.write("another passphrase", to: partnership.path("other"))
    let child = try partnership.expect("put", police, "child", "name=Example Child A").id
    try Concord.refused("say what the backup is sealed under", "backup", police, file)
    try partnership.expect("backup", police, file, "--new-passphrase-file", secret)
    #expect(
      try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int == 0o600)
    let whole = try Data(contentsOf: URL(fileURLWithPath: file))
    #expect(whole.range(of: Data("Example Child A".utf8)) == nil)
    try Concord.refused(
      "is there already", "backup", police, file, "--new-passphrase-file", secret)
    try Concord.refused(
      "lies in the node's own folder", "backup", police, "\(police)/b", "--new-passphrase-file",
      secret)
    try Concord.refused(
      "the passphrase is not the one", "restore", file, target, "--passphrase-file",
      partnership.path("other"))
    try Concord.refused(
      "holds a node", "restore", file, police, "--passphrase-file", secret)
    let bad = partnership.path("bad")
    func refusedAs(_ words: String, _ bytes: Data) throws {
      try bytes.write(to: URL(fileURLWithPath: bad))
      try Concord.refused(words, "restore", bad, target, "--passphrase-file", secret)
    }
    try refusedAs("is cut short", whole.dropLast(1))
    try refusedAs("is cut short", whole.prefix(whole.count / 2))
    try refusedAs("is no backup", Data("nonsense".utf8))
    for place in [whole.count / 3, whole.count - 1] {
      var altered = whole
      altered[place] ^= 1
      try refusedAs("was altered or is damaged", altered)
    }
    try refusedAs("was altered or is damaged", whole + Data([0]))
    let left = try Self.files(in: partnership.folder.path)
    #expect(!left.contains { $0.hasPrefix("restored") || $0.hasSuffix(".new") }, "\(left)")
    #expect(!(try Self.files(in: police).contains("backup.part")))
    #expect(try partnership.values("police", child, "name") == ["Example Child A"])
    try partnership.expect("restore", file, target, "--passphrase-file", secret)
    #expect(try Self.files(in: target) == Self.files(in: police).filter { $0 != "backup.lock" })
  }
}
