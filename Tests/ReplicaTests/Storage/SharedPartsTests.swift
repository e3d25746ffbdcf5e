import Foundation
import GRDB
import Records
import Replica
import Simulation
import TestSupport
import Testing

/// What the changes of a batch have in common is kept once, at its author and at whoever gets it, and each change is
/// as provable as before.
@Suite struct SharedPartsTests {
  @Test(arguments: [3, 300])
  func everyChangeOfABatchIsProvedWhereverItIs(count: Int) throws {
    var network = try Network()
    let edits = (0..<count).map { number in
      Edit(
        type: "child", record: network.id(),
        assignments: [
          .set(field: "name", text: "Example Child \(number)"),
          .set(field: "address", text: "\(number) Example Road"),
          .set(field: "school", text: "school.106982"),
        ])
    }
    var signer = Signer(
      key: network.police.key, now: network.police.now, generator: SeededGenerator(seed: 5))
    #expect(try network.police.replica.put(edits, &signer).count == count)
    try network.exchangeAll()
    for node in network.nodes {
      let log = try node.replica.log(after: 0)
      #expect(Set(log.map(\.header.id)).count == count)
      var roots: Set<Digest> = []
      for entry in log {
        #expect(entry.proof.holds(for: entry.header, by: network.police.key.publicKey))
        guard case .batched(let proof) = entry.proof else {
          Issue.record("a change of the batch is proved by itself")
          return
        }
        roots.insert(proof.root(of: entry.header))
      }
      #expect(roots.count == 1)
      let database = try DatabaseQueue(
        path: "\(network.folder.path)/\(node.name.agency).sqlite")
      let kept = try database.read { db in
        try Row.fetchOne(
          db,
          sql: """
            SELECT (SELECT count(*) FROM batch) AS batches, (SELECT count(*) FROM form) AS forms,
            (SELECT total(length(digests)) FROM batch_part) AS bytes
            """)
      }
      #expect(kept?["batches"] == 1)
      #expect(kept?["forms"] == 1)
      // Each by itself would have eight digests, or twelve, and 110 bytes beside.
      let bytes: Double = try #require(kept?["bytes"])
      #expect(bytes < Double(count) * (count > 10 ? 180 : 330))
    }
  }
}
