import Agreements
import FoundationEssentials
import Records
import SwiftProtobuf

/// Batches of changes are nearly all that travels. What this implementation writes of them it also reads by
/// itself; all else the generated code reads, and says what is wrong.
extension Batch {
  /// The bytes of a message that holds the batch.
  var message: Data {
    var wire = WireWriter(capacity: cost)
    wire.bytes(1, epoch.bytes)
    if firstSequence != 0 { wire.number(2, firstSequence) }
    for entry in entries { entry.write(to: &wire, as: 3) }
    wire.bytes(4, head.storage)
    if !signature.isEmpty { wire.bytes(5, signature) }
    var message = WireWriter(capacity: wire.bytes.count + 8)
    message.message(2, wire)
    return Data(message.bytes)
  }

  /// Reads a message that holds a batch; nothing where it holds anything else, or is encoded otherwise.
  init?(usualMessage bytes: Data) {
    let batch = bytes.withUnsafeBytes { bytes in
      var reader = WireReader(bytes)
      return reader.takes(2, 2) ? reader.part().flatMap { Self.read($0, reader.isAtEnd) } : nil
    }
    guard let batch else { return nil }
    self = batch
  }

  private static func read(_ bytes: UnsafeRawBufferPointer, _ isAll: Bool) -> Batch? {
    var reader = WireReader(bytes)
    guard isAll, reader.takes(1, 2), let epoch: Epoch = reader.id(), reader.takes(2, 0),
      let sequence = reader.varint(), sequence != 0
    else { return nil }
    var entries: [Entry] = []
    while reader.takes(3, 2) {
      guard let part = reader.part(), let entry = Entry(part),
        entries.count < Limits.Link.batchEntries
      else { return nil }
      entries.append(entry)
    }
    guard !entries.isEmpty, reader.takes(4, 2), let head: Digest = reader.id(),
      reader.takes(5, 2), let signature = reader.data(), reader.isAtEnd
    else { return nil }
    return Batch(
      epoch: epoch, firstSequence: sequence, entries: entries, head: head, signature: signature)
  }
}

extension Entry {
  fileprivate func write(to wire: inout WireWriter, as field: UInt8) {
    var entry = WireWriter(capacity: cost)
    if case .change(let shared) = self {
      entry.message(1, shared.encoded)
    } else {
      entry.append(encoded())
    }
    wire.message(field, entry)
  }

  fileprivate init?(_ bytes: UnsafeRawBufferPointer) {
    var reader = WireReader(bytes)
    if reader.takes(1, 2), let part = reader.part(), reader.isAtEnd,
      let shared = SharedChange(usual: part)
    {
      self = .change(shared)
    } else if let entry = try? Entry(encoded: Data(bytes)) {
      self = entry
    } else {
      return nil
    }
  }
}

extension SharedChange {
  fileprivate var encoded: WireWriter {
    var wire = WireWriter(capacity: change.header.bytes.count + openings.count * 96 + 800)
    wire.bytes(1, change.header.bytes)
    wire.bytes(2, change.proof.encoded())
    for (opening, justification) in zip(change.openings, justifications) {
      var part = WireWriter(capacity: opening.bytes.count + 96)
      if !opening.salt.isEmpty { part.bytes(1, opening.salt) }
      if !opening.bytes.isEmpty { part.bytes(2, opening.bytes) }
      if !justification.grant.isEmpty { part.text(3, justification.grant) }
      if let route = justification.route { part.bytes(4, route.storage) }
      wire.message(3, part)
    }
    wire.bytes(4, agreement.storage)
    if let admission { wire.bytes(5, admission.encoded()) }
    return wire
  }

  fileprivate init?(usual bytes: UnsafeRawBufferPointer) {
    var reader = WireReader(bytes)
    guard reader.takes(1, 2), let header = reader.data(), reader.takes(2, 2),
      let proof = reader.data()
    else { return nil }
    var (openings, justifications): ([Opening], [Justification]) = ([], [])
    while reader.takes(3, 2) {
      guard let part = reader.part(), let (opening, justification) = Self.opening(part),
        openings.count < Limits.Change.commitments
      else { return nil }
      openings.append(opening)
      justifications.append(justification)
    }
    guard !openings.isEmpty, openings.count < Limits.Change.commitments, reader.takes(4, 2),
      let agreement: Digest = reader.id()
    else { return nil }
    var admission: Admission?
    if reader.takes(5, 2) {
      guard let bytes = reader.data(), !bytes.isEmpty, let read = try? Admission(bytes) else {
        return nil
      }
      admission = read
    }
    guard reader.isAtEnd, let header = try? ChangeHeader(header), let proof = try? Proof(proof)
    else { return nil }
    self.init(
      change: DisclosedChange(header: header, proof: proof, openings: openings),
      agreement: agreement, justifications: justifications, admission: admission)
  }

  private static func opening(
    _ bytes: UnsafeRawBufferPointer
  ) -> (Opening, Justification)? {
    var reader = WireReader(bytes)
    guard reader.takes(1, 2), let salt = reader.data(), reader.takes(2, 2),
      let write = reader.data(), reader.takes(3, 2), let grant = reader.text(),
      Name.isValid(grant)
    else { return nil }
    var route: RecordID?
    if reader.takes(4, 2) {
      guard let id: RecordID = reader.id() else { return nil }
      route = id
    }
    guard reader.isAtEnd else { return nil }
    return (
      Opening(salt: salt, bytes: write), Justification(grant: grant, route: route)
    )
  }

  private var openings: [Opening] { change.openings }
}
