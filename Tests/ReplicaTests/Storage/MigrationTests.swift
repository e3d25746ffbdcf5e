import Agreements
import Foundation
import Records
import Replica
import SyncProtocol
import TestSupport
import Testing

/// Files that an earlier release wrote, brought up to date as they are opened: nothing is lost, and what is
/// derived is what the log says. They are the demo's nodes, and after it the police sealed the child from its
/// school: three writes were erased there.
@Suite struct MigrationTests {
  /// One file, and what the earlier release had in it.
  struct Earlier: Sendable, CustomTestStringConvertible {
    let node: String
    let openings: Int
    let changes: Int
    let reasons: Int
    let erased: Int
    let retracted: [String: Int]
    var testDescription: String { node }
  }

  static let files = [
    Earlier(
      node: "police.south-yorkshire", openings: 78, changes: 25, reasons: 27, erased: 0,
      retracted: ["erased": 3, "held-otherwise": 12]),
    Earlier(
      node: "school.106982", openings: 42, changes: 13, reasons: 44, erased: 3, retracted: [:]),
  ]

  @Test(arguments: files)
  func whatAnEarlierReleaseWroteIsAllThere(earlier: Earlier) throws {
    let folder = try TemporaryFolder()
    let replica = try opened(earlier, in: folder)
    let log = try replica.log(after: 0)
    #expect(log.count == earlier.openings)
    #expect(Set(log.map(\.header.id)).count == earlier.changes)
    let reasons = try log.map { try replica.reasons(for: $0.id).count }
    #expect(reasons.reduce(0, +) == earlier.reasons)
    #expect(try replica.alterations().erased.count == earlier.erased)
    for entry in log {
      let card = try #require(try replica.partnership().card(of: entry.header.author))
      #expect(entry.proof.holds(for: entry.header, by: card.signingKey))
      let id = entry.opening.writeID(
        record: entry.header.record, key: entry.header.key, time: entry.header.time)
      #expect(entry.isErased || id == entry.id)
    }
    try replica.close()
  }

  @Test(arguments: files)
  func whatIsDerivedIsWhatTheLogSays(earlier: Earlier) throws {
    let folder = try TemporaryFolder()
    let replica = try opened(earlier, in: folder)
    let before = try replica.derivedDigest()
    #expect(try !replica.rebuild().isMended)
    #expect(try replica.derivedDigest() == before)
    try replica.close()
  }

  @Test(arguments: files)
  func whatWentOutIsKnownStill(earlier: Earlier) throws {
    let folder = try TemporaryFolder()
    let replica = try opened(earlier, in: folder)
    var outcomes: [String: Int] = [:]
    for node in ["police.south-yorkshire", "care.E08000019", "school.106982"] {
      let peer = NodeName(agency: try #require(AgencyID(node)))
      for retraction in try replica.retractions(from: peer) {
        outcomes[retraction.outcome?.rawValue ?? "none", default: 0] += 1
      }
      guard node != earlier.node else { continue }
      // All that had gone has gone: nothing goes twice, and what was written last still waits.
      let now = Instant(milliseconds: 1_809_300_000_000)
      let waiting = try replica.waiting(for: peer, now: now)
      #expect(waiting <= 1, "\(waiting) for \(node)")
    }
    #expect(outcomes == earlier.retracted)
    try replica.close()
  }

  private func opened(_ earlier: Earlier, in folder: TemporaryFolder) throws -> LocalReplica {
    let packed = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("release-0.1/\(earlier.node).sqlite.gz")
    let path = "\(folder.path)/replica.sqlite"
    let unpack = Process()
    unpack.executableURL = URL(fileURLWithPath: "/bin/sh")
    unpack.arguments = ["-c", "gzip -dc '\(packed.path)' > '\(path)'"]
    try unpack.run()
    unpack.waitUntilExit()
    try #require(unpack.terminationStatus == 0)
    return try LocalReplica(
      path: path, me: NodeName(agency: try #require(AgencyID(earlier.node))))
  }
}
