import Records
import Testing

@testable import Web

/// Days and times as people type them; what is wrong is said and kept.
struct TypedTimeTests {
  @Test(arguments: [
    ("22:40", 22 * 60 + 40), ("10:40pm", 22 * 60 + 40), ("10.40 PM", 22 * 60 + 40),
    ("2240", 22 * 60 + 40), ("0:05", 5), ("12am", 0), ("12pm", 720), ("12:30am", 30), ("9am", 540),
    ("00:00", 0), ("23:59", 23 * 60 + 59),
  ])
  func aTimeIsUnderstood(typed: String, minutes: Int) {
    #expect(Form.minutes(typed) == minutes)
  }

  @Test(arguments: [
    "", "25:00", "9", "13pm", "0am", "10:4", "10:400", "half past", "24:00", "-1:00", "99999",
  ])
  func whatIsNoTimeIsNone(typed: String) {
    #expect(Form.minutes(typed) == nil)
  }

  @Test func aDayIsReadFromItsThreeBoxes() {
    var form = Form(["at-day": "4", "at-month": "March", "at-year": "2016"])
    #expect(form.day("at", "The day") == LocalDate(year: 2016, month: 3, day: 4))
    #expect(form.isSound)
  }

  @Test(arguments: [
    ("31", "2", "2016"), ("4", "13", "2016"), ("4", "3", "16"), ("4", "", "2016"),
    ("x", "3", "2016"),
  ])
  func aDayThatIsNoneIsSaid(day: String, month: String, year: String) {
    var form = Form(["at-day": day, "at-month": month, "at-year": year])
    #expect(form.day("at", "The day") == nil)
    #expect(
      form.problems == [
        Form.Problem(field: "at", text: "The day must be a real date, like 27 3 2016")
      ])
    // What was typed stays.
    #expect(form.dayField("at", "The day").day == day)
  }

  @Test func anEmptyDayIsNoProblemByItself() {
    var form = Form()
    #expect(form.day("at", "The day") == nil && form.isSound)
  }

  @Test func aFormIsReadAsBrowsersSendIt() throws {
    let form = try #require(Form(body: "name=A%20%26+B&note=one%0D%0Atwo&empty=+"))
    #expect(form.text("name") == "A & B")
    #expect(form.text("note") == "one\ntwo")
    #expect(form.text("empty") == nil)
    #expect(Form(body: "")?.values == [:])
  }
}
