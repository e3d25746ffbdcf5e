public import Records

/// How somebody may be contacted, shown with the more careful value wherever values differ.
public struct SafeContact: Hashable, Sendable {
  public let id: RecordID
  public let whose: RecordID?
  public let caution: Caution
  /// The number, the times and the code word; nothing where two stand and a wrong one could do harm.
  public let number: String?
  public let times: String?
  public let codeWord: String?
  /// Which of them stand with more than one value: the service that holds them has to settle it.
  public let unsettled: [String]
  /// Who may use it.
  public let workers: [String]
  public let releasedTo: [AgencyID]

  /// What is safe, most careful last.
  public enum Caution: String, Hashable, Sendable, CaseIterable {
    case safe
    case askFirst = "ask-first"
    case unsafe
  }

  /// Reads a record of type `safe_contact`. Where nobody has said that contact is safe, ask first.
  public init(_ record: CaseRecord) {
    id = record.id
    whose = record.references("whose").first
    let said = record.entries("safety").compactMap(\.value.words).compactMap(Caution.init)
    let careful = Caution.allCases.last(where: said.contains) ?? .askFirst
    let parts = ["number", "times", "code_word"]
    unsettled = parts.filter { Set(record.entries($0).map(\.value)).count > 1 }
    caution = unsettled.isEmpty ? careful : careful == .safe ? .askFirst : careful
    // Where contact is unsafe nothing is shown that somebody might dial in a hurry.
    let isHidden = careful == .unsafe
    let settled = { [unsettled] (part: String) in
      isHidden || unsettled.contains(part) ? nil : record.text(part)
    }
    number = settled("number")
    times = settled("times")
    codeWord = settled("code_word")
    workers = record.entries("workers").compactMap(\.value.words).sorted()
    releasedTo = record.agencies("released_to")
  }
}

/// Something that was given out for a purpose and a time (domain rule 20).
public struct TimedRelease: Hashable, Sendable {
  public let id: RecordID
  public let record: RecordID
  public let to: AgencyID
  public let givenBy: AgencyID
  public let purpose: String?
  public let until: LocalDate?
  /// Why it was taken back.
  public let revoked: String?

  /// Reads a record of type `release`; nothing where it does not say of what and to whom.
  public init?(_ release: CaseRecord) {
    guard let record = release.references("record").first,
      let to = release.agencies("to").first, let given = release.entries("to").first
    else { return nil }
    id = release.id
    self.record = record
    self.to = to
    givenBy = given.by
    purpose = release.text("purpose")
    until = release.date("until")
    revoked = release.text("revoked")
  }

  /// Whether it holds on a day. One without a last day holds on none: nothing is given out for ever.
  public func holds(on today: LocalDate) -> Bool {
    guard revoked == nil, let until else { return false }
    return today <= until
  }
}
