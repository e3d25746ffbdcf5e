public import FoundationEssentials
public import Records

/// One message of a reconciliation: what its speaker knows of a stream, range by range.
public struct Reconcile: Hashable, Sendable {
  /// The stream's epoch, or bytes that the asking side drew. It keys the fingerprints, so that nobody who does not
  /// know it can prepare items that cancel out.
  public let session: Epoch
  /// Whether the asking side's stream is compared, else the answering side's.
  public let isOfAsker: Bool
  public let isAnswer: Bool
  /// Ascending and adjoining; what lies after the last is settled.
  public let ranges: [Range]

  /// Puts a message together.
  public init(session: Epoch, isOfAsker: Bool, isAnswer: Bool, ranges: [Range]) {
    self.session = session
    self.isOfAsker = isOfAsker
    self.isAnswer = isAnswer
    self.ranges = ranges
  }

  /// The items from the end of the range before to this one's.
  public struct Range: Hashable, Sendable {
    /// The first bytes of the least item that lies beyond; empty where nothing does.
    public let upper: Data
    public let content: Content

    /// States a range.
    public init(upper: Data, content: Content) {
      self.upper = upper
      self.content = content
    }
  }

  /// What is said about a range.
  public enum Content: Hashable, Sendable {
    /// Nothing more.
    case settled
    /// A digest of all items in it: 16 bytes.
    case fingerprint(Data)
    /// All items in it, ascending.
    case items([ReconciliationItem])
  }
}

/// What reconciliation compares: a write by its stamp and id, ordered as 40 bytes.
public struct ReconciliationItem: Hashable, Comparable, Sendable {
  /// Eight bytes of HLC, most significant first, and 32 of write id.
  static let byteCount = 40
  public let time: HLC
  public let write: WriteID

  /// States an item.
  public init(time: HLC, write: WriteID) {
    self.time = time
    self.write = write
  }

  init?(_ bytes: Data) {
    guard bytes.count == Self.byteCount, let write = WriteID(Data(bytes.dropFirst(8))) else {
      return nil
    }
    self.init(time: HLC(rawValue: bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }), write: write)
  }

  var bytes: Data { time.bytes + write.bytes }

  public static func < (left: Self, right: Self) -> Bool {
    (left.time, left.write) < (right.time, right.write)
  }
}

/// "Send me these again, where I may have them."
public struct Want: Hashable, Sendable {
  /// Ascending.
  public let writes: [WriteID]

  /// Asks for writes.
  public init(writes: some Sequence<WriteID>) { self.writes = Set(writes).sorted() }
}
