public import Agreements
public import Records

/// How long records of a type are kept, and from when that counts.
public struct RetentionRule: Hashable, Sendable {
  /// What the time counts from.
  public enum Start: Hashable, Sendable {
    /// The last time that anything was written about the record, or in what refers to it.
    case lastChange
    /// A day or moment that stands in a field; the last change where none does.
    case field(String)
  }

  public let keep: Period
  public let start: Start
  /// Which text says so.
  public let source: String

  /// States a rule.
  public init(keep: Period, start: Start, source: String) {
    self.keep = keep
    self.start = start
    self.source = source
  }
}

/// An agency's own rules of retention, by kind of agency and record type. What it does not name follows the
/// profile of the agreement.
public struct RetentionPolicy: Hashable, Sendable {
  private let source: String
  private let all: [String: RetentionRule]
  private let kinds: [AgencyKind: [String: RetentionRule]]

  /// Reads a policy's text.
  /// - Throws: `DocumentError` that names the line.
  public init(_ text: String, source: String) throws(DocumentError) {
    let fields = try YAMLReader(text, source: source).mapping(
      ["retention", "version", "records", "kinds"])
    guard try fields.required("version").integer() == 1 else {
      throw try fields.required("version").fail("expected version 1")
    }
    let name = try fields.required("retention").name()
    self.source = source
    all =
      try fields.optional("records").map { reader throws(DocumentError) in
        try Self.rules(reader, "\(name): records")
      } ?? [:]
    var kinds: [AgencyKind: [String: RetentionRule]] = [:]
    for (key, reader) in try fields.optional("kinds")?.entries() ?? [] {
      guard let kind = AgencyKind(rawValue: key) else {
        let known = AgencyKind.allCases.map(\.rawValue).joined(separator: ", ")
        throw reader.fail("expected a kind of agency: \(known)")
      }
      kinds[kind] = try Self.rules(reader, "\(name): \(key)")
    }
    self.kinds = kinds
  }

  /// The record types that it names.
  public var types: Set<String> { Set(all.keys).union(kinds.values.flatMap(\.keys)) }

  /// What it says for a kind of agency; nothing where it says nothing of the type.
  public func rule(for type: String, at kind: AgencyKind) -> RetentionRule? {
    kinds[kind]?[type] ?? all[type]
  }

  private static func rules(
    _ reader: YAMLReader, _ source: String
  ) throws(DocumentError) -> [String: RetentionRule] {
    var rules: [String: RetentionRule] = [:]
    for (type, reader) in try reader.entries() {
      let fields = try reader.mapping(["keep", "since"])
      let keep = try fields.required("keep").read("a period as P25Y, P18M, P6W or P90D") {
        Period($0)
      }
      let since = try fields.optional("since")?.read("last-change, or a field's name") {
        $0 == "last-change" || Name.isValid($0) ? $0 : nil
      }
      let start: RetentionRule.Start =
        if let since, since != "last-change" { .field(since) } else { .lastChange }
      rules[type] = RetentionRule(keep: keep, start: start, source: source)
    }
    return rules
  }
}

/// What somebody decided when a record's time was over.
public struct RetentionDecision: Hashable, Sendable {
  /// Kept until a day, after which it is looked at again.
  public let keptUntil: LocalDate
  public let reason: String
  public let person: String

  /// States a decision.
  public init(keptUntil: LocalDate, reason: String, person: String) {
    self.keptUntil = keptUntil
    self.reason = reason
    self.person = person
  }
}

/// A record whose time is over, or when it will be.
public struct RetentionDue: Hashable, Sendable {
  public let record: RecordID
  public let type: String
  /// The day that the time counts from, and what that day is.
  public let since: LocalDate
  public let sinceWhat: String
  /// The day from which on somebody has to look at it.
  public let due: LocalDate
  public let rule: RetentionRule

  /// Whether somebody has to look at it now.
  public func isDue(on today: LocalDate) -> Bool { due <= today }

  /// When a record's time is over.
  /// - Parameters:
  ///   - lastChange: of the record, or of what refers to it.
  ///   - decision: the latest, where there was one.
  public init(
    _ record: CaseRecord, lastChange: Instant, rule: RetentionRule, decision: RetentionDecision?
  ) {
    var (since, what) = (LondonTime(lastChange).date, "last change")
    if case .field(let name) = rule.start {
      // Where two days are in conflict the later one keeps longer.
      let days = record.entries(name).compactMap { entry -> LocalDate? in
        switch entry.value {
        case .date(let date): date
        case .instant(let instant): LondonTime(instant).date
        default: nil
        }
      }
      if let day = days.max() { (since, what) = (day, name) }
    }
    let end = rule.keep.end(from: since)
    self.record = record.id
    type = record.type
    self.since = since
    sinceWhat = what
    due = max(end, decision?.keptUntil ?? end)
    self.rule = rule
  }
}
