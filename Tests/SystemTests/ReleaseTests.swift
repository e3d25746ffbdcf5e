import Foundation
import TestSupport
import Testing

/// A support service gives out nothing by itself; what it releases comes, and goes when it is revoked.
@Suite(.serialized) struct ReleaseTests {
  private static let support = "support.sheffield-idva"
  private static let police = "police.south-yorkshire"
  /// The police and the support service meet twice.
  private func meet(_ partnership: CommandPartnership) throws {
    try partnership.start("support")
    for _ in 0..<2 {
      try Concord.eventually("the police are in step with the support service") {
        try Concord.run("sync", partnership.path("police"), "--peer", Self.support).status == 0
      }
    }
    partnership.stop("support")
  }

  @Test func aReleaseComesAndGoes() throws {
    let partnership = try CommandPartnership(
      template: "oe-plus-hub",
      principals: CommandPartnership.sheffield + [
        ("health", "health.sheffield-children"), ("support", Self.support),
      ], members: [])
    let (police, support) = (partnership.path("police"), partnership.path("support"))
    let adult = try Concord.run("put", police, "adult", "name=Example Parent", "role=parent").id
    try meet(partnership)
    let contact = try Concord.run(
      "put", support, "safe_contact", "whose=\(adult)", "number=0114 496 0001", "safety=safe"
    ).id
    try meet(partnership)
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
      try meet(partnership)
      #expect(try Concord.run("contact", police, contact).out.contains("0114 496 0001"))
      #expect(try Concord.run("release", "list", police).out.contains("Court"))
      let revoked = try Concord.run(
        "release", "revoke", support, contact, "--from", Self.police, "--because", reason)
      #expect(revoked.status == 0, "\(revoked.error)")
      try meet(partnership)
      #expect(try Concord.run("contact", police, contact).status == 1, "the copy is gone")
    }
    #expect(try !partnership.holds("police", "0114 496 0001"))
  }
}
