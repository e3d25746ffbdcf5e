import Agreements
import Foundation
import GRDB
import Records
import Replica
import SyncProtocol
import TestSupport
import Testing

@testable import Simulation

/// A check that cannot fail is worth nothing: each is shown nodes whose files were spoilt in the one
/// way that it is there to see.
@Suite struct CheckTests {
  @Test func aRunThatIsLeftAloneBreaksNoCheck() throws {
    let run = try SettledRun(
      .noLeak, .nothingLost, .verifies, .quiet, .agreement, .eachAgency, .rebuild, .quarantine,
      .retraction, .evidence, .streams)
    #expect(try run.broken() == nil, "\(run.world.failure?.problem ?? "")")
  }

  @Test func aValueInAFileThatTheAgencyMayNotHaveIsFound() throws {
    let run = try SettledRun(.noLeak)
    let mark = Marker.text(action: 77_777, value: 1)
    try run.alter(try run.station(.school), "INSERT INTO meta (name, value) VALUES (?, 1)", [mark])
    #expect(try run.broken() == .noLeak)
  }

  @Test func aValueThatIsSentWithoutPermissionIsSeenOnItsWay() throws {
    let run = try SettledRun(.noLeak)
    let police = try run.station(.police)
    // What police know of adults no school may ever have.
    let entry = try #require(police.knowledge.entries.first { $0.header.recordType == "adult" })
    let batch = try Self.batch(of: entry, run)
    let care = try run.station(.care)
    try run.world.judge(batch, from: police, to: care.index)
    #expect(run.world.failure == nil)
    try run.world.judge(batch, from: police, to: try run.station(.school).index)
    #expect(run.world.failure?.check == .noLeak)
  }

