import Foundation
import TestSupport
import Testing

/// Private keys under a passphrase, a key file or a systemd credential, as an administrator keeps them.
@Suite(.serialized) struct SealedKeysTests {
  private let folder: TemporaryFolder
  private let node: String

  init() throws {
    folder = try TemporaryFolder()
    node = folder.path + "/node"
    try write("correct horse battery", "right")
    try write("another passphrase", "wrong")
    try Data((0..<32).map { UInt8($0) }).write(to: URL(fileURLWithPath: path("key")))
    chmod(path("key"), 0o600)
  }

  private func path(_ name: String) -> String { "\(folder.path)/\(name)" }

  private func write(_ text: String, _ name: String) throws {
    try "\(text)\n".write(toFile: path(name), atomically: true, encoding: .utf8)
  }

  private func made(_ options: String...) throws {
    let output = try Concord.run(
      ["init", node, "--agency", "school.106982", "--kind", "school", "--name", "A"] + options)
    try #require(output.status == 0, "\(output.error)")
  }

  private func expect(_ arguments: String...) throws -> Concord.Output {
    let output = try Concord.run(arguments)
    #expect(output.status == 0, "\(arguments.prefix(2)): \(output.error)")
    return output
  }

  private var keyFiles: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: "\(node)/keys").sorted() }
  }

  private func change(_ name: String, _ edit: (inout Data) -> Void) throws {
    let url = URL(fileURLWithPath: "\(node)/keys/\(name)")
    var bytes = try Data(contentsOf: url)
    edit(&bytes)
    try bytes.write(to: url)
  }

  @Test func sealedKeysOpenWithTheirPassphraseAlone() throws {
    try made("--new-passphrase-file", path("right"))
    #expect(try keyFiles == ["authority.der", "sealed.keys"])
    try Concord.refused(
      "the passphrase is not the one", "card", node, "--passphrase-file", path("wrong"))
    try Concord.refused("say in which file it stands", "card", node)
    let card = try expect("card", node, "--passphrase-file", path("right")).out

    // Under something else, and in the open: the keys stay the same.
    _ = try expect(
      "keys", "seal", node, "--passphrase-file", path("right"), "--key-file", path("key"))
    #expect(try expect("card", node).out == card)
    chmod(path("key"), 0o640)
    try Concord.refused("can be read by others than its owner: chmod 600", "card", node)
    chmod(path("key"), 0o600)
    _ = try expect("keys", "unseal", node)
    #expect(
      try keyFiles == ["authority.der", "authority.pem", "ring.key", "signing.key", "tls.pem"])
    #expect(try expect("card", node).out == card)
    #expect(try expect("keys", "show", node, "--json").out.contains("\"sealed_under\" : null"))
  }

  @Test func badKeyFilesAreRefusedAndNothingIsChanged() throws {
    try write("short", "short")
    try Concord.refused(
      "a passphrase has at least 12 characters", "init", node, "--agency", "school.106982",
      "--kind",
      "school", "--name", "A", "--new-passphrase-file", path("short"))
    #expect(!FileManager.default.fileExists(atPath: node))
    try made("--new-passphrase-file", path("right"))
    try change("sealed.keys") { $0[$0.count - 20] ^= 1 }
    try Concord.refused(
      "keys/sealed.keys is damaged", "card", node, "--passphrase-file", path("right"))
    try change("sealed.keys") { $0[$0.count - 20] ^= 1 }
    try change("sealed.keys") { $0.removeLast(5) }
    try Concord.refused(
      "keys/sealed.keys is damaged", "card", node, "--passphrase-file", path("right"))
  }

  @Test func keysThatOthersCanReadAreRefused() throws {
    try made()
    for (name, mode) in [("keys/signing.key", "600"), ("keys", "700")] {
      chmod("\(node)/\(name)", 0o755)
      try Concord.refused("chmod \(mode)", "status", node)
      chmod("\(node)/\(name)", name == "keys" ? 0o700 : 0o600)
    }
    _ = try expect("status", node)
  }

  @Test func sealingThatWasInterruptedIsFinished() throws {
    try made()
    let plain = try Data(contentsOf: URL(fileURLWithPath: "\(node)/keys/signing.key"))
    _ = try expect("keys", "seal", node, "--key-file", path("key"))
    // As a kill leaves it: the sealed file is there, and a plain one still is.
    try plain.write(to: URL(fileURLWithPath: "\(node)/keys/signing.key"))
    _ = try expect("status", node)
    #expect(try keyFiles == ["authority.der", "sealed.keys"])
    try Data("AAAA".utf8).write(to: URL(fileURLWithPath: "\(node)/keys/signing.key"))
    try Concord.refused("is another key than the one in", "status", node)
  }

  @Test func commandsBesideARunningNodeNeedNoPassphrase() throws {
    let partnership = try CommandPartnership()
    let police = partnership.path("police")
    try partnership.expect("keys", "seal", police, "--new-passphrase-file", path("right"))
    try partnership.start("police", "--passphrase-file", path("right"))
    try Concord.eventually("the node runs") {
      try Concord.run("status", police).out.contains(", running")
    }
    try partnership.expect("put", police, "child", "name=Example Child")
    partnership.stop("police")
    try Concord.refused("say in which file it stands", "status", police)
  }

  @Test func aNewTLSKeyIsTakenUpWithoutALostChange() throws {
    let partnership = try CommandPartnership()
    let (police, care) = (partnership.path("police"), partnership.path("care"))
    let file = URL(fileURLWithPath: "\(police)/keys/tls.pem")
    for kind in ["police", "care"] { try partnership.start(kind) }
    try partnership.connected("police", to: 1)
    let old = try Data(contentsOf: file)
    var children: [String] = []
    for round in 0..<6 {
      if round == 2 { try partnership.expect("keys", "rotate", police, "--tls") }
      if round == 4 {
        partnership.stop("police")
        try partnership.start("police")
      }
      children.append(try partnership.expect("put", police, "child", "name=\(round)").id)
      children.append(try partnership.expect("put", care, "child", "name=\(round)").id)
    }
    #expect(try Data(contentsOf: file) != old)
    try partnership.connected("police", to: 1)
    for (number, child) in children.enumerated() {
      for kind in ["police", "care"] {
        try Concord.eventually("\(kind) has \(number)") {
          try partnership.values(kind, child, "name") == ["\(number / 2)"]
        }
      }
    }
  }

  @Test func aCredentialIsReadFromSystemdsFolder() throws {
    try made("--credential", "concord-keys", "--new-passphrase-file", path("key"))
    let process = Process()
    process.executableURL = Concord.url
    process.arguments = ["status", node]
    let credentials = path("credentials")
    try FileManager.default.createDirectory(atPath: credentials, withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: path("key"), toPath: "\(credentials)/concord-keys")
    process.environment = Concord.environment(now: Concord.now).merging(
      ["CREDENTIALS_DIRECTORY": credentials]) { $1 }
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    try Concord.refused("sealed under the systemd credential concord-keys", "status", node)
  }
}
