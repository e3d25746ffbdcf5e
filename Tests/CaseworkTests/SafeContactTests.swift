import Casework
import Foundation
import Records
import Simulation
import TestSupport
import Testing

/// How somebody may be contacted, and what was given out for a time.
@Suite struct SafeContactTests {
  private func contact(
    safety: [String], numbers: [String] = ["0114 496 0001"]
  ) throws -> SafeContact {
    let (here, there) = (
      try #require(AgencyID("support.here")), try #require(AgencyID("support.there"))
    )
    var generator = SeededGenerator(seed: 5)
    func entries(_ values: [Value]) -> [CaseRecord.Entry] {
      values.enumerated().map { place, value in
        .init(value, by: place == 0 ? here : there, at: Instant(milliseconds: Int64(place)))
      }
    }
    return SafeContact(
      CaseRecord(
        id: RecordID(using: &generator), type: "safe_contact",
        fields: [
          "safety": entries(safety.map(Value.term)), "number": entries(numbers.map(Value.text)),
          "times": entries([.text("Mondays")]),
        ]))
  }

  @Test func theMoreCarefulValueIsShownWhoeverCameLast() throws {
    #expect(try contact(safety: ["safe"]).caution == .safe)
    #expect(try contact(safety: ["unsafe", "safe"]).caution == .unsafe)
    #expect(try contact(safety: ["safe", "ask-first"]).caution == .askFirst)
    #expect(try contact(safety: []).caution == .askFirst)
    #expect(try contact(safety: ["safe"]).number == "0114 496 0001")
  }

  @Test func whereContactIsUnsafeNoNumberIsShown() throws {
    let unsafe = try contact(safety: ["unsafe"])
    #expect(unsafe.number == nil && unsafe.times == nil)
  }

  @Test func ofTwoNumbersNoneIsShown() throws {
    let both = try contact(safety: ["safe"], numbers: ["0114 496 0001", "0114 496 0002"])
    #expect(both.number == nil)
    #expect(both.unsettled == ["number"])
    #expect(both.caution == .askFirst)
    #expect(both.times == "Mondays")
    // Twice the same is no conflict.
    let same = try contact(safety: ["safe"], numbers: ["0114 496 0001", "0114 496 0001"])
    #expect(same.number != nil && same.unsettled.isEmpty)
  }

  @Test func nothingIsGivenOutForEver() throws {
    let support = try #require(AgencyID("support.here"))
    var generator = SeededGenerator(seed: 6)
    let record = RecordID(using: &generator)
    func release(until: String?, revoked: String? = nil) throws -> TimedRelease {
      func entry(_ value: Value) -> [CaseRecord.Entry] {
        [.init(value, by: support, at: Instant(milliseconds: 0))]
      }
      var fields = [
        "record": entry(.reference(record)),
        "to": entry(.agency(try #require(AgencyID("police.here")))),
      ]
      if let until { fields["until"] = entry(.date(try #require(LocalDate(until)))) }
      if let revoked { fields["revoked"] = entry(.text(revoked)) }
      return try #require(
        TimedRelease(CaseRecord(id: record, type: "release", fields: fields)))
    }
    let (last, after) = (
      try #require(LocalDate("2027-05-10")), try #require(LocalDate("2027-05-11"))
    )
    #expect(try release(until: "2027-05-10").holds(on: last))
    #expect(try !release(until: "2027-05-10").holds(on: after))
    #expect(try !release(until: nil).holds(on: last))
    #expect(try !release(until: "2027-05-10", revoked: "no longer needed").holds(on: last))
  }
}
