public import Casework
import Foundation
public import Records
import Replica
import Synchronization

/// What pages ask for again and again, kept in memory and only ever brought up to date: which
/// notifications wait, what children are called, which records restrict. Nothing of it is on the disk.
public final class CaseIndex: Sendable {
  /// The state of the index at one position of the log.
  public struct State: Sendable {
    public internal(set) var position: Int64 = 0
    /// Notifications that somebody still has to do something about.
    public internal(set) var unsettled: [RecordID: NotificationCase] = [:]
    public internal(set) var restrictions: Set<RecordID> = []
    /// Notifications to this agency that are not for some of its roles.
    public internal(set) var notFor: [RecordID: Set<KeyAdultRole>] = [:]
    /// The words of children's names, folded, and their other identifiers.
    var children: [RecordID: [String]] = [:]
    /// How many records there are in all.
    public internal(set) var records: Set<RecordID> = []

    /// The children whose names hold all words, each at the beginning of one of its own; or whose
    /// identifier one is.
    /// - Parameter isWhole: whether the words have to be whole, and not only begin so.
    public func children(matching words: [String], isWhole: Bool = false) -> [RecordID] {
      guard !words.isEmpty else { return [] }
      return children.compactMap { id, known in
        SearchWords.match(words, known, isWhole: isWhole) ? id : nil
      }
    }
  }

  private let node: LocalNode
  private let state = Mutex(State())

  /// An index of a node, still empty.
  public init(_ node: LocalNode) { self.node = node }

  /// The index as of now. The first time it reads everything.
  /// - Throws: `ReplicaError`.
  public func current() throws -> State {
    try state.withLock { state in
      let (touched, position) = try node.replica.recordsTouched(since: state.position)
      guard position != state.position else { return state }
      if state.position == 0 {
        try fill(&state)
        state.records = Set(touched.map(\.id))
        state.position = position
        return state
      }
      var notifications: Set<RecordID> = []
      for (id, type) in touched {
        state.records.insert(id)
        switch type {
        case "notification": notifications.insert(id)
        case "delivery", "response":
          let record = try? node.caseRecord(id, type: type)
          notifications.formUnion(record?.references("notification") ?? [])
        case "restriction": state.restrictions.insert(id)
        case "child": state.children[id] = Self.words(try? node.caseRecord(id, type: type))
        default: break
        }
      }
      for id in notifications { look(at: id, &state) }
      state.position = position
      return state
    }
  }

  /// Reads everything, in a few queries: a force has tens of thousands of records when it starts.
  private func fill(_ state: inout State) throws {
    for found in try node.notifications() { note(found, &state) }
    for child in try node.caseRecords("child") { state.children[child.id] = Self.words(child) }
    state.restrictions = Set(try node.caseRecords("restriction").map(\.id))
  }

  private func look(at id: RecordID, _ state: inout State) {
    guard let found = try? node.notification(id) else {
      state.unsettled[id] = nil
      state.notFor[id] = nil
      return
    }
    note(found, &state)
  }

  private func note(_ found: NotificationCase, _ state: inout State) {
    let id = found.id
    state.unsettled[id] = found.isSettled ? nil : found
    state.notFor[id] = found.school == node.agency && !found.notFor.isEmpty ? found.notFor : nil
  }

  private static func words(_ child: CaseRecord?) -> [String]? {
    guard let child else { return nil }
    let names = child.entries("name").compactMap(\.value.words).flatMap(SearchWords.of)
    let others = ["upn", "nhs_number", "date_of_birth"].flatMap { field in
      child.entries(field).map { $0.value.description.lowercased() }
    }
    return names + others
  }
}

/// How names are compared when somebody looks for one: without accents, case and punctuation.
public enum SearchWords {
  /// The words of a text, folded. A day as `4/3/2016` counts as `2016-03-04`.
  public static func of(_ text: String) -> [String] {
    text.split { $0.isWhitespace || $0 == "," }.flatMap { part in
      day(String(part)).map { [$0] } ?? part.split(separator: "-").map(folded)
    }.filter { !$0.isEmpty }
  }

  /// Whether each word is one of those known, or the beginning of one.
  public static func match(_ words: [String], _ known: [String], isWhole: Bool = false) -> Bool {
    words.allSatisfy { word in known.contains { isWhole ? $0 == word : $0.hasPrefix(word) } }
  }

  private static func folded(_ word: Substring) -> String {
    let letters = word.decomposedStringWithCanonicalMapping.lowercased().unicodeScalars
      .filter { $0.properties.isAlphabetic || ("0"..."9").contains($0) }
    return String(String.UnicodeScalarView(letters))
  }

  private static func day(_ text: String) -> String? {
    if LocalDate(text) != nil { return text }
    let parts = text.split(whereSeparator: { "/.-".contains($0) }).map { Int($0) }
    guard parts.count == 3, let day = parts[0], let month = parts[1], let year = parts[2] else {
      return nil
    }
    return LocalDate(year: year, month: month, day: day)?.description
  }
}
