import Foundation
import Records

/// Merging by every rule. Ids are made up: merging never looks into them but to break ties.
struct MergeVectors {
  private(set) var vectors: [String: MergeVector] = [:]

  init() throws {
    try latest()
    try eachAgency()
    try review()
    try reviewHistories()
    try sets()
    try logs()
    try highest()
  }

  private mutating func add(
    _ name: String, _ description: String, _ rule: MergeRule, _ versions: [Version],
    _ expected: [Int], conflict: Bool = false, vocabulary: [String]? = nil,
    next: AgencyID = Fixed.police
  ) throws {
    vectors[name] = try MergeVector(
      description, rule, versions, expected: expected.map { Self.id($0) }, conflict: conflict,
      vocabulary: vocabulary, next: next)
  }

  private static func id(_ number: Int) -> WriteID {
    Fixed.known(WriteID(Data(repeating: UInt8(number), count: 32)))
  }

  /// An agency with the key it writes with.
  enum Author {
    case police, device, care, school

    var agency: AgencyID {
      switch self {
      case .police, .device: Fixed.police
      case .care: Fixed.care
      case .school: Fixed.school
      }
    }

    var key: KeyID {
      switch self {
      case .police: Fixed.policeKey.id
      case .device: Fixed.deviceKey.id
      case .care: Fixed.careKey.id
      case .school: Fixed.schoolKey.id
      }
    }
  }

  private static func version(
    _ number: Int, _ author: Author, _ seconds: Int64, _ write: Write, mayLower: Bool = false
  ) -> Version {
    Version(
      id: id(number), author: author.agency, key: author.key, time: Fixed.time(seconds),
      write: write, mayLower: mayLower)
  }

  private static func set(
    _ number: Int, _ author: Author, _ seconds: Int64, _ text: String,
    over seen: [(Author, Int64)] = []
  ) -> Version {
    version(number, author, seconds, .set("field", to: .text(text), over: context(seen)))
  }

  private static func clear(
    _ number: Int, _ author: Author, _ seconds: Int64, over seen: [(Author, Int64)] = []
  ) -> Version {
    version(number, author, seconds, .clear("field", over: context(seen)))
  }

  private static func context(_ seen: [(Author, Int64)]) -> [KeyID: HLC] {
    Dictionary(uniqueKeysWithValues: seen.map { ($0.0.key, Fixed.time($0.1)) })
  }

  private static func add(
    _ number: Int, _ author: Author, _ seconds: Int64, _ text: String
  ) -> Version {
    version(number, author, seconds, .add(.text(text), to: "field"))
  }

  private static func remove(
    _ number: Int, _ author: Author, _ seconds: Int64, _ text: String, adds: [Int]
  ) -> Version {
    version(
      number, author, seconds, .remove(.text(text), from: "field", adds: adds.map { id($0) }))
  }
}

extension MergeVectors {
  private mutating func latest() throws {
    try add(
      "latest-later-wins", "the later stamp wins, whatever arrives first", .latest,
      [Self.set(1, .police, 0, "first"), Self.set(2, .care, 5, "second")], [2])
    try add(
      "latest-tie-agency", "of equal stamps the agency that sorts last", .latest,
      [
        Self.set(1, .police, 0, "police"), Self.set(2, .care, 0, "care"),
        Self.set(3, .school, 0, "school"),
      ], [3])
    try add(
      "latest-tie-key", "of one agency's equal stamps the key that sorts last", .latest,
      [Self.set(1, .police, 0, "one key"), Self.set(2, .device, 0, "another")],
      [Fixed.policeKey.id < Fixed.deviceKey.id ? 2 : 1])
    try add(
      "latest-tie-write", "of one key's equal stamps the write id that sorts last", .latest,
      [Self.set(2, .police, 0, "two"), Self.set(1, .police, 0, "one")], [2])
    try add(
      "latest-clear-wins", "a clear is a version like any other", .latest,
      [Self.set(1, .police, 0, "value"), Self.clear(2, .care, 1)], [2])
    try add(
      "latest-ignores-context", "a context does not matter", .latest,
      [Self.set(1, .police, 9, "late"), Self.set(2, .care, 5, "over it", over: [(.police, 9)])],
      [1])
    try add(
      "latest-ignores-adds", "an operation that the rule does not know has no effect", .latest,
      [Self.set(1, .police, 0, "value"), Self.add(2, .care, 5, "element")], [1])
  }

