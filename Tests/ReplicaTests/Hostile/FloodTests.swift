import Agreements
import Foundation
import GRDB
import Records
import Replica
import Simulation
import SyncProtocol
import TestSupport
import Testing

/// Peers that send more than anybody could want: what they make a node keep stays bounded, and what
/// is honest still gets through.
@Suite struct FloodTests {
  /// A change whose author nobody knows, and that would be held.
  private func held(_ forger: inout Forger, _ record: RecordID, _ name: String) throws -> Entry {
    var forgery = forger.forgery(record, [.set("name", to: .text(name), over: [:])])
    forgery.author = try TestAgency("police.elsewhere", .police)
    return try forger.entry(forgery)
  }

  private func forger(rows: Int = 10, bytes: Int = 1 << 20) throws -> Forger {
    var limits = ReplicaLimits()
    limits.quarantineRows = rows
    limits.quarantineBytes = bytes
    return try Forger(limits: limits)
  }

  @Test func pastABoundOfRowsOnlyACounterGrows() throws {
    var forger = try forger(rows: 10)
    let school = forger.network.school
    let record = forger.network.id()
    var police = try forger.peer(as: forger.network.partnership.principals[0], against: school)
    for number in 0..<30 { try police.send([try held(&forger, record, "MARKER-\(number)")]) }
    #expect(try school.replica.quarantine().count == 10)
    let overflow = try #require(try school.replica.quarantineOverflow().first)
    #expect(overflow.peer == forger.network.police.name)
    #expect(overflow.changes == 20)
    #expect(overflow.since == school.now && overflow.last == school.now)
    #expect(police.refusals.filter { $0.reason == "quarantine-full" }.count == 20)
    #expect(try !forger.network.holds(school, "MARKER-29"))
    // What is honest goes on.
    #expect(police.failure == nil)
    try police.send([
      try forger.entry(forger.forgery(record, [.set("name", to: .text("Honest"), over: [:])]))
    ])
    #expect(try school.values(record, "name") == ["Honest"])
  }

  @Test func pastABoundOfBytesOnlyACounterGrows() throws {
    var forger = try forger(rows: 1_000, bytes: 20_000)
    let school = forger.network.school
    let record = forger.network.id()
    var police = try forger.peer(as: forger.network.partnership.principals[0], against: school)
    let long = String(repeating: "MARKER", count: 1_000)
    for _ in 0..<10 { try police.send([try held(&forger, record, long)]) }
    #expect(try school.replica.quarantine().count == 3)
    #expect(try school.replica.quarantineOverflow().first?.changes == 7)
  }

  @Test func oneFloodLeavesRoomForOtherPeers() throws {
    var forger = try forger(rows: 2)
    let school = forger.network.school
    let record = forger.network.id()
    var police = try forger.peer(as: forger.network.partnership.principals[0], against: school)
    for _ in 0..<4 { try police.send([try held(&forger, record, "x")]) }
    var care = try forger.peer(as: forger.network.partnership.principals[1], against: school)
    try care.send([try held(&forger, record, "y")])
    let kept = try school.replica.quarantine()
    #expect(kept.filter { $0.from == forger.network.care.name }.count == 1)
    #expect(try school.replica.quarantineOverflow().map(\.peer) == [forger.network.police.name])
  }

  @Test func clearingMakesRoomAndKeepsWhatIsHeld() throws {
    var forger = try forger(rows: 2)
    let school = forger.network.school
    let record = forger.network.id()
    var police = try forger.peer(as: forger.network.partnership.principals[0], against: school)
    var forged = forger.forgery(record, [.set("name", to: .text("forged"), over: [:])])
    forged.signer = SigningKey()
    try police.send([try forger.entry(forged)])
    for _ in 0..<2 { try police.send([try held(&forger, record, "later")]) }
    #expect(try school.replica.quarantine().map(\.reason) == ["bad-signature", "unknown-author"])
    #expect(try school.replica.clearQuarantine(of: forger.network.police.name) == 1)
    #expect(try school.replica.quarantine().map(\.reason) == ["unknown-author"])
    #expect(try school.replica.quarantineOverflow().isEmpty)
    try police.send([try held(&forger, record, "now")])
    #expect(try school.replica.quarantine().count == 2)
  }

