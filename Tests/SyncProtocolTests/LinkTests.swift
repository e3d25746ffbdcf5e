import Agreements
import Foundation
import Records
import Simulation
import SyncProtocol
import TestSupport
import Testing

/// The link machine alone: greeting, windows, quiet and time.
@Suite struct LinkTests {
  @Test func aPeerThatIsNotWhoItsCertificateSaysIsRefused() throws {
    let pair = try Pair()
    let wrong = NodeName(agency: try #require(AgencyID("care.elsewhere")))
    #expect(pair.greet(pair.hello(from: wrong)) == .wrongIdentity)
    #expect(pair.greet(pair.hello(from: pair.peer, federation: "other")) == .wrongFederation)
    var newer = pair.hello(from: pair.peer)
    newer.major = 9
    #expect(pair.greet(newer) == .wrongVersion(theirs: 9, ours: Hello.version.major))
    #expect(pair.greet(pair.hello(from: pair.peer)) == nil)
    var minor = pair.hello(from: pair.peer)
    minor.minor += 5
    #expect(pair.greet(minor) == nil, "a newer minor version is no reason to part")
  }

  @Test func nothingButAHelloComesFirst() throws {
    let pair = try Pair()
    for message in [LinkMessage.ping(1), .probe(1)] {
      var link = pair.link()
      _ = link.handle(.opened(pair.hello(from: pair.me)), at: .zero)
      let effects = link.handle(.received(message), at: .zero)
      #expect(Pair.closing(effects) != nil)
      #expect(link.phase == .closed)
      #expect(link.handle(.received(message), at: .zero).isEmpty, "closed for good")
    }
  }

  @Test func aSilentPeerIsPingedAndThenGivenUp() throws {
    let pair = try Pair()
    var link = pair.established()
    #expect(link.handle(.tick, at: .seconds(10)).isEmpty)
    let pinged = link.handle(.tick, at: .seconds(31))
    #expect(pinged.contains { if case .send(.ping) = $0 { true } else { false } })
    _ = link.handle(.received(.pong(31)), at: .seconds(32))
    #expect(Pair.closing(link.handle(.tick, at: .seconds(106))) == nil)
    #expect(Pair.closing(link.handle(.tick, at: .seconds(108))) == .silence)

    var slow = pair.link()
    _ = slow.handle(.opened(pair.hello(from: pair.me)), at: .zero)
    #expect(Pair.closing(slow.handle(.tick, at: .seconds(11))) == .helloTimeout)
  }

  @Test func noMoreIsUnderWayThanThePeerOffered() throws {
    let pair = try Pair()
    var link = pair.established(window: 1000)
    var position = pair.start
    var sent = 0
    var waiting = link.handle(.changed, at: .zero)
    while waiting.contains(where: { if case .prepare = $0 { true } else { false } }), sent < 100 {
      let entries = (0..<10).map { _ in Entry.void(pair.digest) }
      let first = position.sequence + 1
      for entry in entries { position = pair.stream.position(after: position, entry: entry.digest) }
      waiting = link.handle(
        .prepared(PreparedBatch(firstSequence: first, entries: entries, position: position)),
        at: .zero)
      sent += 1
    }
    // A batch of ten costs 256 bytes and 64 for each: the second is the one that crosses the window.
    #expect(sent == 2)
    let signature = try pair.peerKey.sign(pair.stream.acknowledgedMessage(position))
    let resumed = link.handle(
      .received(.ack(Ack(position: position, signature: signature, refusals: []))), at: .zero)
    #expect(resumed.contains { if case .prepare = $0 { true } else { false } })
  }

  @Test func anAcknowledgementThatThePeerDidNotSignIsRefused() throws {
    let pair = try Pair()
    var link = pair.established()
    _ = link.handle(.changed, at: .zero)
    let position = pair.stream.position(after: pair.start, entry: pair.digest)
    _ = link.handle(
      .prepared(
        PreparedBatch(firstSequence: 1, entries: [.void(pair.digest)], position: position)),
      at: .zero)
    let effects = link.handle(
      .received(.ack(Ack(position: position, signature: Data(count: 64), refusals: []))),
      at: .zero)
    #expect(Pair.closing(effects) == .badSignature("an acknowledgement"))
  }

  @Test func aPeerThatProbesWithoutWaitingForAnswersIsLeft() throws {
    let pair = try Pair()
    var link = pair.established()
    // Something is being prepared: probes wait.
    _ = link.handle(.changed, at: .zero)
    for id in 1...Limits.Link.probes {
      #expect(Pair.closing(link.handle(.received(.probe(UInt64(id))), at: .zero)) == nil)
    }
    let one = link.handle(.received(.probe(0)), at: .zero)
    #expect(Pair.closing(one) == .malformed("more probes than may wait"))
  }

  @Test func aPeerThatBeginsReconciliationsWithoutEndIsLeft() throws {
    let pair = try Pair()
    var link = pair.established()
    var generator = SeededGenerator(seed: 2)
    func ask(_ session: Epoch) -> LinkFailure? {
      let question = Reconcile(session: session, isOfAsker: true, isAnswer: false, ranges: [])
      return Pair.closing(link.handle(.received(.reconcile(question)), at: .zero))
    }
    for _ in 1...Limits.Link.reconcileSessions {
      let session = Epoch(using: &generator)
      // Many questions about one snapshot are one reconciliation.
      for _ in 0..<10 { #expect(ask(session) == nil) }
    }
    #expect(
      ask(Epoch(using: &generator)) == .malformed("more reconciliations than one connection has"))
  }

  @Test func batchesOfNothingFillTheWindowToo() throws {
    let pair = try Pair()
    var link = pair.established()
    let stream = StreamName(from: pair.peer, to: pair.me)
    var position = stream.start(of: pair.start.epoch)
    let nothing = Entry.document(SignedDocument(kind: .profile, body: Data()))
    var (received, failure): (UInt64, LinkFailure?) = (0, nil)
    // The first is being applied and never done; the others wait.
    while failure == nil, received < 10_000 {
      position = stream.position(after: position, entry: nothing.digest)
      received += 1
      let batch = Batch(
        epoch: position.epoch, firstSequence: received, entries: [nothing], head: position.head,
        signature: try pair.peerKey.sign(stream.sentMessage(position)))
      failure = Pair.closing(link.handle(.received(.batch(batch)), at: .zero))
    }
    guard case .overWindow = failure else {
      Issue.record("\(received) batches wait: \(String(describing: failure))")
      return
    }
    #expect(received <= Limits.Link.windowBytes / UInt64(Limits.Link.batchCost) + 2)
  }
}
