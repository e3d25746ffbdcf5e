/// What one exchange with the peers came to. The keys are the command line's contract.
public struct SyncReport: Codable, Hashable, Sendable {
  public var peers: [Peer]

  /// One peer's part.
  public struct Peer: Codable, Hashable, Sendable {
    public let agency: String
    /// Changes that went out.
    public var sent: Int
    /// Changes that brought something new.
    public var received: Int
    /// Changes that were kept aside here.
    public var quarantined: Int
    /// Why the exchange did not come to its end.
    public var error: String?
  }
}

/// What a session has moved so far.
struct SessionCounts: Hashable, Sendable {
  var sent = 0
  var received = 0
  var quarantined = 0
}
