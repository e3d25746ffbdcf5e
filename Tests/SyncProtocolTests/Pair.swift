import Agreements
import Foundation
import Records
import Simulation
import SyncProtocol
import TestSupport
import Testing

/// One link machine and what its test knows about the other end.
struct Pair {
  let me: NodeName
  let peer: NodeName
  let key = SigningKey()
  let peerKey = SigningKey()
  let stream: StreamName
  let start: StreamPosition
  let digest: Digest

  init() throws {
    me = NodeName(agency: try #require(AgencyID("police.here")))
    peer = NodeName(agency: try #require(AgencyID("care.there")))
    stream = StreamName(from: me, to: peer)
    var generator = SeededGenerator(seed: 1)
    start = stream.start(of: Epoch(using: &generator))
    digest = TaggedHash.digest("test")
  }

  func link() -> Link {
    Link(
      identity: LinkIdentity(
        federation: "test", me: me, peer: peer, key: key, peerKeys: [peerKey.publicKey]))
  }

  func hello(from node: NodeName, federation: String = "test", window: UInt64 = 1 << 20) -> Hello {
    Hello(
      federation: federation, node: node, clock: Instant(milliseconds: 0), agreements: [],
      sending: nil, received: nil, window: window)
  }

  /// What a new link makes of a hello: why it closed, where it did.
  func greet(_ hello: Hello) -> LinkFailure? {
    var link = link()
    _ = link.handle(.opened(self.hello(from: me)), at: .zero)
    return Self.closing(link.handle(.received(.hello(hello)), at: .zero))
  }

  func established(window: UInt64 = 1 << 20) -> Link {
    var link = link()
    _ = link.handle(.opened(hello(from: me)), at: .zero)
    _ = link.handle(.received(.hello(hello(from: peer, window: window))), at: .zero)
    _ = link.handle(.resumed(LinkPositions(acknowledged: start, received: nil)), at: .zero)
    _ = link.handle(.prepared(nil), at: .zero)
    return link
  }

  static func closing(_ effects: [LinkEffect]) -> LinkFailure? {
    effects.lazy.compactMap { if case .close(let failure) = $0 { failure } else { nil } }.first
  }
}