  private mutating func eachAgency() throws {
    try add(
      "each-agency-side-by-side", "one value for each agency, ordered by agency", .eachAgency,
      [
        Self.set(1, .police, 9, "high"), Self.set(2, .care, 0, "medium"),
        Self.set(3, .school, 5, "low"),
      ], [2, 1, 3])
    try add(
      "each-agency-own-replaced", "an agency replaces its own value", .eachAgency,
      [Self.set(1, .police, 0, "medium"), Self.set(2, .police, 5, "high", over: [(.police, 0)])],
      [2])
    try add(
      "each-agency-never-anothers", "no context reaches another agency's value", .eachAgency,
      [Self.set(1, .police, 0, "high"), Self.set(2, .care, 5, "low", over: [(.police, 0)])],
      [2, 1])
    try add(
      "each-agency-two-devices", "two devices of one agency at once are for it to review",
      .eachAgency,
      [
        Self.set(1, .police, 0, "high"), Self.set(2, .device, 1, "low"),
        Self.set(3, .care, 2, "medium"),
      ], [3, 1, 2], conflict: true)
    try add(
      "each-agency-devices-agree", "two devices that say the same do not conflict", .eachAgency,
      [Self.set(1, .police, 0, "high"), Self.set(2, .device, 1, "high")], [1, 2])
    try add(
      "each-agency-context-of-one", "a next write names its own agency's versions alone",
      .eachAgency,
      [
        Self.set(1, .police, 0, "high"), Self.set(2, .device, 1, "high"),
        Self.set(3, .care, 2, "low"),
      ], [3, 1, 2], next: Fixed.care)
  }

  private mutating func review() throws {
    try add(
      "review-concurrent", "concurrent values are all kept, in the total order", .review,
      [Self.set(1, .care, 5, "one"), Self.set(2, .police, 0, "other")], [2, 1], conflict: true)
    try add(
      "review-superseded", "a value that was seen is replaced", .review,
      [Self.set(1, .police, 0, "old"), Self.set(2, .care, 5, "new", over: [(.police, 0)])], [2])
    try add(
      "review-resolved", "a person who saw both resolves the conflict", .review,
      [
        Self.set(1, .police, 0, "one"), Self.set(2, .care, 1, "other"),
        Self.set(3, .school, 9, "settled", over: [(.police, 0), (.care, 1)]),
      ], [3])
    try add(
      "review-resolved-in-part", "what the resolver had not seen stays", .review,
      [
        Self.set(1, .police, 0, "one"), Self.set(2, .care, 1, "other"),
        Self.set(3, .school, 9, "settled", over: [(.police, 0)]),
      ], [2, 3], conflict: true)
    try add(
      "review-same-value", "two people who wrote the same do not conflict", .review,
      [Self.set(1, .police, 0, "same"), Self.set(2, .care, 1, "same")], [1, 2])
    try add(
      "review-clear-or-value", "a clear and a value at once conflict", .review,
      [Self.clear(1, .police, 0), Self.set(2, .care, 1, "value")], [1, 2], conflict: true)
    try add(
      "review-composed-and-decomposed", "text is compared byte by byte", .review,
      [Self.set(1, .police, 0, "Zo\u{00EB}"), Self.set(2, .care, 1, "Zoe\u{0308}")], [1, 2],
      conflict: true)
  }

  private mutating func reviewHistories() throws {
    try add(
      "review-gap", "who never held the version in between still drops the first", .review,
      [
        Self.set(1, .police, 0, "first"),
        Self.set(3, .school, 9, "third", over: [(.police, 0), (.care, 5)]),
      ], [3])
    try add(
      "review-own-later-unseen", "an unseen later value of a key that was seen stays", .review,
      [
        Self.set(1, .police, 0, "first"), Self.set(2, .police, 6, "second", over: [(.police, 0)]),
        Self.set(3, .care, 9, "other", over: [(.police, 0)]),
      ], [2, 3], conflict: true)
    try add(
      "review-superseder-superseded", "what a superseded version had superseded stays gone",
      .review,
      [
        Self.set(1, .police, 0, "first"), Self.set(2, .care, 5, "second", over: [(.police, 0)]),
        Self.set(3, .school, 9, "third", over: [(.care, 5)]),
      ], [3])
    try add(
      "review-same-key-concurrent", "one key's two values, neither over the other", .review,
      [Self.set(1, .police, 0, "one"), Self.set(2, .police, 5, "other")], [1, 2], conflict: true)
  }

