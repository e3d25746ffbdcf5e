import Casework
import Foundation
import Node
import Records
import Testing

@testable import Web

/// The charts of the administrator's page: they are drawn from numbers, within their frame.
struct NodeChartTests {
  private func day(_ number: Int32, _ counts: (inTime: Int, late: Int, open: Int)) throws
    -> [NotificationCase]
  {
    let by = try #require(AgencyID("police.example"))
    let issued = Instant(utc: LocalDate(daysSinceEpoch: number))
      .advanced(byMilliseconds: 43_200_000)
    let due = issued.advanced(byMilliseconds: 3_600_000)
    func made(_ delivered: Instant?, due: Instant) -> NotificationCase {
      var generator = SystemRandomNumberGenerator()
      let notification = CaseRecord(
        id: RecordID(using: &generator), type: "notification",
        fields: [
          "issued_at": [.init(.instant(issued), by: by, at: issued)],
          "due_at": [.init(.instant(due), by: by, at: issued)],
        ])
      let delivery = delivered.map { at in
        CaseRecord(
          id: RecordID(using: &generator), type: "delivery",
          fields: [
            "notification": [.init(.reference(notification.id), by: by, at: at)],
            "state": [.init(.term("delivered"), by: by, at: at)],
          ])
      }
      return NotificationCase(
        notification, deliveries: [delivery].compactMap { $0 }, responses: [])
    }
    let later = due.advanced(byMilliseconds: 1_000_000_000_000)
    return (0..<counts.inTime).map { _ in made(issued, due: due) }
      + (0..<counts.late).map { _ in made(later, due: due) }
      + (0..<counts.open).map { _ in made(nil, due: later) }
  }

  @Test func columnsStandOnTheLineAndStayWithinTheFrame() throws {
    let today: Int32 = 20_942
    let cases = try day(today, (1, 2, 3)) + day(today - 3, (40, 0, 0)) + day(today - 20, (9, 9, 9))
    let now = Instant(utc: LocalDate(daysSinceEpoch: today)).advanced(byMilliseconds: 50_000_000)
    let chart = try #require(DaysChart(DayOfNotifications.last(14, of: cases, at: now)))
    #expect(chart.columns.count == 14)
    #expect((chart.inTime, chart.late, chart.open) == (41, 2, 3))
    let last = try #require(chart.columns.last)
    #expect(last.count == "2/6")
    #expect(last.parts.map(\.kind) == ["in-time", "open", "late"])
    #expect(chart.columns[10].count == "40")
    for column in chart.columns {
      #expect(column.countY > 8 && column.middle < 340)
      var floor = 130
      for part in column.parts {
        #expect(part.y + part.height == floor)
        #expect(part.height >= 2)
        floor = part.y
      }
    }
    #expect(chart.rows.first?.cells == [1, 2, 3])
    #expect(DaysChart(DayOfNotifications.last(14, of: [], at: now)) == nil)
  }

  @Test func theLongestBarIsThatForWhichMostWaits() throws {
    func link(_ peer: String, _ waiting: Int) throws -> LinkState {
      LinkState(
        peer: try #require(AgencyID(peer)), isConnected: true, lastSync: nil, waiting: waiting,
        lag: 0, clockAhead: nil)
    }
    let links = try (0..<20).map { try link("school.\(100_000 + $0)", $0) }
    let chart = try #require(WaitingChart(links))
    #expect(chart.bars.count == 12)
    #expect(chart.bars.first?.label == "school.100019")
    #expect(chart.bars.map(\.count) == (8...19).reversed())
    #expect(chart.bars.allSatisfy { $0.width > 0 && $0.countX < 300 })
    #expect(chart.bars.allSatisfy { $0.barY + 12 < chart.height })
    #expect(WaitingChart(try [link("care.example", 0)]) == nil)
  }
}
