/// One write as merging sees it: what it says, when, by whom, and what its author had seen.
public struct Version: Hashable, Sendable {
  public let id: WriteID
  public let author: AgencyID
  public let key: KeyID
  public let time: HLC
  public let write: Write
  /// Under `highest`: whether the agreement lets this author lower the value.
  public let mayLower: Bool

  /// Puts a checked write together with its header's author and time.
  public init(
    id: WriteID, author: AgencyID, key: KeyID, time: HLC, write: Write, mayLower: Bool = false
  ) {
    self.id = id
    self.author = author
    self.key = key
    self.time = time
    self.write = write
    self.mayLower = mayLower
  }

  /// The total order in which ties are broken: stamp, agency, key, write id.
  public static func precedes(_ left: Version, _ right: Version) -> Bool {
    (left.time, left.author, left.key, left.id) < (right.time, right.author, right.key, right.id)
  }
}
