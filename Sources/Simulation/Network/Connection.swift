import FoundationEssentials
import Records
import SyncProtocol

/// One connection between two nodes over the virtual network: two ends, and a line in each
/// direction that keeps the order of what it carries.
final class Connection {
  /// The dialler's end is side 0, the other side 1.
  struct Side {
    let node: Int
    /// Which life of the node this end belongs to: a node that dies takes its ends with it.
    var life = 0
    var end: SimulatedEnd?
    var reader: FrameReader
    /// When the end began, for the link's own time.
    var began: Int64 = 0
    var isOver = false
    /// When the line from here is free again, and when what went last arrives.
    var free: Int64 = 0
    var lastArrival: Int64 = 0
    /// What waits at this end while nothing passes in its direction.
    var held: [Data] = []
    /// What was sent from here and not acknowledged: entry by entry.
    var unacknowledged: [Sent] = []
    /// How often the node had gone back to older files when the connection began.
    var restores = 0
  }

  /// An entry that was sent: a change with its writes, or writes that were taken back.
  struct Sent {
    let sequence: UInt64
    /// Nothing where the writes were taken back.
    let change: ChangeID?
    let writes: [WriteID]
  }

  let number: Int
  var sides: [Side]
  /// Draws latencies and pieces for this connection alone.
  var generator: SeededGenerator
  /// Where the connection will break: after so many frames from a side, with a part of the next.
  var cut: (side: Int, frames: Int, permille: Int)?
  /// Which side's next frame, or next batch, comes twice.
  var repeats: (side: Int, isOfBatch: Bool)?
  /// Nothing passes any more, though an end may not have noticed.
  var isBroken = false
  let codec: FrameCodec

  init(
    number: Int, from dialler: Int, to acceptor: Int, generator: SeededGenerator, limits: LinkLimits
  ) {
    self.number = number
    self.generator = generator
    codec = FrameCodec(limits: limits)
    sides = [dialler, acceptor].map { Side(node: $0, reader: FrameReader(limits)) }
  }

  func side(of node: Int) -> Int { sides[0].node == node ? 0 : 1 }
}
