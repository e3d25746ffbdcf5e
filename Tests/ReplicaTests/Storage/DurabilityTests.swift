import Agreements
import Foundation
import GRDB
import Records
import Replica
import Simulation
import TestSupport
import Testing

/// Real files: what is on the disk when it fills up, after a crash, and in another's hands.
@Suite struct DurabilityTests {
  @Test func aFullDiskLosesNothingAndHalfWritesNothing() throws {
    var limits = ReplicaLimits()
    limits.pages = 160
    var network = try Network(limits: limits)
    var written: [(RecordID, String)] = []
    var problem: ReplicaError?
    for number in 0..<400 {
      let child = network.id()
      let name = "Name \(number) " + String(repeating: "x", count: 900)
      do {
        try network.put(
          network.police, "child", child, ("name", name), ("school", "school.106982"))
        written.append((child, name))
      } catch let error as ReplicaError {
        problem = error
        break
      }
    }
    guard case .diskFull = problem else {
      Issue.record("expected a full disk, got \(String(describing: problem))")
      return
    }
    #expect(written.count > 10)
    #expect(try network.police.replica.records(ofType: "child").count == written.count)
    for (child, name) in written {
      #expect(try network.police.values(child, "name") == [name])
    }
    // What reaches a full node is not acknowledged; with room again it all arrives.
    var small = ReplicaLimits()
    small.pages = 130
    let folder = try TemporaryFolder()
    let full = try network.partnership.nodes(in: folder, limits: small)[2]
    #expect(throws: ReplicaError.self) { try network.exchange(network.police, full) }
    let room = try LocalReplica(
      path: "\(folder.path)/\(full.name.agency).sqlite", me: full.name)
    let roomy = SimulatedNode(
      replica: room, key: full.key, federation: full.federation, now: full.now)
    // The police's own disk is full too: they cannot number what they would send.
    let police = try LocalReplica(
      path: "\(network.folder.path)/\(network.police.name.agency).sqlite",
      me: network.police.name)
    let freed = SimulatedNode(
      replica: police, key: network.police.key, federation: full.federation, now: full.now)
    try network.exchange(freed, roomy)
    #expect(try roomy.replica.records(ofType: "child").count == written.count)
  }

  @Test func theFileIsInWALModeWithStrictTables() throws {
    let network = try Network()
    // What another connection sees of the file; that commits are synced is tested by the crashes
    // in SimulationTests.
    let queue = try DatabaseQueue(
      path: "\(network.folder.path)/\(network.police.name.agency).sqlite")
    try queue.read { db in
      #expect(try String.fetchOne(db, sql: "PRAGMA journal_mode") == "wal")
      let tables = try String.fetchAll(
        db,
        sql: """
          SELECT name FROM pragma_table_list
          WHERE schema = 'main' AND type = 'table' AND strict = 0 AND name NOT LIKE 'sqlite_%'
          AND name NOT LIKE 'grdb_%'
          """)
      #expect(tables == [], "these tables are not STRICT")
    }
  }

  @Test func aReplicaOfAnotherNodeIsNotOpened() throws {
    let network = try Network()
    let other = try #require(AgencyID("police.other"))
    #expect(throws: ReplicaError.self) {
      let replica = try LocalReplica(
        path: "\(network.folder.path)/\(network.police.name.agency).sqlite",
        me: NodeName(agency: other))
      _ = try replica.partnership()
    }
  }

  @Test func aFileThatIsNoDatabaseIsSaidToBeNone() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/replica.sqlite"
    try Data(repeating: 7, count: 8192).write(to: URL(fileURLWithPath: path))
    let agency = try #require(AgencyID("police.other"))
    #expect(throws: ReplicaError.self) {
      _ = try LocalReplica(path: path, me: NodeName(agency: agency))
    }
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data(repeating: 7, count: 8192))
  }

  @Test func anEditIsWrittenWholeOrNotAtAll() throws {
    var network = try Network()
    let child = network.id()
    for bad in [("nhs_number", "1234567890"), ("no_such_field", "x"), ("date_of_birth", "soon")] {
      #expect(throws: ReplicaError.self) {
        try network.put(network.police, "child", child, ("name", "Half"), bad)
      }
    }
    #expect(throws: ReplicaError.self) { try network.police.replica.record(child) }
    #expect(try !network.holds(network.police, "Half"))
  }

  @Test func severalEditsAreSignedTogetherAndVerifyAtTheReceiver() throws {
    var network = try Network()
    let ids = (0..<50).map { _ in network.id() }
    let edits = ids.map { id in
      Edit(
        type: "child", record: id,
        assignments: [
          .set(field: "name", text: "Name \(id)"), .set(field: "school", text: "school.106982"),
        ])
    }
    let changes = try network.police.put(edits, using: &network.generator)
    #expect(changes.count == 50)
    let outcome = try network.exchange(network.police, network.school)
    #expect(outcome.refusals == [[], []])
    for id in ids { #expect(try network.school.values(id, "name") == ["Name \(id)"]) }
  }

  @Test func aDamagedFileIsNamedWithWhatToDo() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/replica.sqlite"
    try Data(repeating: 0x55, count: 8_192).write(to: URL(fileURLWithPath: path))
    let me = NodeName(agency: try #require(AgencyID("police.here")))
    #expect {
      _ = try LocalReplica(path: path, me: me)
    } throws: {
      "\($0)".contains("\(path) is damaged: stop the node")
    }
  }
}
