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

  /// What was written over another agency's fast clock is stamped later than the time at which it goes.
  @Test func whatHasGoneIsKnownWhateverTheStampsSay() throws {
    var network = try Network()
    let (police, care) = (network.police, network.care)
    let incident = network.id()
    police.now = police.now.advanced(byMilliseconds: 120_000)
    try network.put(police, "incident", incident, ("category", "crime"))
    try network.exchangeAll()
    #expect(try care.replica.fieldsNotSent(of: incident, to: police.name.agency) == [])
    try network.put(care, "incident", incident, ("category", "welfare-need"))
    #expect(try care.replica.fieldsNotSent(of: incident, to: police.name.agency) == ["category"])
    try network.exchangeAll()
    #expect(try care.replica.fieldsNotSent(of: incident, to: police.name.agency) == [])
    let sent = try #require(
      try care.replica.whereabouts(of: incident).first { $0.peer == police.name })
    let written = try care.replica.record(incident).field("category")?.values.first {
      $0.by == care.name.agency
    }
    #expect(sent.isReceived && (written?.at ?? sent.sentAt) > sent.sentAt)
  }
}
