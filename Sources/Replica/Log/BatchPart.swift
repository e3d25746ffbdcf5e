import FoundationEssentials
import GRDB
import Records
import Synchronization

/// Nodes of a batch's tree as a row holds them: those of one subtree of four levels, without its top. The
/// changes of a batch share nearly all of their paths, so nodes are kept once for the batch.
struct BatchPart: Hashable {
  /// The levels that one part spans; every depth of tree is a multiple of it.
  static let levels = 4
  /// A bit for each of the 16, 8, 4 and 2 nodes that is here, and their digests in that order, one after another: of
  /// a part that was read mostly few are looked at.
  private var present: UInt32 = 0
  private var digests: [UInt8] = []

  init() {}

  /// Reads a column.
  init(packed: Data) throws {
    var reader = PackedReader(packed)
    present = UInt32(truncatingIfNeeded: try reader.count())
    digests = try reader.bytes(present.nonzeroBitCount * Digest.byteCount)
  }

  var packed: Data {
    var writer = PackedWriter(capacity: digests.count + 8)
    writer.number(Int64(present))
    writer.raw(digests)
    return writer.bytes
  }

  /// - Parameters:
  ///   - level: above the part's lowest, 0 to 3.
  ///   - index: the node's index among all of that level.
  subscript(level: Int, index: Int) -> Digest? {
    let bit = Self.bit(level, index)
    guard present & bit != 0 else { return nil }
    let start = (present & (bit - 1)).nonzeroBitCount * Digest.byteCount
    return digests.withUnsafeBytes {
      Digest(reading: UnsafeRawBufferPointer(rebasing: $0[start..<(start + Digest.byteCount)]))
    }
  }

  /// What came of taking in a proof's path.
  enum Intake { case same, new, other }

  /// Takes in the nodes of a proof's path that lie in this part, unless it says another thing of one that is here.
  mutating func take(_ proof: BatchedProof, at floor: Int) -> Intake {
    var isNew = false
    for level in 0..<Self.levels {
      let above = floor * Self.levels + level
      let (index, digest) = (proof.index >> above ^ 1, proof.path[above])
      if let known = self[level, index] {
        guard known == digest else { return .other }
      } else {
        insert(digest, at: Self.bit(level, index))
        isNew = true
      }
    }
    return isNew ? .new : .same
  }

  private mutating func insert(_ digest: Digest, at bit: UInt32) {
    digests.insert(
      contentsOf: digest.bytes, at: (present & (bit - 1)).nonzeroBitCount * Digest.byteCount)
    present |= bit
  }

  private static func bit(_ level: Int, _ index: Int) -> UInt32 {
    let width = 16 >> level
    return 1 << UInt32((32 - 2 * width) + index % width)
  }
}

/// Parts that the last transaction read or wrote: an import's changes lie all over its tree, and each transaction would
/// read them anew. They are good for the next one, unless another connection has written meanwhile.
final class KeptBatchParts: Sendable {
  /// What one transaction took, and which one that was of all.
  struct Taken {
    var all: [BatchPartKey: BatchPart] = [:]
    fileprivate var turn = 0
  }
  private struct State {
    var version: Int64?
    var turn = 0
    var all: [BatchPartKey: BatchPart] = [:]
  }
  private let state = Mutex(State())

  /// What was kept, for a transaction that has begun. Nothing is kept meanwhile: it may be rolled back.
  func taken(in db: Database) throws -> Taken {
    // It changes when another connection commits, and only then.
    let version = try Int64.fetchOne(try db.cachedStatement(sql: "PRAGMA data_version"))
    return state.withLock { state in
      var taken = Taken(turn: state.turn + 1)
      if state.version == version { swap(&taken.all, &state.all) }
      state = State(version: version, turn: taken.turn)
      return taken
    }
  }

  /// Keeps what a transaction that has been committed leaves, unless another has begun since: that one may have
  /// written already, and what it wrote would be missing here.
  func keep(_ taken: Taken) {
    guard taken.all.count <= Limits.Storage.batchPartsKept else { return }
    state.withLock { state in
      if state.turn == taken.turn { state.all = taken.all }
    }
  }
}

/// Which part of which batch.
struct BatchPartKey: Hashable {
  let batch: Int64
  /// Counted from the leaves upwards.
  let floor: Int
  let index: Int

  /// The part of a floor through which the path from a leaf leads.
  init(batch: Int64, floor: Int, above leaf: Int) {
    (self.batch, self.floor) = (batch, floor)
    index = leaf >> ((floor + 1) * BatchPart.levels)
  }

  /// As the table numbers it.
  var number: Int64 { Int64(floor) << 32 | Int64(index) }
}
