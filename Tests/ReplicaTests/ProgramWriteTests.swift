import Foundation
import Records
import Replica
import Simulation
import TestSupport
import Testing

/// What programs write, and what keeps them from writing it twice, or over what nobody looked at.
struct ProgramWriteTests {
  private func write(
    _ network: inout Network, _ child: RecordID, _ assignments: [Edit.Assignment],
    _ conditions: WriteConditions
  ) throws -> ProgramWrite {
    var signer = Signer(
      key: network.police.key, now: network.police.now, generator: network.generator)
    defer { network.generator = signer.generator }
    return try network.police.replica.put(
      [Edit(type: "child", record: child, assignments: assignments)], under: conditions, &signer)
  }

  private func request(_ key: String, _ body: String, _ record: RecordID) -> ProgramRequest {
    ProgramRequest(
      token: 1, key: TaggedHash.digest("test", Data(key.utf8)),
      body: TaggedHash.digest("test", Data(body.utf8)), record: record)
  }

  private func refusal(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "written"
    } catch {
      return "\(error)"
    }
  }

  @Test func whatIsAskedForTwiceIsWrittenOnce() throws {
    var network = try Network()
    let (first, second) = (network.id(), network.id())
    var conditions = WriteConditions()
    conditions.request = request("one", "a", first)
    let name = [Edit.Assignment.set(field: "name", text: "Example Child")]
    #expect(try !network.police.replica.isKnown(conditions.request))
    guard case .now(let written) = try write(&network, first, name, conditions) else {
      Issue.record("it was there before")
      return
    }
    #expect(written.count == 1)
    #expect(try network.police.replica.isKnown(conditions.request))
    // Asked for again, under another id that was drawn meanwhile: what was written then stands.
    conditions.request = request("one", "a", second)
    #expect(try write(&network, second, name, conditions) == .before(first))
    #expect(try network.police.replica.records(ofType: "child").map(\.id) == [first])
    #expect(try network.police.replica.history(of: first).count == 1)
    // One key stands for one request.
    conditions.request = request("one", "b", second)
    #expect(
      refusal { _ = try write(&network, second, name, conditions) }
        == "\(ReplicaError.otherRequest)")
    conditions.request = request("two", "b", second)
    #expect(try write(&network, second, name, conditions) != .before(second))
    #expect(try network.police.replica.records(ofType: "child").count == 2)
  }

  @Test func whatIsRefusedIsNotTakenForDone() throws {
    var network = try Network()
    let child = network.id()
    var conditions = WriteConditions()
    conditions.request = request("one", "a", child)
    let wrong = [Edit.Assignment.set(field: "date_of_birth", text: "yesterday")]
    #expect(refusal { _ = try write(&network, child, wrong, conditions) }.contains("date_of_birth"))
    #expect(try !network.police.replica.isKnown(conditions.request))
  }

  @Test func nothingIsWrittenOverWhatWasNotSeen() throws {
    var network = try Network()
    let child = network.id()
    try network.put(
      network.police, "child", child, ("name", "Example Child"), ("address", "1 Sample Street"))
    var conditions = WriteConditions()
    let before = try network.police.replica.record(child)
    conditions.seen = Set(before.fields.flatMap { $0.values.map(\.write) })
    try network.put(network.police, "child", child, ("address", "2 Sample Street"))
    let address = [Edit.Assignment.set(field: "address", text: "3 Sample Street")]
    #expect(refusal { _ = try write(&network, child, address, conditions) }.contains("address"))
    #expect(try network.police.values(child, "address") == ["2 Sample Street"])
    // Another field was not touched since.
    _ = try write(&network, child, [.set(field: "name", text: "Example Boy")], conditions)
    #expect(try network.police.values(child, "name") == ["Example Boy"])
    conditions.seen = nil
    _ = try write(&network, child, address, conditions)
    #expect(try network.police.values(child, "address") == ["3 Sample Street"])
  }

  @Test func aProgramSettlesNoConflict() throws {
    var network = try Network()
    let child = network.id()
    try network.put(
      network.police, "child", child, ("name", "Example Child"), ("address", "1 Sample Street"))
    try network.exchange(network.police, network.care)
    try network.put(network.police, "child", child, ("address", "2 Sample Street"))
    try network.put(network.care, "child", child, ("address", "3 Sample Street"))
    try network.exchange(network.police, network.care)
    for assignment in [
      Edit.Assignment.set(field: "address", text: "4 Sample Street"), .clear(field: "address"),
    ] {
      #expect(
        refusal { _ = try write(&network, child, [assignment], WriteConditions()) }
          == "\(ReplicaError.inConflict(field: "address"))")
    }
    #expect(try network.police.replica.conflicts().count == 1)
    _ = try write(
      &network, child, [.add(field: "needs", text: "disability")], WriteConditions())
    #expect(try network.police.values(child, "needs") == ["disability"])
  }
}
