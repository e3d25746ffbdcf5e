public import Records

/// What an agreement says of days on which no school is there: some forces tell the council's officer
/// meanwhile (force procedures). A policy of the agreement, not of the program.
public struct Deferral: Hashable, Sendable {
  /// Who is told meanwhile, as the council; the school is told by its own deadline all the same.
  public let officer: AgencyID
  /// Whether incidents between Friday's close and Monday's opening go there.
  public let coversWeekends: Bool
  /// Whether incidents in holidays go there.
  public let coversHolidays: Bool

  /// States a policy.
  public init(officer: AgencyID, coversWeekends: Bool, coversHolidays: Bool) {
    self.officer = officer
    self.coversWeekends = coversWeekends
    self.coversHolidays = coversHolidays
  }

  init(_ reader: YAMLReader) throws(DocumentError) {
    let fields = try reader.mapping(["officer", "weekends", "holidays"])
    officer = try fields.required("officer").agency()
    coversWeekends = try fields.required("weekends").boolean()
    coversHolidays = try fields.required("holidays").boolean()
    guard coversWeekends || coversHolidays else {
      throw reader.fail("covers nothing; leave it out where nobody is told meanwhile")
    }
  }
}

/// After how many minutes from its deadline an unopened notification goes to whom.
public struct EscalationTimes: Hashable, Sendable {
  public let secondKeyAdult: Int
  public let head: Int
  public let hub: Int

  /// A week: beyond it nobody escalates.
  private static let most = 7 * 24 * 60

  init(_ reader: YAMLReader) throws(DocumentError) {
    let fields = try reader.mapping(["second_key_adult", "head", "hub"])
    func minutes(_ key: String) throws(DocumentError) -> Int {
      try fields.required(key).read("minutes after the deadline, from 0 to \(Self.most)") { text in
        Int(text).flatMap { 0...Self.most ~= $0 ? $0 : nil }
      }
    }
    secondKeyAdult = try minutes("second_key_adult")
    head = try minutes("head")
    hub = try minutes("hub")
    guard secondKeyAdult <= head, head <= hub else {
      throw reader.fail("expected second_key_adult, head and hub in rising order")
    }
  }
}
