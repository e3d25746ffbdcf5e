import Foundation
import Records
import TestSupport
import Testing

@Suite struct ValueTests {
  @Test func datesAgreeWithFoundationOverFourCenturies() throws {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = try #require(TimeZone(identifier: "UTC"))
    for days in stride(from: -73_000, through: 73_000, by: 97) {
      let date = LocalDate(daysSinceEpoch: Int32(days))
      let parts = calendar.dateComponents(
        [.year, .month, .day, .weekday], from: Date(timeIntervalSince1970: Double(days) * 86_400))
      #expect(date.year == parts.year && date.month == parts.month && date.day == parts.day)
      // Foundation counts Sunday as 1, ISO 8601 Monday.
      #expect(date.weekday.rawValue % 7 + 1 == parts.weekday)
      #expect(LocalDate(date.description) == date)
    }
  }

  @Test(arguments: [
    "2023-02-29", "2024-13-01", "2024-00-10", "24-01-01", "2024-1-1", "2024-01-01 ", "",
  ])
  func whatIsNoDateIsRefused(text: String) {
    #expect(LocalDate(text) == nil)
  }

  @Test func instantsAreReadWithOffsetsAndWrittenInUTC() {
    #expect(
      Instant("2027-05-01T22:40:00+01:00")?.description == "2027-05-01T21:40:00.000Z")
    #expect(Instant("2027-05-01T21:40:00.1239Z")?.description == "2027-05-01T21:40:00.123Z")
    for bad in [
      "2027-05-01", "2027-05-01T21:40:00", "2027-05-01T24:00:00Z", "2027-05-01 21:40:00Z",
    ] {
      #expect(Instant(bad) == nil)
    }
  }

  @Test func anyWrongDigitOfAnNHSNumberIsFound() throws {
    let valid = "9434765919"
    #expect(try NHSNumber("943 476 5919").description == valid)
    for place in valid.indices {
      for digit in "0123456789" where digit != valid[place] {
        let wrong = valid.replacingCharacters(in: place...place, with: String(digit))
        #expect(throws: IdentifierError.self) { try NHSNumber(wrong) }
      }
    }
  }

  @Test func aUPNsCheckLetterIsChecked() throws {
    let valid = "H801200001001"
    let letters = "ABCDEFGHJKLMNPQRTUVWXYZ"
    let accepted = letters.filter { (try? UPN("\($0)801200001001")) != nil }
    #expect(accepted.count == 1)
    #expect((try? UPN(valid)) != nil || accepted != "H")
    #expect(throws: IdentifierError.self) { try UPN("I801200001001") }
    #expect(throws: IdentifierError.self) { try UPN("A80120000100") }
  }

  @Test func aURNIsSixDigits() throws {
    #expect(try URN("106982").description == "106982")
    for bad in ["", "10698", "1069822222", "10698a", "-06982"] {
      #expect(throws: IdentifierError.self) { try URN(bad) }
    }
  }

  @Test(arguments: ["police", "Police.x", "police.", "police. x", ".x", "police.a/b"])
  func whatIsNoAgencyIsRefused(text: String) {
    #expect(AgencyID(text) == nil)
  }

  @Test func identifiersReadWhatTheyWrite() {
    forSeeds(50) { generator in
      let record = RecordID(using: &generator)
      return RecordID(record.description) == record
        && RecordID(record.description.uppercased()) == record
    }
  }
}
