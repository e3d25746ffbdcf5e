import Logging
import Records
import Replica
import SyncProtocol

/// What two nodes tell each other of their audits.
extension LinkDriver {
  /// How often a peer is told while a link stands.
  private static let auditInterval: Duration = .seconds(300)

  var isAuditDue: Bool {
    told.map { $0.at.duration(to: .now) > Self.auditInterval } ?? false
  }

  /// Tells the peer how far this node's audit has come, where it has come further. A peer that has yet to learn of a
  /// rotation could not tell who signed it.
  /// - Parameter isNow: whether what nobody has signed yet is signed first in any case.
  mutating func tellAudit(isNow: Bool = false) async throws -> [LinkEffect] {
    guard knowsSigningKey else { return [] }
    let (peer, key) = (session.peer, context.node.keys.signing)
    let exchange = try await context.replica { replica, now in
      try replica.signAudit(with: key, now: now, isNow: isNow)
      return try replica.auditExchange(with: peer)
    }
    let count = exchange.mine?.count ?? 0
    let isFurther = told.map { $0.count < count } ?? true
    told = (count, .now)
    guard isFurther, exchange.mine != nil || exchange.yours != nil else { return [] }
    return handle(.audit(exchange))
  }

  func keep(_ exchange: AuditExchange) async throws {
    let peer = session.peer
    let rewritten = try await context.replica { replica, now in
      try replica.keep(exchange, from: peer, now: now)
    }
    guard let rewritten else { return }
    logger.error(
      "the audit of the peer was rewritten, or set back by a restore: concord audit checkpoints",
      metadata: ["entries": "\(rewritten.first.count) and \(rewritten.second.count)"])
  }
}
