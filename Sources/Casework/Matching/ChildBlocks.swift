public import Records

/// Finds those of many children that may be the same as one, without comparing it with all of them.
///
/// By the weights of `ChildMatching` no pair reaches `likelyFrom` that shares neither birthday nor name nor
/// address, and none is the same by a number that it does not share: so nothing is missed ("blocking",
/// Fellegi and Sunter, 1969, section 3).
public struct ChildBlocks: Sendable {
  private var children: [ChildIdentity] = []
  private var blocks: [Key: [Int]] = [:]
  private var places: [RecordID: Int] = [:]

  private enum Key: Hashable {
    case name([String])
    case birthday(LocalDate)
    case address([String])
    case nhsNumber(String)
    case upn(String)
  }

  /// No children yet.
  public init() {}

  /// Whether a record is among them.
  public func contains(_ record: RecordID) -> Bool { places[record] != nil }

  /// Adds a child.
  public mutating func add(_ child: ChildIdentity) {
    let place = children.count
    children.append(child)
    places[child.record] = place
    for key in Self.keys(of: child) { blocks[key, default: []].append(place) }
  }

  /// Those that have to be compared with a child, in the order in which they were added.
  public func candidates(for child: ChildIdentity) -> [ChildIdentity] {
    let found = Set(Self.keys(of: child).flatMap { blocks[$0] ?? [] })
    return found.sorted().map { children[$0] }
  }

  private static func keys(of child: ChildIdentity) -> [Key] {
    [
      child.name.map { .name(NameSimilarity.words($0)) }, child.dateOfBirth.map { .birthday($0) },
      child.address.map { .address(NameSimilarity.words($0)) },
      child.nhsNumber.map { .nhsNumber($0) }, child.upn.map { .upn($0) },
    ].compactMap { $0 }
  }
}
