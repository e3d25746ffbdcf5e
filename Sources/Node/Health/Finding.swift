/// One thing that is not as it should be with a node, and what to do about it.
public struct Finding: Hashable, Sendable, CustomStringConvertible {
  /// How much it matters.
  public enum Level: String, Hashable, Sendable, Comparable {
    /// Something does not work, or will not for much longer.
    case problem
    /// It works, and could be better.
    case advice

    public static func < (left: Self, right: Self) -> Bool { left == .problem && right == .advice }
  }

  public let level: Level
  /// What it is about, one word: clock, disk, folder, keys, certificates, peers, agreement, replica, backup, calendars.
  public let about: String
  public let what: String
  /// What the administrator can do.
  public let remedy: String

  init(_ level: Level, _ about: String, _ what: String, _ remedy: String) {
    (self.level, self.about, self.what, self.remedy) = (level, about, what, remedy)
  }

  /// That a node's folder could not be opened: what it says is all that can be said of the rest.
  public static func unopened(_ reason: String) -> Finding {
    Finding(.problem, "replica", reason, "nothing else could be looked at until then")
  }

  public var description: String { "\(level.rawValue): \(about): \(what): \(remedy)" }
}
