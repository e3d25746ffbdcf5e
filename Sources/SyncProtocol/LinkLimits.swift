import Records

/// The limits of a link that can be set; `Limits.Link` gives the reasons, and those that cannot.
public struct LinkLimits: Hashable, Sendable {
  /// Bytes of one frame on the wire and of what it may inflate to.
  public var frameBytes = Limits.Link.frameBytes
  /// Bytes of entries after which a batch is closed.
  public var batchBytes = Limits.Link.batchBytes
  /// Entries of one batch.
  public var batchEntries = Limits.Link.batchEntries
  /// Bytes of unacknowledged batches in each direction.
  public var windowBytes = Limits.Link.windowBytes
  /// How long a peer may take from the TLS handshake to its Hello.
  public var helloTimeout = Limits.Link.helloTimeout
  /// Silence after which this side pings.
  public var pingAfter = Limits.Link.pingAfter
  /// Silence after which the link counts as dead.
  public var silenceTimeout = Limits.Link.silenceTimeout
  /// Payloads under this many bytes are not worth deflating.
  public var deflateFrom = Limits.Link.deflateFrom
  /// Bytes of ranges in one reconciliation message.
  public var reconcileBytes = Limits.Link.reconcileBytes
  /// Messages of one reconciliation.
  public var reconcileRounds = Limits.Link.reconcileRounds
  /// Items that one reconciliation may find missing here.
  public var reconcileItems = Limits.Link.reconcileItems

  /// The defaults.
  public init() {}
}
