import Agreements
import Foundation
import Records
import SyncProtocol

/// One message of each kind, as two nodes would send it.
struct SampleMessages {
  /// The same bytes on every run.
  private struct Counting: RandomNumberGenerator {
    var state: UInt64 = 0
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      return state
    }
  }

  private let sender = NodeName(agency: FuzzKeys.police)
  private let receiver = NodeName(agency: FuzzKeys.care)
  private let key = FuzzKeys.key(1)
  private let change: SharedChange
  private let other: SharedChange
  private let epoch: Epoch

  init() throws {
    var generator = Counting()
    epoch = Epoch(using: &generator)
    change = try Self.change("Example Child A", using: &generator)
    other = try Self.change("Example Child B", using: &generator)
  }

  var named: [String: LinkMessage] {
    get throws {
      let stream = StreamName(from: sender, to: receiver)
      let entries = try entries()
      var position = stream.start(of: epoch)
      for entry in entries { position = stream.position(after: position, entry: entry.digest) }
      let signature = try key.sign(stream.sentMessage(position))
      let ids = change.writeIDs.sorted()
      let hello = Hello(
        federation: "example", node: sender, clock: Instant(milliseconds: 1_700_000_000_000),
        agreements: [change.agreement], sending: position, received: position,
        receivedSignature: signature, window: 1 << 20)
      let refusal = Refusal(sequence: 1, change: change.change.header.id, reason: "bad-value")
      return [
        "hello": .hello(hello),
        "batch": .batch(
          Batch(
            epoch: epoch, firstSequence: 1, entries: entries, head: position.head,
            signature: signature)),
        "ack": .ack(Ack(position: position, signature: signature, refusals: [refusal])),
        "probe": .probe(1), "probe-reply": .probeReply(1), "ping": .ping(2), "pong": .pong(2),
        "goodbye": .goodbye("the node is stopping"), "want": .want(Want(writes: ids)),
        "reconcile": .reconcile(reconcile(ids)), "audit": .audit(AuditWord(try audit())),
      ]
    }
  }

  private func audit() throws -> AuditExchange {
    func checkpoint(of node: NodeName, _ count: UInt64) throws -> AuditCheckpoint {
      try AuditCheckpoint(
        of: node, count: count, head: change.agreement,
        at: Instant(milliseconds: 1_700_000_000_000), signedBy: key)
    }
    return AuditExchange(
      mine: try checkpoint(of: sender, 3), yours: try checkpoint(of: receiver, 2))
  }

  private func reconcile(_ ids: [WriteID]) -> Reconcile {
    let items = ids.map { ReconciliationItem(time: HLC(rawValue: 1), write: $0) }
    return Reconcile(
      session: epoch, isOfAsker: true, isAnswer: false,
      ranges: [
        .init(upper: Data([1]), content: .settled),
        .init(upper: Data([2]), content: .fingerprint(Data(repeating: 7, count: 16))),
        .init(upper: Data(), content: .items(items)),
      ])
  }

  private func entries() throws -> [Entry] {
    var profile = SignedDocument(kind: .profile, body: Data("profile: core\nversion: 1\n".utf8))
    try profile.sign(as: FuzzKeys.police, with: key)
    let sides = [change, other].map {
      Equivocation.Side(header: $0.change.header, proof: $0.change.proof)
    }
    let ids = change.writeIDs
    return [
      .change(change), .document(profile), .void(change.agreement),
      .retraction(Retraction(writes: ids, reason: "grant-ended")),
      .receipt(Receipt(writes: ids, outcome: .retained, basis: "Children Act 1989, section 47")),
    ] + (Equivocation(sides[0], sides[1]).map { [.equivocation($0)] } ?? [])
  }

  private static func change(
    _ name: String, using generator: inout Counting
  ) throws -> SharedChange {
    let key = FuzzKeys.key(1)
    let agreement = TaggedHash.digest("fuzz", Data("agreement".utf8))
    let record = RecordID(Data(repeating: 4, count: RecordID.byteCount))
    let draft = ChangeDraft(
      lineage: "example-agreement", agreement: agreement, recordType: "child",
      record: record ?? RecordID(using: &generator), author: FuzzKeys.police,
      time: HLC(rawValue: 1_700_000_000_000 << 16),
      writes: [.set("name", to: .text(name), over: [:]), .add(.term("polish"), to: "languages")])
    let authored = try AuthoredChange(draft, key: key.id, using: &generator)
    let change = DisclosedChange(
      header: authored.header, proof: try authored.signed(by: key), openings: authored.openings)
    let route = SharedChange.Justification(grant: "school-notice", route: draft.record)
    let shared = SharedChange(
      change: change, agreement: agreement, justifications: change.openings.map { _ in route })
    guard let shared else { throw FuzzFinding("a sample has other numbers of parts") }
    return shared
  }
}