  private mutating func sets() throws {
    try add(
      "set-adds", "all elements, in the order of the earliest add", .set,
      [Self.add(1, .police, 5, "second"), Self.add(2, .care, 0, "first")], [2, 1])
    try add(
      "set-same-element", "one element added twice shows once, by its earliest add", .set,
      [Self.add(1, .police, 5, "same"), Self.add(2, .care, 0, "same")], [2])
    try add(
      "set-removed", "a removal takes the add that it names", .set,
      [
        Self.add(1, .police, 0, "gone"), Self.add(2, .police, 1, "stays"),
        Self.remove(3, .care, 5, "gone", adds: [1]),
      ], [2])
    try add(
      "set-add-wins", "an add that the removal did not name stays", .set,
      [
        Self.add(1, .police, 0, "element"), Self.add(2, .school, 1, "element"),
        Self.remove(3, .care, 5, "element", adds: [1]),
      ], [2])
    try add(
      "set-added-again", "an element can come again", .set,
      [
        Self.add(1, .police, 0, "element"), Self.remove(2, .care, 5, "element", adds: [1]),
        Self.add(3, .police, 9, "element"),
      ], [3])
    try add(
      "set-remove-needs-no-add", "a removal of adds that never arrive has no other effect", .set,
      [Self.remove(1, .care, 5, "element", adds: [8, 9]), Self.add(2, .police, 0, "element")], [2])
    try add(
      "set-ignores-set", "an operation that the rule does not know has no effect", .set,
      [Self.add(1, .police, 0, "element"), Self.set(2, .care, 5, "register")], [1])
  }

  private mutating func logs() throws {
    try add(
      "log-adds", "entries in the total order, the same text twice", .log,
      [
        Self.add(1, .police, 5, "called"), Self.add(2, .care, 0, "called"),
        Self.add(3, .police, 9, "visited"),
      ], [2, 1, 3])
    try add(
      "log-ignores-remove", "nothing can be taken from a log", .log,
      [Self.add(1, .police, 0, "called"), Self.remove(2, .police, 5, "called", adds: [1])], [1])
  }

  private mutating func highest() throws {
    let terms = ["none", "second-key-adult", "head", "hub"]
    func term(
      _ number: Int, _ author: Author, _ seconds: Int64, _ term: String,
      over seen: [(Author, Int64)] = [], mayLower: Bool = false
    ) -> Version {
      Self.version(
        number, author, seconds, .set("field", to: .term(term), over: Self.context(seen)),
        mayLower: mayLower)
    }
    func add(_ name: String, _ description: String, _ versions: [Version], _ shown: Int) throws {
      try self.add(name, description, .highest, versions, [shown], vocabulary: terms)
    }
    try add(
      "highest-wins", "the highest term, whenever it was written",
      [term(1, .police, 0, "head"), term(2, .care, 5, "second-key-adult")], 1)
    try add(
      "highest-not-lowered", "an author who may not lower has no effect on what it saw",
      [term(1, .police, 0, "hub"), term(2, .school, 5, "none", over: [(.police, 0)])], 1)
    try add(
      "highest-lowered", "an author who may lower replaces what it saw",
      [
        term(1, .police, 0, "hub"),
        term(2, .care, 5, "none", over: [(.police, 0)], mayLower: true),
      ], 2)
    try add(
      "highest-lowered-unseen", "what it had not seen stays, and wins",
      [term(1, .police, 0, "hub"), term(2, .care, 5, "none", mayLower: true)], 1)
    try add(
      "highest-equal-terms", "of equal terms the later",
      [term(1, .police, 5, "head"), term(2, .care, 0, "head")], 1)
    try add(
      "highest-unknown-term", "a term that is not known ranks below all others",
      [term(1, .police, 0, "none"), term(2, .care, 5, "later-term")], 1)
    try add(
      "highest-clear", "a clear ranks below all terms, as long as it may not lower",
      [
        term(1, .police, 0, "none"),
        Self.clear(2, .care, 5, over: [(.police, 0)]),
      ], 1)
  }
}
