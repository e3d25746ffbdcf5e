/// Every limit of a link, in one place, each with its reason.
public struct LinkLimits: Hashable, Sendable {
  /// Bytes of one frame on the wire and of what it may inflate to: sixteen batches' worth, so that
  /// a batch with one very large change still fits, and a hostile frame costs no more than this.
  public var frameBytes = 4 << 20
  /// Bytes of entries after which a batch is closed: large enough that one durable commit and one
  /// signature serve many changes, small enough that a slow line shows progress.
  public var batchBytes = 256 << 10
  /// Entries of one batch: bounds the receiver's transaction.
  public var batchEntries = 512
  /// Bytes of unacknowledged batches in each direction: memory for each link stays under twice
  /// this, whatever the backlog.
  public var windowBytes: UInt64 = 1 << 20
  /// How long a peer may take from the TLS handshake to its Hello.
  public var helloTimeout: Duration = .seconds(10)
  /// Silence after which this side pings.
  public var pingAfter: Duration = .seconds(15)
  /// Silence after which the link counts as dead.
  public var silenceTimeout: Duration = .seconds(45)
  /// Payloads under this many bytes are not worth deflating.
  public var deflateFrom = 512

  /// Write ids in one retraction, receipt or want: bounds the receiver's transaction.
  public static let idsInMessage = 1_024
  /// Bytes of the legal basis that a receipt names.
  public static let basisBytes = 1_024
  /// Bytes of ranges in one reconciliation message; what does not fit is asked about again.
  public var reconcileBytes = 256 << 10
  /// Messages of one reconciliation: splitting a range eightfold, few levels reach any item.
  public var reconcileRounds = 10_000
  /// Items that one reconciliation may find missing here: bounds what a hostile peer can make this
  /// node remember.
  public var reconcileItems = 2_000_000

  /// The defaults.
  public init() {}
}
