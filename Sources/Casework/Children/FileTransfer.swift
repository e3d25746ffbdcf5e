public import Records

/// A child protection file on its way to a new school: within five school days of the move, its receipt
/// confirmed, and chased (Keeping Children Safe in Education).
public struct FileTransfer: Hashable, Sendable {
  public let id: RecordID
  public let child: RecordID?
  public let from: AgencyID?
  public let to: AgencyID?
  public let movedOn: LocalDate?
  public let dueOn: LocalDate?
  public let sentOn: LocalDate?
  public let receivedOn: LocalDate?
  public let chasedOn: [LocalDate]

  /// How many school days there are.
  public static let schoolDays = 5

  /// Reads a record of type `file_transfer`.
  public init(_ record: CaseRecord) {
    func dates(_ field: String) -> [LocalDate] {
      record.entries(field).compactMap { entry in
        if case .date(let date) = entry.value { date } else { nil }
      }.sorted()
    }
    id = record.id
    child = record.references("child").first
    from = record.agencies("from_school").first
    to = record.agencies("to_school").first
    movedOn = record.date("moved_on")
    dueOn = record.date("due_on")
    sentOn = dates("sent_on").first
    receivedOn = dates("received_on").first
    chasedOn = dates("chased_on")
  }

  /// The last day on which the file is in time: the fifth school day after the move, as the school that
  /// it goes to counts. Where its calendar ends, weekdays count.
  public static func due(after move: LocalDate, at calendar: SchoolCalendar?) -> LocalDate {
    var day = move
    for _ in 0..<schoolDays {
      if let next = try? calendar?.nextSchoolDay(after: day) {
        day = next
      } else {
        repeat { day = day.advanced(byDays: 1) } while day.isWeekend
      }
    }
    return day
  }

  /// Whether it should have come.
  public func isLate(on today: LocalDate) -> Bool {
    guard let dueOn, receivedOn == nil else { return false }
    return dueOn < today
  }

  /// Whether an agency has to chase it: once it is late, and again after each further week. The school
  /// that waits for it does; the council a day later, in the stead of one whose node does not run.
  public func isToBeChased(by agency: AgencyID, on today: LocalDate) -> Bool {
    guard isLate(on: today), let dueOn else { return false }
    let day = chasedOn.last?.advanced(byDays: 7) ?? dueOn.advanced(byDays: 1)
    if agency == to { return day <= today }
    return agency.namedKind == .care && day < today
  }

  /// Those that have not come, the latest first.
  public static func waiting(_ transfers: [FileTransfer]) -> [FileTransfer] {
    let last = LocalDate(daysSinceEpoch: .max)
    return transfers.filter { $0.receivedOn == nil }
      .sorted { ($0.dueOn ?? last, $0.id) < ($1.dueOn ?? last, $1.id) }
  }
}
