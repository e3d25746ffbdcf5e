import Casework
import Node
import Records

/// What waits for whom, as bars; drawn here, so that no script is needed. All of it is text on the page too.
struct WaitingChart: Sendable {
  /// One peer.
  struct Bar: Sendable {
    let label: String
    let labelY: Int
    let barY: Int
    let width: Int
    let countX: Int
    let count: Int
  }

  let height: Int
  let bars: [Bar]

  private static let (most, rowHeight, widest) = (12, 38, 270)

  /// Those for whom most waits; nothing where nothing does.
  init?(_ links: [LinkState]) {
    let waiting = links.filter { $0.waiting > 0 }
      .sorted { ($1.waiting, $0.peer) < ($0.waiting, $1.peer) }.prefix(Self.most)
    guard let highest = waiting.first?.waiting else { return nil }
    bars = waiting.enumerated().map { number, link in
      let width = max(2, link.waiting * Self.widest / highest)
      let top = number * Self.rowHeight
      return Bar(
        label: link.peer.description, labelY: top + 14, barY: top + 19, width: width,
        countX: width + 6, count: link.waiting)
    }
    height = bars.count * Self.rowHeight
  }
}

/// Notifications by day, in time and late, as columns.
struct DaysChart: Sendable {
  /// A part of a column.
  struct Part: Sendable {
    /// The part's class in the style sheet.
    let kind: String
    let x: Int
    let y: Int
    let height: Int
  }

  /// One day.
  struct Column: Sendable {
    let middle: Int
    let day: String
    let countY: Int
    let count: String
    let parts: [Part]
  }

  /// A row of the table that says the same.
  struct Row: Sendable {
    let day: String
    let cells: [Int]
  }

  let columns: [Column]
  let rows: [Row]
  let inTime: Int
  let late: Int
  let open: Int

  private static let (step, floor, tallest) = (24, 130, 105)

  /// Nothing where no notification was issued on any of the days.
  init?(_ days: [DayOfNotifications]) {
    guard let highest = days.map(\.all).max(), highest > 0 else { return nil }
    func size(_ count: Int) -> Int {
      count == 0 ? 0 : max(2, count * Self.tallest / highest)
    }
    columns = days.enumerated().map { number, day in
      var (top, parts): (Int, [Part]) = (Self.floor, [])
      for (kind, count) in [("in-time", day.inTime), ("open", day.open), ("late", day.late)]
      where count > 0 {
        top -= size(count)
        parts.append(Part(kind: kind, x: number * Self.step + 4, y: top, height: size(count)))
      }
      return Column(
        middle: number * Self.step + Self.step / 2,
        day: String("\(day.day)".suffix(2).drop { $0 == "0" }), countY: top - 4,
        count: day.all == 0 ? "" : day.late == 0 ? "\(day.all)" : "\(day.late)/\(day.all)",
        parts: parts)
    }
    rows = days.reversed().map {
      Row(day: PeopleTime.plain($0.day), cells: [$0.inTime, $0.late, $0.open])
    }
    inTime = days.reduce(0) { $0 + $1.inTime }
    late = days.reduce(0) { $0 + $1.late }
    open = days.reduce(0) { $0 + $1.open }
  }
}
