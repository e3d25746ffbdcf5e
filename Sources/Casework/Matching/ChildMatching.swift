public import Records

/// What is known of a child for telling whether two records mean the same one.
public struct ChildIdentity: Hashable, Sendable {
  public let record: RecordID
  public let name: String?
  public let dateOfBirth: LocalDate?
  public let address: String?
  public let nhsNumber: String?
  public let upn: String?

  /// Reads a child's record.
  public init(_ child: CaseRecord) {
    record = child.id
    name = child.text("name")
    dateOfBirth = child.date("date_of_birth")
    address = child.text("address")
    nhsNumber = Self.identifier(child.value("nhs_number"))
    upn = Self.identifier(child.value("upn"))
  }

  /// States what is known.
  public init(
    record: RecordID, name: String?, dateOfBirth: LocalDate?, address: String?, nhsNumber: String?,
    upn: String?
  ) {
    self.record = record
    self.name = name
    self.dateOfBirth = dateOfBirth
    self.address = address
    self.nhsNumber = nhsNumber
    self.upn = upn
  }

  /// Whether both have one number that only one child has. Where nothing else agrees it is somebody's
  /// mistake, and a person has to find out whose.
  public func sharesNumber(with other: ChildIdentity) -> Bool {
    [(nhsNumber, other.nhsNumber), (upn, other.upn)].contains { $0 != nil && $0 == $1 }
  }

  private static func identifier(_ value: Value?) -> String? {
    if case .identifier(let text)? = value { text } else { nil }
  }
}

/// How likely two records mean the same child.
public enum ChildMatch: Hashable, Sendable {
  /// The same NHS number or unique pupil number, and nothing that speaks against it.
  case same
  /// A person has to look: the weight says how much speaks for it.
  case likely(weight: Double)
  case different
}

/// Compares children: by identifiers first, then by how much agreement of name, date of birth and address
/// speaks for the same child (Fellegi and Sunter, A Theory for Record Linkage, 1969). Nothing is ever
/// merged by it: it proposes.
public enum ChildMatching {
  /// From this weight on a person is asked: one in about two hundred pairs of different children who
  /// share a surname and a year of birth lies above.
  public static let likelyFrom = 7.0

  /// log2 of m / u: how much oftener the outcome occurs between records of one child than between
  /// records of two. The rates are those usual for administrative data; they order proposals, and no
  /// rule acts on them.
  private enum Weight {
    static let nameSame = 6.6
    static let nameClose = 3.3
    static let nameOther = -4.3
    static let birthSame = 8.5
    static let birthClose = 2.0
    static let birthOther = -5.6
    static let addressSame = 4.9
    static let addressOther = -0.9
  }

  /// How likely two records mean the same child.
  public static func compare(_ one: ChildIdentity, _ other: ChildIdentity) -> ChildMatch {
    let weight = weight(of: one, other)
    for (here, there) in [(one.nhsNumber, other.nhsNumber), (one.upn, other.upn)] {
      guard let here, let there else { continue }
      // Equal identifiers of children who else have nothing in common are somebody's mistake.
      if here == there { return weight >= 0 ? .same : .likely(weight: weight) }
    }
    if let here = one.nhsNumber, let there = other.nhsNumber, here != there { return .different }
    return weight >= likelyFrom ? .likely(weight: weight) : .different
  }

  private static func weight(of one: ChildIdentity, _ other: ChildIdentity) -> Double {
    var weight = 0.0
    if let here = one.name, let there = other.name {
      let similarity = NameSimilarity.of(here, there)
      weight +=
        similarity == 1 ? Weight.nameSame : similarity > 0.88 ? Weight.nameClose : Weight.nameOther
    }
    if let here = one.dateOfBirth, let there = other.dateOfBirth {
      weight +=
        here == there
        ? Weight.birthSame : areClose(here, there) ? Weight.birthClose : Weight.birthOther
    }
    if let here = one.address, let there = other.address {
      weight +=
        NameSimilarity.words(here) == NameSimilarity.words(there)
        ? Weight.addressSame : Weight.addressOther
    }
    return weight
  }

  /// Day and month exchanged, or one part mistyped.
  private static func areClose(_ one: LocalDate, _ other: LocalDate) -> Bool {
    if one.year == other.year, one.day == other.month, one.month == other.day { return true }
    let same = [one.year == other.year, one.month == other.month, one.day == other.day]
    return same.count { $0 } == 2
  }
}

/// How alike two names are, whatever their case and order: 1 is the same.
enum NameSimilarity {
  static func of(_ one: String, _ other: String) -> Double {
    let (here, there) = (words(one), words(other))
    if here == there { return 1 }
    let (left, right) = (Array(here.joined(separator: " ")), Array(there.joined(separator: " ")))
    return min(0.999, jaroWinkler(left, right))
  }

  /// Lower-case words without marks between them, in order. Accents stay: names that differ in one
  /// are close, not the same.
  static func words(_ text: String) -> [String] {
    text.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init).sorted()
  }

  /// Winkler, String Comparator Metrics, 1990.
  private static func jaroWinkler(_ one: [Character], _ other: [Character]) -> Double {
    guard !one.isEmpty, !other.isEmpty else { return 0 }
    let window = max(0, max(one.count, other.count) / 2 - 1)
    var taken = [Bool](repeating: false, count: other.count)
    var matched: [Character] = []
    for (place, letter) in one.enumerated() {
      let from = max(0, place - window)
      let to = min(other.count - 1, place + window)
      guard from <= to,
        let found = (from...to).first(where: { !taken[$0] && other[$0] == letter })
      else { continue }
      taken[found] = true
      matched.append(letter)
    }
    guard !matched.isEmpty else { return 0 }
    let inOther = other.indices.filter { taken[$0] }.map { other[$0] }
    let moved = Double(zip(matched, inOther).count { $0 != $1 }) / 2
    let count = Double(matched.count)
    let jaro =
      (count / Double(one.count) + count / Double(other.count) + (count - moved) / count) / 3
    let prefix = Double(zip(one, other).prefix(4).prefix { $0 == $1 }.count)
    return jaro + prefix * 0.1 * (1 - jaro)
  }
}
