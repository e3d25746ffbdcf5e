import Foundation
import GRDB
import Records
import Replica
import Simulation
import Synchronization
import TestSupport
import Testing

/// Deriving everything anew while others work on the same file.
@Suite struct RebuildTests {
  private func path(_ node: SimulatedNode, in network: Network) -> String {
    "\(network.folder.path)/\(node.name.agency).sqlite"
  }

  private func fill(_ network: inout Network, _ count: Int) throws {
    let edits = (0..<count).map { number in
      Edit(
        type: "child", record: network.id(),
        assignments: [
          .set(field: "name", text: "Name \(number)"),
          .set(field: "school", text: "school.106982"),
          .set(field: "languages", text: "polish"),
        ])
    }
    _ = try network.police.put(edits, using: &network.generator)
  }

  @Test func othersWriteMeanwhileAndNothingIsTakenForDamage() throws {
    var limits = ReplicaLimits()
    // Whoever waits for longer is locked out; a machine under load is slow, too.
    limits.busySeconds = 5
    var network = try Network(limits: limits)
    try fill(&network, 3_000)
    let other = try LocalReplica(
      path: path(network.police, in: network), me: network.police.name)
    let outcome = Mutex<Result<Rebuilt, any Error>?>(nil)
    let rebuilding = Thread {
      let result = Result { try other.rebuild() }
      outcome.withLock { $0 = result }
    }
    rebuilding.start()
    var written = 0
    while outcome.withLock({ $0 == nil }) {
      try network.put(network.police, "child", network.id(), ("name", "Meanwhile \(written)"))
      written += 1
    }
    let rebuilt = try #require(try outcome.withLock { $0 }?.get())
    #expect(written > 3, "the rebuild was over before anybody wrote")
    #expect(!rebuilt.isMended)
    #expect(rebuilt.writes >= 9_000)
    #expect(try network.police.replica.records(ofType: "child").count == 3_000 + written)
    #expect(try !network.police.replica.rebuild().isMended)
  }

  @Test func whatWasDamagedIsMended() throws {
    var network = try Network()
    try fill(&network, 50)
    let before = try network.police.replica.derivedDigest()
    for damage in [
      "DELETE FROM standing WHERE record % 2 = 0",
      "INSERT INTO conflict SELECT id, 'name' FROM record LIMIT 1",
      "UPDATE route_agency SET agency = 'school.100000'",
      // Bytes alone differ, not how many there are.
      """
      UPDATE standing SET writes = (SELECT writes FROM standing WHERE record = 2)
      WHERE record = 1
      """,
    ] {
      let queue = try DatabaseQueue(path: path(network.police, in: network))
      try queue.write { try $0.execute(sql: damage) }
      try queue.close()
      #expect(try network.police.replica.derivedDigest() != before)
      let rebuilt = try network.police.replica.rebuild()
      #expect(rebuilt.isMended, "\(damage)")
      #expect(try network.police.replica.derivedDigest() == before, "\(damage)")
      #expect(try !network.police.replica.rebuild().isMended)
    }
  }

  @Test func aReplicaThatIsGoneIsNotMadeAnew() throws {
    let folder = try TemporaryFolder()
    let name = NodeName(agency: try #require(AgencyID("police.other")))
    let path = "\(folder.path)/replica.sqlite"
    #expect(throws: ReplicaError.self) { _ = try LocalReplica(path: path, me: name) }
    #expect(!FileManager.default.fileExists(atPath: path))
    // Nor one that was cut to nothing.
    #expect(FileManager.default.createFile(atPath: path, contents: nil))
    #expect(throws: ReplicaError.self) { _ = try LocalReplica(path: path, me: name) }
    _ = try LocalReplica(path: path, me: name, creating: true)
    _ = try LocalReplica(path: path, me: name)
  }
}
