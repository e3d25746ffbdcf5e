import Records
import Simulation
import SyncProtocol
import Synchronization
import Testing

@testable import Node

/// What is asked of a session while it is busy, and how soon a peer is dialled again.
struct SessionTests {
  private func name(_ event: LinkEvent) -> String {
    switch event {
    case .changed: "changed"
    case .probe(let id): "probe \(id)"
    case .close: "close"
    default: "other"
    }
  }

  @Test func nothingIsLostWhileASessionIsBusy() async throws {
    let requests = SessionRequests()
    requests.changed()
    requests.add(.probe(1))
    for _ in 0..<1000 { requests.changed() }
    for id in 2...300 { requests.add(.probe(UInt64(id))) }
    requests.add(.close(.stopping))
    let taken = Mutex<[String]>([])
    let reading = Task {
      await requests.forEach { event in taken.withLock { $0.append(self.name(event)) } }
    }
    for _ in 0..<500 where taken.withLock({ $0.last != "close" }) {
      try await Task.sleep(for: .milliseconds(10))
    }
    reading.cancel()
    let expected = ["changed"] + (1...300).map { "probe \($0)" } + ["close"]
    #expect(taken.withLock { $0 } == expected)
  }

  @Test func aChangeThatComesWhileTheLastIsLookedAtIsLookedAtToo() async throws {
    let requests = SessionRequests()
    requests.changed()
    let looks = Mutex(0)
    let reading = Task {
      await requests.forEach { _ in
        let count = looks.withLock {
          $0 += 1; return $0
        }
        if count == 1 { requests.changed() }
      }
    }
    for _ in 0..<500 where looks.withLock({ $0 < 2 }) {
      try await Task.sleep(for: .milliseconds(10))
    }
    reading.cancel()
    #expect(looks.withLock { $0 } == 2)
  }

  @Test func whoTakesAnothersPlaceWaitsForItsEnd() async throws {
    let ending = Ending()
    let order = Mutex<[String]>([])
    let next = Task {
      await ending.wait()
      order.withLock { $0.append("began") }
    }
    try await Task.sleep(for: .milliseconds(20))
    order.withLock { $0.append("ended") }
    ending.tell()
    await next.value
    // Whoever comes later waits for nothing.
    await ending.wait()
    #expect(order.withLock { $0 } == ["ended", "began"])
  }

  @Test func aLinkThatDoesNotStandDoesNotHurryTheNextDial() {
    var generator = SeededGenerator(seed: 1)
    var backoff = Backoff()
    for _ in 0..<12 {
      _ = backoff.next(using: &generator)
      backoff.linkStood(for: .milliseconds(80))
    }
    #expect(backoff.next(using: &generator) >= .seconds(15))
    backoff.linkStood(for: .seconds(60))
    #expect(backoff.next(using: &generator) <= .milliseconds(250))
  }

  @Test func aCrossedDialIsRetriedWhicheverSideClosedFirst() {
    #expect(SyncEngine.isCrossed("\(LinkFailure.superseded)"))
    #expect(SyncEngine.isCrossed("\(LinkFailure.peerClosed("\(LinkFailure.superseded)"))"))
    #expect(!SyncEngine.isCrossed("\(LinkFailure.peerClosed("this node is stopping"))"))
    #expect(!SyncEngine.isCrossed("nobody listens there"))
  }
}
