import Casework
import Records
import Testing

/// How an administrator's page counts notifications by day.
struct DayOfNotificationsTests {
  private static func instant(_ text: String) throws -> Instant { try #require(Instant(text)) }

  private func record(_ type: String, _ fields: [String: [CaseRecord.Entry]]) -> CaseRecord {
    var generator = SystemRandomNumberGenerator()
    return CaseRecord(id: RecordID(using: &generator), type: type, fields: fields)
  }

  /// A notification, and when its school had it.
  private func notification(
    issued: String, due: String, delivered: String? = nil, withdrawn: String? = nil
  ) throws -> NotificationCase {
    let by = try #require(AgencyID("police.example"))
    let (issuedAt, dueAt) = (try Self.instant(issued), try Self.instant(due))
    func entry(_ value: Value) -> [CaseRecord.Entry] { [.init(value, by: by, at: issuedAt)] }
    var fields = ["issued_at": entry(.instant(issuedAt)), "due_at": entry(.instant(dueAt))]
    if let withdrawn { fields["withdrawn"] = entry(.text(withdrawn)) }
    let notification = record("notification", fields)
    let deliveries = try delivered.map { text in
      let at = try Self.instant(text)
      return record(
        "delivery",
        [
          "notification": [.init(.reference(notification.id), by: by, at: at)],
          "state": [.init(.term(DeliveryState.delivered.rawValue), by: by, at: at)],
        ])
    }
    return NotificationCase(
      notification, deliveries: [deliveries].compactMap { $0 }, responses: [])
  }

  @Test func eachDayCountsWhatWasInTimeLateAndOpen() throws {
    let due = "2027-05-04T07:45:00Z"
    let cases = [
      try notification(issued: "2027-05-03T20:00:00Z", due: due, delivered: "2027-05-04T07:00:00Z"),
      try notification(issued: "2027-05-03T20:00:00Z", due: due, delivered: "2027-05-04T08:00:00Z"),
      // Due and not there: late. After midnight in London it is the next day.
      try notification(issued: "2027-05-03T23:30:00Z", due: due),
      try notification(issued: "2027-05-04T09:00:00Z", due: "2027-05-05T07:45:00Z"),
      try notification(issued: "2027-05-03T20:00:00Z", due: due, withdrawn: "a mistake"),
      try notification(issued: "2027-04-01T20:00:00Z", due: "2027-04-02T07:45:00Z"),
    ]
    let days = DayOfNotifications.last(3, of: cases, at: try Self.instant("2027-05-04T10:00:00Z"))
    #expect(days.map(\.day.description) == ["2027-05-02", "2027-05-03", "2027-05-04"])
    #expect(days.map(\.inTime) == [0, 1, 0])
    #expect(days.map(\.late) == [0, 1, 1])
    #expect(days.map(\.open) == [0, 0, 1])
    #expect(days.map(\.all) == [0, 2, 2])
  }
}
