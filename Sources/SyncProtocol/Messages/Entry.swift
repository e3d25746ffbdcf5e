public import Agreements
import FoundationEssentials
public import Records

/// One entry of a stream.
public enum Entry: Hashable, Sendable {
  case change(SharedChange)
  case document(SignedDocument)
  /// What once stood here may no longer go; the digest keeps the chain whole.
  case void(Digest)
  case retraction(Retraction)
  case receipt(Receipt)
  case equivocation(Equivocation)

  /// The digest that is chained: over identities, never over values.
  public var digest: Digest {
    switch self {
    case .change(let shared): shared.entryDigest
    case .document(let document):
      TaggedHash.digest("concord/v1/entry", Data("document".utf8), document.id.bytes)
    case .void(let digest): digest
    case .retraction(let retraction):
      TaggedHash.digest(
        "concord/v1/entry", Data("retraction".utf8), retraction.writes.joined,
        Data(retraction.reason.utf8))
    case .receipt(let receipt):
      TaggedHash.digest(
        "concord/v1/entry", Data("receipt".utf8), receipt.writes.joined,
        Data(receipt.outcome.rawValue.utf8), Data(receipt.basis.utf8))
    case .equivocation(let evidence):
      TaggedHash.digest(
        "concord/v1/entry", Data("equivocation".utf8), evidence.first.header.id.bytes,
        evidence.second.header.id.bytes)
    }
  }

  /// Bytes that count against the window and the batch size.
  public var cost: Int { Limits.Link.entryCost + contentCost }

  private var contentCost: Int {
    switch self {
    case .change(let shared):
      shared.change.openings.reduce(
        shared.change.header.bytes.count + 128
          + (shared.admission == nil ? 0 : Limits.Change.admissionBytes)
      ) {
        $0 + $1.bytes.count + 64
      }
    case .document(let document): document.body.count + document.signatures.count * 128
    case .void: Digest.byteCount
    case .retraction(let retraction): retraction.writes.count * WriteID.byteCount
    case .receipt(let receipt): receipt.writes.count * WriteID.byteCount
    case .equivocation(let evidence):
      evidence.first.header.bytes.count + evidence.second.header.bytes.count + 256
    }
  }
}

/// A change as it goes to one receiver, and why it may have each part.
public struct SharedChange: Hashable, Sendable {
  public let change: DisclosedChange
  /// The agreement version under which the sender shares this.
  public let agreement: Digest
  /// For each opening, in the same order, the grant and route that let it go.
  public let justifications: [Justification]
  /// That the author has admitted the change, where one of its devices signed it. It is no part of
  /// the entry's digest: it proves itself.
  public let admission: Admission?
  /// The openings' write ids, in the openings' order, as their bytes give them.
  public let writeIDs: [WriteID]

  /// The entry's digest: it is asked for several times.
  fileprivate let entryDigest: Digest

  /// Puts a shared change together; nothing where the numbers of parts differ.
  /// - Parameter ids: the openings' write ids, where they are from this replica's own log.
  public init?(
    change: DisclosedChange, agreement: Digest, justifications: [Justification],
    admission: Admission? = nil, ids: [WriteID]? = nil
  ) {
    guard change.openings.count == justifications.count else { return nil }
    writeIDs = ids ?? change.writeIDs
    entryDigest = Self.entryDigest(
      change: change.header.id, agreement: agreement,
      writes: Array(zip(writeIDs, justifications)))
    self.admission = admission
    self.change = change
    self.agreement = agreement
    self.justifications = justifications
  }

  /// Why a receiver may have one write.
  public struct Justification: Hashable, Sendable {
    public let grant: String
    /// The record whose routing field names the receiver, where the grant needs a route.
    public let route: RecordID?

    /// States a justification.
    public init(grant: String, route: RecordID?) {
      self.grant = grant
      self.route = route
    }
  }

  /// The chained digest of a change entry, from identities alone: what was once sent can be voided
  /// without its values.
  public static func entryDigest(
    change: ChangeID, agreement: Digest, writes: [(WriteID, Justification)]
  ) -> Digest {
    let sorted = writes.sorted { $0.0 < $1.0 }
    var reasons: [[UInt8]] = []
    reasons.reserveCapacity(sorted.count)
    var last: Justification?
    for (_, justification) in sorted {
      // Mostly all of a change goes for one reason.
      if justification == last, let same = reasons.last {
        reasons.append(same)
      } else {
        reasons.append(justification.message)
      }
      last = justification
    }
    let reasonBytes = reasons.reduce(0) { $0 + $1.count }
    var justified = TaggedMessage("concord/v1/justifications", capacity: reasonBytes + 40)
    justified.append(agreement.storage)
    justified.append(joined: reasons)
    var entry = TaggedMessage(
      "concord/v1/entry", capacity: sorted.count * WriteID.byteCount + 100)
    entry.append("change")
    entry.append(change.storage)
    entry.append(joined: sorted.lazy.map(\.0.storage))
    entry.append(justified.digest.storage)
    return entry.digest
  }
}

extension SharedChange.Justification {
  fileprivate var message: [UInt8] {
    var message = TaggedMessage("concord/v1/justification", capacity: grant.utf8.count + 24)
    message.append(grant)
    if let route { message.append(route.storage) } else { message.append(Data()) }
    return message.bytes
  }
}
