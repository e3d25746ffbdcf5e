public import FoundationEssentials
public import Records

/// Which incarnation of a stream: 128 random bits, new whenever a sender cannot go on where it was.
public struct Epoch: BinaryIdentifier {
  public let storage: Bytes16
  public init(storage: Bytes16) { self.storage = storage }

  /// Draws a new epoch.
  public init(using generator: inout some RandomNumberGenerator) {
    storage = Bytes16(using: &generator)
  }
}

/// A place in one direction of a link: the epoch, how many entries, and the chain's head there.
public struct StreamPosition: Hashable, Sendable {
  public let epoch: Epoch
  /// 0 before the first entry.
  public let sequence: UInt64
  public let head: Digest

  /// States a position.
  public init(epoch: Epoch, sequence: UInt64, head: Digest) {
    self.epoch = epoch
    self.sequence = sequence
    self.head = head
  }

  package init?(_ wire: Concord_V1_Position) {
    guard let epoch = Epoch(wire.epoch), let head = Digest(wire.head) else { return nil }
    self.init(epoch: epoch, sequence: wire.sequence, head: head)
  }

  package var wire: Concord_V1_Position {
    var wire = Concord_V1_Position()
    wire.epoch = epoch.bytes
    wire.sequence = sequence
    wire.head = head.bytes
    return wire
  }
}

/// One direction of a link between two nodes. Dense sequence numbers and hash-chained heads belong
/// to it, so that neither gaps nor numbers tell what other links carry.
public struct StreamName: Hashable, Sendable {
  public let sender: NodeName
  public let receiver: NodeName

  /// Names the direction from one node to another.
  public init(from sender: NodeName, to receiver: NodeName) {
    self.sender = sender
    self.receiver = receiver
  }

  /// Where a new epoch of this stream begins.
  public func start(of epoch: Epoch) -> StreamPosition {
    StreamPosition(
      epoch: epoch, sequence: 0,
      head: TaggedHash.digest("concord/v1/stream/start", sender.data, receiver.data, epoch.bytes))
  }

  /// The position after one more entry.
  public func position(after position: StreamPosition, entry: Digest) -> StreamPosition {
    let next = position.sequence + 1
    var message = TaggedMessage("concord/v1/stream/head", capacity: 280)
    message.append(sender.description)
    message.append(receiver.description)
    message.append(position.epoch.storage)
    message.append(next)
    message.append(position.head.storage)
    message.append(entry.storage)
    return StreamPosition(epoch: position.epoch, sequence: next, head: message.digest)
  }

  /// What the sender signs with each batch.
  public func sentMessage(_ position: StreamPosition) -> Data { message("sent", position) }
  /// What the receiver signs with each acknowledgement.
  public func acknowledgedMessage(_ position: StreamPosition) -> Data {
    message("acknowledged", position)
  }

  private func message(_ what: String, _ position: StreamPosition) -> Data {
    TaggedHash.message(
      "concord/v1/stream/\(what)", sender.data, receiver.data, position.epoch.bytes,
      position.sequence.data, position.head.bytes)
  }
}

extension NodeName {
  fileprivate var data: Data { Data(description.utf8) }
}

extension UInt64 {
  fileprivate var data: Data {
    var data = Data(capacity: 8)
    data.append(bigEndian: self)
    return data
  }
}
