import Records
import Replica
import Simulation
import TestSupport
import Testing

/// What came to a log since somebody looked last, for pages that stay open.
@Suite struct TouchedFieldTests {
  @Test func whatCameIsNamedByRecordFieldAndTarget() throws {
    var network = try Network()
    let (child, incident) = (network.id(), network.id())
    try network.put(network.police, "child", child, ("name", "Example Child A"))
    let start = try network.police.replica.logPosition()
    #expect(try network.police.replica.fieldsTouched(since: start, atMost: 10).fields.isEmpty)
    try network.put(
      network.police, "incident", incident, ("reference", "EX/1"),
      ("children", child.description))
    let all = try network.police.replica.fieldsTouched(since: start, atMost: 10)
    #expect(
      Set(all.fields) == [
        TouchedField(record: incident, type: "incident", field: "reference", target: nil),
        TouchedField(record: incident, type: "incident", field: "children", target: child),
      ])
    // A part at a time comes to the same.
    let first = try network.police.replica.fieldsTouched(since: start, atMost: 1)
    let second = try network.police.replica.fieldsTouched(since: first.position, atMost: 1)
    #expect(first.fields + second.fields == all.fields)
    #expect(try second.position == network.police.replica.logPosition())
  }
}
