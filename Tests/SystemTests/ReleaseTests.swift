import Foundation
import TestSupport
import Testing

/// A support service gives out nothing by itself; what it releases comes, and goes when it is revoked.
@Suite(.serialized) struct ReleaseTests {
  private static let support = "support.sheffield-idva"
  private static let police = "police.south-yorkshire"
  private static let agencies = [
    ("police", police), ("care", "care.E08000019"), ("health", "health.sheffield-children"),
    ("support", support),
  ]

  /// A hub of four agencies, each with a folder in this one.
  private func hub(in folder: TemporaryFolder) throws {
    func run(_ arguments: String...) throws {
      let output = try Concord.run(arguments)
      #expect(output.status == 0, "\(arguments.prefix(2)): \(output.error)")
    }
    func path(_ name: String) -> String { "\(folder.path)/\(name)" }
    var cards: [String] = []
    for (kind, id) in Self.agencies {
      try run("init", path(kind), "--agency", id, "--kind", kind, "--name", id, "--test-clock")
      let card = try Concord.run("card", path(kind)).out
      try card.write(toFile: path("\(kind).card"), atomically: true, encoding: .utf8)
      cards += ["--card", path("\(kind).card")]
    }
    let template = repositoryRoot.appendingPathComponent("Protocol/agreements/oe-plus-hub.yaml")
    let drafted = try Concord.run(
      ["agreement", "draft", template.path] + cards + ["-o", path("agreement")])
    #expect(drafted.status == 0, "\(drafted.error)")
    for step in ["sign", "adopt"] {
      for (kind, _) in Self.agencies { try run("agreement", step, path(kind), path("agreement")) }
    }
  }

  /// Starts the support service's node, has the police sync with it twice, and stops it.
  private func meet(in folder: TemporaryFolder) throws {
    let process = Process()
    process.executableURL = Concord.url
    process.arguments = ["run", "\(folder.path)/support"]
    process.environment = Concord.environment(now: Concord.now)
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    defer {
      process.terminate()
      process.waitUntilExit()
    }
    for _ in 0..<2 {
      try Concord.eventually("the police are in step with the support service") {
        try Concord.run("sync", "\(folder.path)/police", "--peer", Self.support).status == 0
      }
    }
  }

  @Test func aReleaseComesAndGoes() throws {
    let folder = try TemporaryFolder()
    try hub(in: folder)
    let (police, support) = ("\(folder.path)/police", "\(folder.path)/support")
    let adult = try Concord.run("put", police, "adult", "name=Example Parent", "role=parent").id
    try meet(in: folder)
    let contact = try Concord.run(
      "put", support, "safe_contact", "whose=\(adult)", "number=0114 496 0001", "safety=safe"
    ).id
    try meet(in: folder)
    #expect(try Concord.run("get", police, contact).status == 1, "nothing leaves by itself")
    let unknown = try Concord.run(
      "release", "give", support, adult, "--to", Self.police, "--purpose", "Court", "--until",
      "2027-05-10")
    #expect(unknown.status == 1 && unknown.error.contains("shared by its own rule"))
    let over = try Concord.run(
      "release", "give", support, contact, "--to", Self.police, "--purpose", "Court", "--until",
      "2027-05-01")
    #expect(over.status == 1 && over.error.contains("a day from today on"))

    for reason in ["The hearing is over", "Not needed"] {
      let given = try Concord.run(
        "release", "give", support, contact, "--to", Self.police, "--purpose", "Court", "--until",
        "2027-05-10")
      #expect(given.status == 0, "\(given.error)")
      try meet(in: folder)
      #expect(try Concord.run("contact", police, contact).out.contains("0114 496 0001"))
      #expect(try Concord.run("release", "list", police).out.contains("Court"))
      let revoked = try Concord.run(
        "release", "revoke", support, contact, "--from", Self.police, "--because", reason)
      #expect(revoked.status == 0, "\(revoked.error)")
      try meet(in: folder)
      #expect(try Concord.run("contact", police, contact).status == 1, "the copy is gone")
    }
    let files = try FileManager.default.contentsOfDirectory(atPath: police)
      .filter { $0.hasPrefix("replica.sqlite") }
    #expect(!files.isEmpty)
    for file in files {
      let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(police)/\(file)"))
      #expect(bytes.range(of: Data("0114 496 0001".utf8)) == nil, "\(file) holds the number")
    }
  }
}
