import Agreements
public import FoundationEssentials
import Records
import SwiftProtobuf

/// Bytes that are no message of this protocol, with the part that is wrong.
public struct MessageError: Error, Hashable, Sendable, CustomStringConvertible {
  public let part: String
  public var description: String { "malformed message: \(part)" }

  init(_ part: String) { self.part = part }
}

extension LinkMessage {
  /// The message's protobuf bytes.
  public func encoded() -> Data {
    var wire = Concord_V1_Message()
    switch self {
    case .hello(let hello): wire.hello = hello.wire
    case .batch(let batch): wire.batch = batch.wire
    case .ack(let ack): wire.ack = ack.wire
    case .probe(let id): wire.probe.id = id
    case .probeReply(let id): wire.probeReply.id = id
    case .ping(let id): wire.ping.id = id
    case .pong(let id): wire.pong.id = id
    case .goodbye(let reason): wire.goodbye.reason = reason
    case .reconcile(let reconcile): wire.reconcile = reconcile.wire
    case .want(let want): wire.want = want.wire
    case .audit(let word): wire.audit = word.encoded
    case .unknown: break
    }
    // In-memory encoding of a proto3 message without required fields cannot fail.
    return (try? wire.serializedData()) ?? Data()
  }

  /// Reads a message.
  /// - Throws: `MessageError` that names the malformed part.
  public init(_ bytes: Data) throws(MessageError) {
    try MessageScan.check(bytes)
    guard let wire = try? Concord_V1_Message(serializedBytes: bytes) else {
      throw MessageError("not a protobuf Message")
    }
    switch wire.kind {
    case .hello(let hello): self = .hello(try Hello(hello))
    case .batch(let batch): self = .batch(try Batch(batch))
    case .ack(let ack): self = .ack(try Ack(ack))
    case .probe(let probe): self = .probe(probe.id)
    case .probeReply(let reply): self = .probeReply(reply.id)
    case .ping(let ping): self = .ping(ping.id)
    case .pong(let pong): self = .pong(pong.id)
    case .goodbye(let goodbye): self = .goodbye(Self.reason(goodbye.reason))
    case .reconcile(let reconcile): self = .reconcile(try Reconcile(reconcile))
    case .want(let want): self = .want(try Want(want))
    case .audit(let audit): self = .audit(AuditWord(audit))
    case nil:
      // A later minor version may know more kinds; an empty message is nobody's.
      guard !wire.unknownFields.data.isEmpty else { throw MessageError("of no kind") }
      self = .unknown
    }
  }

  /// A reason as far as it may go into a log: one line, however long a character may be made.
  private static func reason(_ text: String) -> String {
    var reason = ""
    for scalar in text.unicodeScalars {
      guard reason.utf8.count + String(scalar).utf8.count <= Limits.Link.goodbyeBytes else { break }
      reason.unicodeScalars.append(scalar)
    }
    return reason
  }
}

extension Hello {
  fileprivate init(_ wire: Concord_V1_Hello) throws(MessageError) {
    guard let agency = AgencyID(wire.agency) else { throw MessageError("hello.agency") }
    guard Name.isValid(wire.node) else { throw MessageError("hello.node") }
    guard wire.federation.utf8.count <= Limits.Change.nameBytes else {
      throw MessageError("hello.federation")
    }
    guard wire.agreements.count <= Limits.Link.agreements else {
      throw MessageError("hello.agreements")
    }
    guard wire.receivedSignature.count <= SigningKey.signatureBytes else {
      throw MessageError("hello.received_signature")
    }
    guard wire.clock <= UInt64(Int64.max) else { throw MessageError("hello.clock") }
    let agreements = wire.agreements.compactMap { Digest($0) }
    guard agreements.count == wire.agreements.count else { throw MessageError("hello.agreements") }
    self.init(
      federation: wire.federation, node: NodeName(agency: agency, node: wire.node),
      clock: Instant(milliseconds: Int64(wire.clock)), agreements: agreements,
      sending: wire.hasSending ? StreamPosition(wire.sending) : nil,
      received: wire.hasReceived ? StreamPosition(wire.received) : nil,
      receivedSignature: wire.receivedSignature, window: wire.window)
    major = wire.major
    minor = wire.minor
  }

  fileprivate var wire: Concord_V1_Hello {
    var wire = Concord_V1_Hello()
    wire.major = major
    wire.minor = minor
    wire.federation = federation
    wire.agency = node.agency.description
    wire.node = node.node
    wire.clock = UInt64(max(0, clock.milliseconds))
    wire.agreements = agreements.map(\.bytes)
    if let sending { wire.sending = sending.wire }
    if let received { wire.received = received.wire }
    wire.receivedSignature = receivedSignature
    wire.window = window
    return wire
  }
}

extension Batch {
  fileprivate init(_ wire: Concord_V1_Batch) throws(MessageError) {
    guard let epoch = Epoch(wire.epoch), let head = Digest(wire.head) else {
      throw MessageError("batch.epoch or batch.head")
    }
    guard !wire.entries.isEmpty, wire.entries.count <= Limits.Link.batchEntries else {
      throw MessageError("batch.entries")
    }
    var entries: [Entry] = []
    entries.reserveCapacity(wire.entries.count)
    for entry in wire.entries { entries.append(try Entry(entry)) }
    self.init(
      epoch: epoch, firstSequence: wire.firstSequence, entries: entries, head: head,
      signature: wire.signature)
  }

  fileprivate var wire: Concord_V1_Batch {
    var wire = Concord_V1_Batch()
    wire.epoch = epoch.bytes
    wire.firstSequence = firstSequence
    wire.entries = entries.map(\.wire)
    wire.head = head.bytes
    wire.signature = signature
    return wire
  }
}

extension Ack {
  fileprivate init(_ wire: Concord_V1_Ack) throws(MessageError) {
    guard let epoch = Epoch(wire.epoch), let head = Digest(wire.head) else {
      throw MessageError("ack.epoch or ack.head")
    }
    guard wire.refusals.count <= Limits.Link.refusals else { throw MessageError("ack.refusals") }
    var refusals: [Refusal] = []
    for refusal in wire.refusals {
      guard let change = ChangeID(refusal.changeID) else { throw MessageError("ack.refusals") }
      let reason = Name.isValid(refusal.reason) ? refusal.reason : "unreadable"
      refusals.append(Refusal(sequence: refusal.sequence, change: change, reason: reason))
    }
    self.init(
      position: StreamPosition(epoch: epoch, sequence: wire.sequence, head: head),
      signature: wire.signature, refusals: refusals)
  }

  fileprivate var wire: Concord_V1_Ack {
    var wire = Concord_V1_Ack()
    wire.epoch = position.epoch.bytes
    wire.sequence = position.sequence
    wire.head = position.head.bytes
    wire.signature = signature
    wire.refusals = refusals.map { refusal in
      var wire = Concord_V1_Refusal()
      wire.sequence = refusal.sequence
      wire.changeID = refusal.change.bytes
      wire.reason = refusal.reason
      return wire
    }
    return wire
  }
}
