import Casework
import Records
import Testing

/// Days and times as people say them.
struct PeopleTimeTests {
  private let now = Instant("2027-05-04T07:30:00Z")

  @Test(arguments: [
    ("2027-05-04T07:45:00Z", "today at 8:45am"), ("2027-05-03T21:40:00Z", "yesterday at 10:40pm"),
    ("2027-05-05T08:00:00Z", "tomorrow at 9am"), ("2027-05-07T11:00:00Z", "Friday 7 May at midday"),
    ("2027-05-03T23:00:00Z", "today at midnight"),
    ("2026-12-01T12:05:00Z", "Tuesday 1 December 2026 at 12:05pm"),
    // Clocks went back on 31 October: what was 00:30 UTC was half past one, twice.
    ("2027-10-31T00:30:00Z", "Sunday 31 October at 1:30am"),
  ])
  func aMomentIsSaid(at text: String, expected: String) throws {
    let (instant, now) = (try #require(Instant(text)), try #require(now))
    #expect(PeopleTime.spoken(instant, now: now) == expected)
  }

  @Test func aDayIsSaid() throws {
    let today = try #require(LocalDate("2027-05-04"))
    let day = try #require(LocalDate("2016-03-04"))
    #expect(PeopleTime.spoken(today, today: today) == "today")
    #expect(PeopleTime.plain(day) == "4 March 2016")
  }
}
