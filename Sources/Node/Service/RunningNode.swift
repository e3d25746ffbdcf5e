public import Records

/// Whether a node runs on a folder, as its control socket tells.
public enum RunningNode: Sendable {
  /// Nobody listens there.
  case absent
  /// A process has the folder and does not answer: it was stopped, or hangs.
  case silent
  /// It answers: with whom it has links, and how far their clocks were ahead when they said hello, in milliseconds.
  case linked([NodeName], clocksAhead: [NodeName: Int64])

  /// With whom it has links; nothing where it does not say.
  public var connected: [NodeName]? {
    if case .linked(let connected, _) = self { connected } else { nil }
  }

  /// What is to be said of a node that does not answer.
  public static let silence = "the node that runs here does not answer"
  /// What can be done about it.
  public static let remedy =
    "look at its log, and start it again (systemctl restart concord@NAME); what was written is stored, and waits"
}
