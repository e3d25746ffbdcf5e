import Agreements
import Foundation
import Node
import Records
import Replica
import SyncProtocol

/// The steps that read and write a replica: two nodes without a network, one change of one text at a time.
final class HotLink {
  private let police: HotEnd
  private let care: HotEnd
  private let sheets = Sheets(count: 200)
  private var number = 0

  init(under folder: String) throws {
    let pair = try Pair(.all, under: folder)
    _ = try pair.police.node.put(sheets.edits())
    police = try HotEnd(pair.police, towards: pair.care)
    care = try HotEnd(pair.care, towards: pair.police)
    try police.open()
    try care.open()
    try settle()
  }

  /// What is sent has been written before, and what is applied has been sent: each step includes those before it.
  func run(_ path: HotPath, _ count: Int) throws {
    switch path {
    case .write: for _ in 0..<count { try write() }
    case .send:
      for _ in 0..<count { try write() }
      try police.take(.changed)
    default:
      for _ in 0..<count { try write() }
      try police.take(.changed)
      try settle()
      guard try care.changes() == sheets.count + count else { throw BenchError("not all came") }
    }
  }

  private func write() throws {
    let edit = Sheets(count: 0, generation: UInt64(number + 1)).edit(
      number % sheets.count, field: number / sheets.count % 8)
    _ = try police.node.node.put([edit])
    number += 1
  }

  private func settle() throws {
    while true {
      if let message = police.sent.popFirst() {
        try care.take(.received(message))
      } else if let message = care.sent.popFirst() {
        try police.take(.received(message))
      } else {
        return
      }
    }
  }
}

/// One end: a node's replica, its link's state machine, and what it has sent.
private final class HotEnd {
  let node: BenchNode
  var sent: ArraySlice<LinkMessage> = []
  private let peer: NodeName
  private let replica: LocalReplica
  private var link: Link
  private var position: StreamPosition?

  init(_ node: BenchNode, towards other: BenchNode) throws {
    self.node = node
    peer = other.node.configuration.node
    replica = node.node.replica
    link = Link(
      identity: LinkIdentity(
        federation: "concord", me: node.node.configuration.node, peer: peer,
        key: try node.signingKey(), peerKeys: [try other.signingKey().publicKey]),
      limits: LinkLimits())
  }

  func changes() throws -> Int { try node.changes() }

  func open() throws {
    try take(
      .opened(
        try replica.hello(
          to: peer, federation: "concord", window: LinkLimits().windowBytes, now: now)))
  }

  func take(_ event: LinkEvent) throws {
    var effects = link.handle(event, at: .zero)
    while !effects.isEmpty {
      guard let next = try carryOut(effects.removeFirst()) else { continue }
      effects += link.handle(next, at: .zero)
    }
  }

  private var now: Instant { node.node.clock.now() }

  private func carryOut(_ effect: LinkEffect) throws -> LinkEvent? {
    switch effect {
    case .send(let message): sent.append(message)
    case .resume(let hello):
      var generator = SystemRandomNumberGenerator()
      let positions = try replica.resume(hello, from: peer, now: now, using: &generator)
      position = positions.acknowledged
      return .resumed(positions)
    case .prepare:
      guard let after = position else { return .prepared(nil) }
      let batch = try replica.prepare(for: peer, after: after, limits: LinkLimits(), now: now)
      position = batch?.position ?? after
      return .prepared(batch)
    case .apply(let batch):
      let applied = try replica.apply(batch, from: peer, now: now)
      return .applied(applied.position, refusals: applied.refusals)
    case .acknowledged(let position, let refusals):
      try replica.acknowledged(position, refusals: refusals, by: peer, now: now)
    case .close(let failure): throw failure
    default: break
    }
    return nil
  }
}