  /// A batch as it would carry one write of the log.
  private static func batch(of entry: LogEntry, _ run: SettledRun) throws -> Batch {
    let change = DisclosedChange(
      header: entry.header, proof: entry.proof, openings: [entry.opening])
    let reason = SharedChange.Justification(grant: "school-notice", route: nil)
    let shared = try #require(
      SharedChange(
        change: change, agreement: run.world.cast.agreement.digest, justifications: [reason]))
    var generator = SeededGenerator(seed: 1)
    return Batch(
      epoch: Epoch(using: &generator), firstSequence: 1, entries: [.change(shared)],
      head: Entry.change(shared).digest, signature: Data(count: 64))
  }

  @Test func aChangeThatAPersonWasToldIsDurableIsMissed() throws {
    let run = try SettledRun(.nothingLost)
    let police = try run.station(.police)
    try run.alter(
      police,
      """
      DELETE FROM change WHERE no = (SELECT c.no FROM change c JOIN signer s ON s.no = c.signer
        WHERE s.author = ? ORDER BY c.hlc DESC LIMIT 1)
      """, [police.player.id.description])
    #expect(try run.broken() == .nothingLost)
  }

  @Test func aWriteThatAPeerWasToldIsDurableIsMissed() throws {
    let run = try SettledRun(.nothingLost)
    let (police, school) = (try run.station(.police), try run.station(.school))
    try run.alter(
      school,
      """
      DELETE FROM change WHERE no = (SELECT c.no FROM change c JOIN signer s ON s.no = c.signer
        WHERE s.author = ? ORDER BY c.hlc DESC LIMIT 1)
      """, [police.player.id.description])
    #expect(try run.broken() == .nothingLost)
  }

  @Test func aStoredChangeWithAnotherProofDoesNotVerify() throws {
    let run = try SettledRun(.verifies)
    try run.alter(
      try run.station(.care),
      """
      UPDATE proof SET bytes = (SELECT bytes FROM proof ORDER BY change LIMIT 1)
      WHERE change = (SELECT max(change) FROM proof)
      """)
    #expect(try run.broken() == .verifies)
  }

  @Test func aStoredWriteWithAnotherSaltDoesNotVerify() throws {
    let run = try SettledRun(.verifies)
    try run.alter(
      try run.station(.care),
      """
      UPDATE change SET openings =
        CAST(substr(openings, 1, 3) || zeroblob(16) || substr(openings, 20) AS BLOB)
      WHERE no = (SELECT min(no) FROM change)
      """)
    #expect(try run.broken() == .verifies)
  }

  @Test func aWriteThatNeverCameIsMissed() throws {
    let run = try SettledRun(.agreement)
    let (police, school) = (try run.station(.police), try run.station(.school))
    try run.alter(
      school,
      "DELETE FROM change WHERE signer IN (SELECT no FROM signer WHERE author = ?)",
      [police.player.id.description])
    #expect(try run.broken() == .agreement)
  }

  @Test func nodesThatShowTheSameWritesDifferentlyAreFound() throws {
    let run = try SettledRun(.agreement)
    try run.alter(try run.station(.care), "DELETE FROM standing")
    #expect(try run.broken() == .agreement)
  }

  @Test func aJudgementThatIsNotShownIsMissed() throws {
    let run = try SettledRun(.eachAgency)
    try run.alter(try run.station(.police), "DELETE FROM standing")
    #expect(try run.broken() == .eachAgency)
  }

  @Test func whatDoesNotFollowFromTheLogIsFound() throws {
    let run = try SettledRun(.rebuild)
    try run.alter(
      try run.station(.police),
      "DELETE FROM standing WHERE record = (SELECT record FROM standing LIMIT 1)")
    #expect(try run.broken() == .rebuild)
  }

  @Test func anHonestChangeInQuarantineIsFound() throws {
    let run = try SettledRun(.quarantine)
    let (police, care) = (try run.station(.police), try run.station(.care))
    let log = try #require(care.node).replica.log(after: 0)
    let change = try #require(log.first { $0.header.author == police.player.id }).header.id
    try run.alter(
      care,
      """
      INSERT INTO quarantine
        (change, peer, author, reason, detail, is_held, entry, digest, received_at)
      VALUES (?, ?, ?, 'may-not-write', '', 0, x'', zeroblob(32), 0)
      """, [change.bytes, police.player.name.description, police.player.id.description])
    #expect(try run.broken() == .quarantine)
  }

  @Test func aHostileChangeThatIsNotKeptAsideIsMissed() throws {
    let run = try SettledRun(.quarantine)
    let care = try run.station(.care)
    let change = try #require(care.knowledge.changes.min())
    run.world.ledger.note(change)
    run.world.ledger.expect(
      change, at: care.index, reason: "bad-signature", restores: care.restores)
    #expect(try run.broken() == .quarantine)
  }

  @Test func aRetractionThatNobodyConfirmedIsFound() throws {
    let run = try SettledRun(.retraction)
    let (police, care) = (try run.station(.police), try run.station(.care))
    try run.alter(
      police,
      """
      UPDATE disclosure SET retracted_at = 1, outcome = NULL WHERE peer = ?1 AND (change, part) =
        (SELECT change, part FROM disclosure WHERE peer = ?1 LIMIT 1)
      """, [care.player.name.description])
    #expect(try run.broken() == .retraction)
  }

  @Test func aValueThatIsHeldWithoutAReasonIsFound() throws {
    let run = try SettledRun(.retraction)
    let (police, care) = (try run.station(.police), try run.station(.care))
    // What police no longer hold they can no longer share, and care should have heard of it.
    try run.alter(
      police,
      """
      DELETE FROM change WHERE no = (SELECT min(change) FROM disclosure WHERE peer = ?)
      """, [care.player.name.description])
    #expect(try run.broken() == .retraction)
  }

  @Test func twoChangesUnderOneStampWithoutAProofAreFound() throws {
    let run = try SettledRun(.evidence)
    let care = try run.station(.care)
    let changes = care.knowledge.changes.sorted().prefix(2)
    run.world.ledger.fork(Set(changes), victim: care.index, restores: care.restores)
    #expect(try run.broken() == .evidence)
  }

  @Test func aForkedStreamWithoutAProofIsFound() throws {
    let run = try SettledRun(.evidence)
    let (police, care) = (try run.station(.police), try run.station(.care))
    run.world.ledger.forkedStreams.append(
      HostileLedger.ForkedStream(
        fork: try fork(of: police, against: care), key: police.player.key.publicKey,
        victim: care.index, restores: care.restores))
    #expect(try run.broken() == .evidence)
  }

  @Test func anAgencyThatIsAccusedOfAForkWithoutReasonIsFound() throws {
    let run = try SettledRun(.evidence)
    let (police, care) = (try run.station(.police), try run.station(.care))
    let node = try #require(care.node)
    try node.replica.keep(try fork(of: police, against: care), now: node.now)
    #expect(try run.broken() == .evidence)
  }

  private func fork(of sender: Station, against receiver: Station) throws -> StreamFork {
    let stream = StreamName(from: sender.player.name, to: receiver.player.name)
    return try #require(try .example(stream, signedBy: sender.player.key))
  }

  @Test func streamsThatDifferAreFound() throws {
    let run = try SettledRun(.streams)
    let (police, school) = (try run.station(.police), try run.station(.school))
    try run.alter(
      school,
      """
      DELETE FROM change WHERE no = (SELECT c.no FROM change c JOIN signer s ON s.no = c.signer
        WHERE s.author = ? ORDER BY c.hlc DESC LIMIT 1)
      """, [police.player.id.description])
    #expect(try run.broken() == .streams)
  }

  @Test func somethingThatWaitsForEverIsFound() throws {
    let run = try SettledRun(.quiet)
    let (police, care) = (try run.station(.police), try run.station(.care))
    try run.alter(
      police,
      """
      INSERT INTO outgoing (peer, sequence, digest, head)
      VALUES (?, 999999, zeroblob(32), zeroblob(32))
      """, [care.player.name.description])
    #expect(try run.broken() == .quiet)
  }

  @Test func nodesThatNeverMeetAreFound() throws {
    let run = try SettledRun(.quiet)
    let (police, care) = (try run.station(.police), try run.station(.care))
    // Nothing gets through any more, and the links that there are end of silence.
    run.world.weather.block(from: police.index, to: care.index, action: -1)
    run.world.weather.block(from: care.index, to: police.index, action: -2)
    try run.world.run(until: run.world.now + 120_000)
    #expect(police.links[care.index] == nil)
    // Once it does, they find each other again by themselves.
    try run.world.settle()
    #expect(run.world.failure == nil)
    #expect(police.links[care.index] != nil)
  }

  @Test func marksAreFoundWhereverTheyStand() {
    let mark = Marker.text(action: 123, value: 4)
    #expect(mark == "~m0012304")
    for place in 0..<20 {
      let bytes = Data(repeating: 0x7E, count: place) + Data(mark.utf8)
      #expect(Marker.found(in: bytes) == [12_304])
      #expect(Marker.found(in: bytes + Data(mark.utf8.reversed())) == [12_304])
      #expect(Marker.found(in: bytes.dropLast()).isEmpty)
    }
    #expect(Marker.found(in: Data()).isEmpty)
    #expect(Marker.found(in: "\(mark)\(Marker.text(action: 99_999, value: 99))").count == 2)
  }
}
