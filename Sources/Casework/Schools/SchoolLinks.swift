public import Records

/// How schools follow each other, as Get Information About Schools (GIAS) links them.
public struct SchoolLinks: Sendable {
  private let successors: [URN: Set<URN>]

  /// How many links were read, of whatever kind.
  public let count: Int

  private static let columns = [
    "URN", "LinkURN", "LinkName", "LinkType", "LinkEstablishedDate",
  ]
  /// A predecessor's link says the same as its successor's: both sides are read, since each is
  /// missing now and then.
  private static let forward = ["Successor", "Result of Amalgamation"]
  private static let backward = ["Predecessor"]

  /// Reads the file's text (CSV, RFC 4180).
  /// - Throws: `SchoolFileError` that names the row, counted from 1.
  public init(csv text: String, source: String) throws(SchoolFileError) {
    var rows = try CSVRows(text, source: source).rows
    guard !rows.isEmpty, rows.removeFirst() == Self.columns else {
      throw SchoolFileError(
        source: source, row: 1,
        problem: "expected the columns \(Self.columns.joined(separator: ","))")
    }
    var successors: [URN: Set<URN>] = [:]
    for (number, row) in rows.enumerated() {
      guard row.count == Self.columns.count, let from = try? URN(row[0]), let to = try? URN(row[1])
      else {
        throw SchoolFileError(
          source: source, row: number + 2, problem: "expected two URNs and three more columns")
      }
      if Self.forward.contains(where: { row[3].hasPrefix($0) }) {
        successors[from, default: []].insert(to)
      } else if Self.backward.contains(where: { row[3].hasPrefix($0) }) {
        successors[to, default: []].insert(from)
      }
    }
    self.successors = successors
    count = rows.count
  }

  /// The schools that follow one directly, by number.
  public func successors(of urn: URN) -> [URN] { successors[urn, default: []].sorted() }
}

/// Where a notification for a registered school goes: to a school that is open, never to a closed one.
public enum SchoolDestination: Hashable, Sendable {
  /// One school is open: the registered one, or its only open successor.
  /// - Parameter via: the closed schools on the way, the registered one first.
  case school(URN, via: [URN])
  /// Several could be meant: a person chooses.
  case choice([URN], closed: URN)
  /// Nobody knows of an open one. The local authority's officer is told.
  case none(Reason)

  /// Why no school is left.
  public enum Reason: Hashable, Sendable {
    /// The URN is in no list.
    case unknown(URN)
    /// It has closed, and nothing follows it.
    case closed(URN)
    /// What follows is newer than the list of schools: whether it is open, nobody knows yet.
    case successorUnknown([URN], closed: URN)
    /// What follows has not opened yet.
    case notOpenYet([URN], closed: URN)
  }
}

/// Finds the school that is open now.
public struct SchoolRouting: Sendable {
  /// The list that it goes by.
  public let directory: SchoolDirectory
  private let links: SchoolLinks

  /// Routes by a list of schools and their links.
  public init(_ directory: SchoolDirectory, _ links: SchoolLinks) {
    self.directory = directory
    self.links = links
  }

  /// Follows successors until every way ends at a school that is open, or ends.
  public func destination(of urn: URN) -> SchoolDestination {
    guard let school = directory.school(urn) else {
      let following = links.successors(of: urn)
      return following.isEmpty ? .none(.unknown(urn)) : follow(urn)
    }
    return school.isOpen ? .school(urn, via: []) : follow(urn)
  }

  private func follow(_ urn: URN) -> SchoolDestination {
    var (open, unknown, proposed): (Set<URN>, Set<URN>, Set<URN>) = ([], [], [])
    // Links go round in circles now and then.
    var (seen, waiting): (Set<URN>, [[URN]]) = ([urn], [[urn]])
    var ways: [URN: [URN]] = [:]
    while !waiting.isEmpty {
      let way = waiting.removeFirst()
      guard let last = way.last else { continue }
      for next in links.successors(of: last) where seen.insert(next).inserted {
        switch directory.school(next) {
        case nil: unknown.insert(next)
        case let school? where school.isOpen:
          open.insert(next)
          ways[next] = way
          continue
        case let school? where school.status == School.proposed: proposed.insert(next)
        default: break
        }
        waiting.append(way + [next])
      }
    }
    return end(urn, open, unknown, proposed, ways)
  }

  private func end(
    _ urn: URN, _ open: Set<URN>, _ unknown: Set<URN>, _ proposed: Set<URN>, _ ways: [URN: [URN]]
  ) -> SchoolDestination {
    // A newer successor beside an open one may have taken some of the pupils.
    let candidates = open.union(unknown)
    if open.count == 1, unknown.isEmpty, let only = open.first {
      return .school(only, via: ways[only] ?? [])
    }
    if !open.isEmpty { return .choice(candidates.sorted(), closed: urn) }
    if !unknown.isEmpty { return .none(.successorUnknown(unknown.sorted(), closed: urn)) }
    if !proposed.isEmpty { return .none(.notOpenYet(proposed.sorted(), closed: urn)) }
    return .none(.closed(urn))
  }
}
