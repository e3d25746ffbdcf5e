public import Records

/// Whether a node runs on a folder, as its control socket tells.
public enum RunningNode: Sendable {
  /// Nobody listens there.
  case absent
  /// A process has the folder and does not answer: it was stopped, or hangs.
  case silent
  /// It answers, and says how its links are.
  case linked(Links)

  /// The links that stand, and how far the peers' clocks were ahead when they said hello.
  public struct Links: Sendable {
    public let connected: Set<NodeName>
    /// In milliseconds.
    public let clocksAhead: [NodeName: Int64]
  }

  /// Its links; nothing where it does not say.
  public var links: Links? {
    if case .linked(let links) = self { links } else { nil }
  }

  /// Whether a process has the folder, be it that it does not answer.
  public var isThere: Bool {
    if case .absent = self { false } else { true }
  }

  /// What is to be said of a node that does not answer.
  public static let silence = "the node that runs here does not answer"
  /// What can be done about it.
  public static let remedy =
    "look at its log, and start it again (systemctl restart concord@NAME); what was written is stored, and waits"
}
