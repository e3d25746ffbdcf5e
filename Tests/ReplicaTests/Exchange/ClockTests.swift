import Records
import Replica
import Simulation
import TestSupport
import Testing

/// Clocks that ran ahead and were set back: what a person writes comes after what they saw.
@Suite struct ClockTests {
  @Test func anEditComesAfterWhatAFastClockStampedOnceThatIsNearlyNow() throws {
    var network = try Network()
    let incident = network.id()
    let police = network.police
    let (start, minute) = (police.now, Int64(60_000))
    police.now = start.advanced(byMilliseconds: 20 * minute)
    try network.put(police, "incident", incident, ("reference", "Fast"))
    // Set back, other work is not held up by what lies far ahead.
    police.now = start
    try network.put(police, "incident", network.id(), ("reference", "Other"))
    police.now = start.advanced(byMilliseconds: 16 * minute)
    try network.put(police, "incident", incident, ("reference", "Later"))
    #expect(try police.values(incident, "reference") == ["Later"])
  }
}
