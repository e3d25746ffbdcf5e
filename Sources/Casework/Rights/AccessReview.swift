public import Agreements
public import Records

/// One value of a record that a person may have a right to see.
public struct AccessPart: Hashable, Sendable {
  public let record: RecordID
  public let type: String
  public let field: Field
  public let value: Value
  public let by: AgencyID
  public let at: Instant
  /// How somebody names it who decides about it: record, field, and the value's write.
  public let key: String

  /// States a part.
  public init(
    record: RecordID, type: String, field: Field, value: Value, by: AgencyID, at: Instant,
    write: WriteID
  ) {
    self.record = record
    self.type = type
    self.field = field
    self.value = value
    self.by = by
    self.at = at
    key = "\(record)/\(field.name)/\(write)"
  }
}

/// What becomes of a part of what is held when a person asks for it.
public enum AccessVerdict: Hashable, Sendable {
  /// They get it.
  case disclose
  /// They do not, and are told why.
  case redact(String)
  /// Somebody has to decide first.
  case undecided(String)
}

/// What a person who asks gets, by default: their own facts; nobody else's. What may hold somebody else's, or
/// do serious harm, waits for a person. Decides nothing that a person has to decide.
public struct AccessReview: Sendable {
  /// Whose data was asked for.
  public let subject: RecordID
  /// The types of the records that values lead to.
  private let types: [RecordID: String]

  /// - Parameter types: by id, of all records that may be referred to.
  public init(subject: RecordID, types: [RecordID: String]) {
    self.subject = subject
    self.types = types
  }

  /// Records about people: one who is not the subject is a third party (DPA 2018 Sch 2 para 16).
  private static let people: Set<String> = ["child", "adult"]
  /// What keeps somebody safe from somebody: whom it would lead to is for a person to judge, also where the
  /// subject asks (DPA 2018 Sch 3 paras 5 and 11: serious harm).
  private static let guarded: Set<String> = ["contact", "restriction", "override", "release"]
  /// What an agency's people think or found out, and others said: it may name third parties or do harm.
  private static let judged: Set<String> = [
    "investigation", "child-words", "judgement", "pastoral", "hub", "voice", "internal", "matching",
  ]

  /// The reason why somebody else's data is left out.
  public static let thirdParty =
    "It is about somebody else (Data Protection Act 2018, Schedule 2, paragraph 16)."
  private static let harm =
    "It may lead to somebody who has to be kept safe: does it pass the serious harm test (Data Protection Act "
    + "2018, Schedule 3)?"
  private static let text = "Free text may name somebody else, or do serious harm: read it first."

  /// What becomes of a part where nobody has decided.
  public func byDefault(_ part: AccessPart) -> AccessVerdict {
    if part.record != subject, Self.people.contains(part.type) { return .redact(Self.thirdParty) }
    if case .reference(let target) = part.value, target != subject,
      types[target].map(Self.people.contains) ?? true
    {
      return .redact(Self.thirdParty)
    }
    if Self.guarded.contains(part.field.label) { return .undecided(Self.harm) }
    if Self.judged.contains(part.field.label) { return .undecided(Self.text) }
    if case .text = part.value, part.record != subject { return .undecided(Self.text) }
    return .disclose
  }
}