  @Test func whatThereWasNoRoomForComesAgain() throws {
    var limits = ReplicaLimits()
    limits.quarantineRows = 1
    var network = try Network(limits: limits)
    let children = [network.id(), network.id()]
    // The sender's clock is an hour ahead: its peers hold what it writes.
    network.police.now = network.police.now.advanced(byMilliseconds: 3_600_000)
    for child in children {
      try network.put(network.police, "child", child, ("school", "school.106982"), ("name", "A"))
    }
    let first = try network.exchange(network.police, network.school)
    #expect(first.refusals[0].map(\.reason).sorted() == ["future-stamp", "quarantine-full"])
    network.school.now = network.police.now
    _ = try network.school.replica.retryHeld(now: network.school.now)
    try network.exchange(network.police, network.school)
    for child in children { #expect(try network.school.values(child, "name") == ["A"]) }
  }

  @Test func aThousandBadWritesOfOneChangeAreReportedOnce() throws {
    var forger = try Forger()
    let school = forger.network.school
    let record = forger.network.id()
    let writes = (0..<200).map { Write.set("unheard-of-\($0)", to: .text("x"), over: [:]) }
    var police = try forger.peer(as: forger.network.partnership.principals[0], against: school)
    try police.send([try forger.entry(forger.forgery(record, writes))])
    #expect(police.refusals.count == 1)
    #expect(try school.replica.quarantine().count == 200)
  }

  @Test func profilesThatNobodyPinsDoNotPileUp() throws {
    var forger = try Forger()
    let school = forger.network.school
    var police = try forger.peer(as: forger.network.partnership.principals[0], against: school)
    let before = try school.replica.documents().count
    for number in 0..<60 {
      let body = Data("profile: p\(number)\nversion: 1\n".utf8)
      try police.send([.document(SignedDocument(kind: .profile, body: body))])
    }
    let documents = try school.replica.documents()
    #expect(documents.count == before + Limits.Storage.idleDocuments)
    #expect(documents.last?.text == "profile: p59\nversion: 1\n")
    #expect(police.failure == nil)
  }

  @Test func aReplicaHasABoundedNumberOfDocumentsFromOthers() throws {
    var forger = try Forger()
    let school = forger.network.school
    var police = try forger.peer(as: forger.network.partnership.principals[0], against: school)
    let have = try rows("document", of: school, in: forger.network)
    try sql(
      """
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
      INSERT INTO document (id, kind, body) SELECT randomblob(32), 'profile', CAST(i AS BLOB) FROM n
      """, [Limits.Storage.documents - have], at: school, in: forger.network)
    let profile = SignedDocument(kind: .profile, body: Data("profile: p\nversion: 1\n".utf8))
    try police.send([.document(profile)])
    #expect(
      try rows("document", of: school, in: forger.network) == Limits.Storage.documents)
    #expect(police.failure == nil)
    // What an administrator brings is another matter.
    try school.replica.adopt([profile], now: school.now)
    #expect(
      try rows("document", of: school, in: forger.network) == Limits.Storage.documents + 1)
  }

  @Test func writesThatWereSetAsideAreRememberedUpToABound() throws {
    var forger = try Forger()
    let school = forger.network.school
    let record = forger.network.id()
    var police = try forger.peer(as: forger.network.partnership.principals[0], against: school)
    try sql(
      """
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
      INSERT INTO set_aside SELECT ?, randomblob(32), i FROM n
      """, [Limits.Storage.asideWrites - 1, forger.network.police.name.description], at: school,
      in: forger.network)
    for _ in 0..<2 { try police.send([try held(&forger, record, "x")]) }
    #expect(try rows("set_aside", of: school, in: forger.network) == Limits.Storage.asideWrites)
    #expect(try school.replica.quarantine().count == 1)
    #expect(try school.replica.quarantineOverflow().first?.changes == 1)
  }

  @Test func signaturesUnderAProfileDoNotPileUp() throws {
    var forger = try Forger()
    let school = forger.network.school
    var police = try forger.peer(as: forger.network.partnership.principals[0], against: school)
    let key = SigningKey()
    for number in 0..<20 {
      var profile = SignedDocument(kind: .profile, body: Data("profile: p\nversion: 1\n".utf8))
      try profile.sign(as: try #require(AgencyID("police.n\(number)")), with: key)
      try police.send([.document(profile)])
    }
    #expect(try school.replica.documents().last?.signatures == [])
  }

  @Test func reasonsForOneWriteDoNotPileUp() throws {
    var forger = try Forger()
    let school = forger.network.school
    let record = forger.network.id()
    var police = try forger.peer(as: forger.network.partnership.principals[0], against: school)
    let entry = try forger.entry(
      forger.forgery(record, [.set("name", to: .text("A"), over: [:])]))
    guard case .change(let shared) = entry else { return }
    for _ in 0..<(Limits.Storage.justifications + 20) {
      // A receiver cannot check a route: any record may stand there.
      let reason = SharedChange.Justification(
        grant: shared.justifications[0].grant, route: forger.network.id())
      let again = SharedChange(
        change: shared.change, agreement: shared.agreement, justifications: [reason])
      try police.send([.change(try #require(again))])
    }
    #expect(try school.values(record, "name") == ["A"])
    let reasons = try rows("held", of: school, in: forger.network)
    #expect(reasons == Limits.Storage.justifications)
  }

  @Test func proofOfEquivocationDoesNotPileUp() throws {
    var forger = try Forger()
    let school = forger.network.school
    var police = try forger.peer(as: forger.network.partnership.principals[0], against: school)
    var records: [RecordID] = []
    for number in 0..<(Limits.Storage.evidence + 5) {
      let record = forger.network.id()
      records.append(record)
      let time = HLC(
        milliseconds: TestPartnership.now.milliseconds - 1, counter: UInt16(number))
      var entries: [Entry] = []
      for name in ["A", "B"] {
        var forgery = forger.forgery(record, [.set("name", to: .text(name), over: [:])])
        forgery.time = time
        entries.append(try forger.entry(forgery))
      }
      try police.send(entries)
    }
    #expect(try school.replica.evidence().count == Limits.Storage.evidence)
    // Past the bound the two still count for nothing.
    for record in [records.first, records.last].compactMap({ $0 }) {
      #expect(try school.values(record, "name") == [])
    }
  }

  @Test func aPeerThatRetractsAndTakesNothingIsHeardNoFurther() throws {
    var forger = try Forger()
    let school = forger.network.school
    var police = try forger.peer(as: forger.network.partnership.principals[0], against: school)
    var sent = 0
    while police.failure == nil, sent < 3 * Limits.Storage.due {
      let entries = try (0..<500).map { _ in
        let write = try #require(
          WriteID(Data.random(count: WriteID.byteCount, using: &forger.network.generator)))
        return Entry.retraction(Retraction(writes: [write], reason: "grant-ended"))
      }
      do { try police.send(entries) } catch { break }
      sent += entries.count
    }
    let due = try rows("due", of: school, in: forger.network)
    #expect(due <= Limits.Storage.due)
    #expect(sent < 3 * Limits.Storage.due)
  }

  /// Does something to a node's file that would take long through the replica.
  private func sql(
    _ statement: String, _ arguments: StatementArguments, at node: SimulatedNode,
    in network: Network
  ) throws {
    let path = "\(network.folder.path)/\(node.name.agency).sqlite"
    try DatabaseQueue(path: path).write { try $0.execute(sql: statement, arguments: arguments) }
  }

  /// How many rows a table of a node's replica has.
  private func rows(_ table: String, of node: SimulatedNode, in network: Network) throws -> Int {
    let path = "\(network.folder.path)/\(node.name.agency).sqlite"
    return try DatabaseQueue(path: path).read { db in
      try Int.fetchOne(db, sql: "SELECT count(*) FROM \(table)") ?? 0
    }
  }
}
