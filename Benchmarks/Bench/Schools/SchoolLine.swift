import Foundation
import NIOPosix
import Records
import Replica
import SyncProtocol
import Transport

/// Carries out what one school's link wants, event by event, as a node's own sessions do.
actor SchoolLine {
  private var link: Link
  private let replica: LocalReplica
  private let peer: NodeName
  private let threads: NIOThreadPool
  private let writer: Connection.Writer
  private let tell: @Sendable (SchoolEvent) -> Void
  private let opened = ContinuousClock.now
  private var position: StreamPosition?

  init(
    link: Link, replica: LocalReplica, peer: NodeName, threads: NIOThreadPool,
    writer: Connection.Writer, tell: @escaping @Sendable (SchoolEvent) -> Void
  ) {
    self.link = link
    self.replica = replica
    self.peer = peer
    self.threads = threads
    self.writer = writer
    self.tell = tell
  }

  nonisolated func run(_ reader: Connection.Reader) async throws {
    let peer = peer
    let hello = try await stored { replica, now in
      try replica.hello(
        to: peer, federation: "concord", window: LinkLimits().windowBytes, now: now)
    }
    try await take(.opened(hello))
    let ticking = Task {
      while !Task.isCancelled {
        try await Task.sleep(for: .seconds(1))
        try await self.take(.tick)
      }
    }
    defer { ticking.cancel() }
    try await reader.forEach { try await self.take(.received($0)) }
  }

  private func take(_ event: LinkEvent) async throws {
    var effects = link.handle(event, at: opened.duration(to: .now))
    while !effects.isEmpty {
      guard let next = try await carryOut(effects.removeFirst()) else { continue }
      effects += link.handle(next, at: opened.duration(to: .now))
    }
  }

  /// - Returns: what follows from it.
  private func carryOut(_ effect: LinkEffect) async throws -> LinkEvent? {
    let peer = peer
    switch effect {
    case .send(let message): try await writer.write(message)
    case .resume(let hello):
      let positions = try await stored { replica, now in
        var generator = SystemRandomNumberGenerator()
        return try replica.resume(hello, from: peer, now: now, using: &generator)
      }
      position = positions.acknowledged
      return .resumed(positions)
    case .prepare: return .prepared(try await prepared())
    case .apply(let batch):
      let applied = try await stored { try $0.apply(batch, from: peer, now: $1) }
      if applied.changes > 0 { tell(.applied(.now)) }
      return .applied(applied.position, refusals: applied.refusals)
    case .acknowledged(let position, let refusals):
      try await stored {
        try $0.acknowledged(position, refusals: refusals, by: peer, now: $1)
      }
    case .established: tell(.established)
    case .close(let failure): throw failure
    default: break
    }
    return nil
  }

  private func prepared() async throws -> PreparedBatch? {
    guard let after = position else { return nil }
    let peer = peer
    let batch = try await stored {
      try $0.prepare(for: peer, after: after, limits: LinkLimits(), now: $1)
    }
    if let batch { position = batch.position }
    return batch
  }

  private func stored<T: Sendable>(
    _ body: @escaping @Sendable (LocalReplica, Instant) throws -> T
  ) async throws -> T {
    let replica = replica
    return try await threads.runIfActive {
      try body(replica, Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)))
    }
  }
}
