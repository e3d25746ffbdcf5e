import Agreements
import Foundation
import Records
import Replica
import Simulation
import SyncProtocol
import TestSupport
import Testing

/// However much there is to send, each batch fits a frame, and everything arrives.
@Suite struct SizeTests {
  /// Runs an exchange and says how large its largest batch was, in entries and in bytes.
  private func largest(
    _ left: SimulatedNode, _ right: SimulatedNode
  ) throws -> (entries: Int, bytes: Int) {
    var link = try #require(try SimulatedLink(left, right, generator: SeededGenerator(seed: 1)))
    var largest = (entries: 0, bytes: 0)
    let outcome = try link.run { _, message in
      if case .batch(let batch) = message {
        largest.entries = max(largest.entries, batch.entries.count)
        largest.bytes = max(largest.bytes, message.encoded().count)
      }
      return message
    }
    #expect(outcome.failures == [nil, nil])
    return largest
  }

  private func expectFits(_ batch: (entries: Int, bytes: Int)) {
    let limits = LinkLimits()
    #expect(batch.entries > 0)
    #expect(batch.entries <= limits.batchEntries)
    // A batch closes once it is full; its last entry may be as large again.
    #expect(batch.bytes <= 2 * limits.batchBytes)
    #expect(2 * limits.batchBytes <= limits.frameBytes)
  }

  @Test func moreMembersThanABatchHasEntries() throws {
    let folder = try TemporaryFolder()
    let schools = (0..<600).map { "school.\(110_000 + $0)" }
    let partnership = try TestPartnership.sheffield(schools: schools)
    let police = try partnership.node(of: partnership.principals[0], in: folder)
    let care = try partnership.node(of: partnership.principals[1], in: folder)
    expectFits(try largest(police, care))
    let last = try partnership.node(of: try #require(partnership.members.last), in: folder)
    var generator = SeededGenerator(seed: 1)
    let child = RecordID(using: &generator)
    try police.put(
      "child", child, [("name", "Example Child A"), ("school", schools[599])], using: &generator)
    expectFits(try largest(police, last))
    #expect(try last.values(child, "name") == ["Example Child A"])
  }

  @Test func aLongHistoryGoesToANewSchool() throws {
    var network = try Network(schools: ["school.106982", "school.107010"])
    let child = network.id()
    try network.put(network.police, "child", child, ("school", "school.106982"))
    let text = String(repeating: "x", count: 30_000)
    for number in 0..<20 {
      try network.put(network.police, "child", child, ("name", "\(number) \(text)"))
    }
    try network.exchange(network.police, network.nodes[3])
    try network.put(network.police, "child", child, ("school", "school.107010"))
    expectFits(try largest(network.police, network.nodes[3]))
    #expect(try network.nodes[3].values(child, "name") == ["19 \(text)"])
  }

  @Test func oneChangeLargerThanABatch() throws {
    var network = try Network()
    let response = network.id()
    let text = String(repeating: "x", count: 90_000)
    let details = (0..<8).map { Edit.Assignment.add(field: "detail", text: "\($0) \(text)") }
    _ = try network.school.put(
      [Edit(type: "response", record: response, assignments: details)], using: &network.generator)
    expectFits(try largest(network.school, network.police))
    #expect(try network.police.values(response, "detail").count == 8)
    #expect(try largest(network.school, network.police).entries == 0)
  }
}
