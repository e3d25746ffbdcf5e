import Agreements
import FoundationEssentials
import GRDB
public import Records
public import SyncProtocol

extension LocalReplica {
  /// What this node says first to a peer.
  public func hello(
    to peer: NodeName, federation: String, window: UInt64, now: Instant
  ) throws(ReplicaError) -> Hello {
    try read { store in
      Hello(
        federation: federation, node: store.me, clock: now,
        agreements: store.sharedTerms(with: peer, at: now).map(\.agreement.digest).sorted(),
        sending: try store.sending(to: peer)?.last, received: try store.received(from: peer),
        receivedSignature: try store.receivedSignature(from: peer) ?? Data(), window: window)
    }
  }

  /// Matches the stored positions with what a peer's hello says. Where they do not match, a new
  /// epoch begins and the two sides' items are compared: then only what is missing goes again.
  ///
  /// A hello that shows more of this node's stream than it knows itself, under its own signature,
  /// says that this node was restored from a backup: it has to relearn before it goes on.
  public func resume(
    _ hello: Hello, from peer: NodeName, now: Instant,
    using generator: inout some RandomNumberGenerator
  ) throws(ReplicaError) -> LinkPositions {
    let epoch = Epoch(using: &generator)
    return try write { store in
      try store.noteMinorVersion(hello.minor, of: peer)
      try store.lookAgainAtDocuments(hello, of: peer, now: now)
      let acknowledged = try store.matched(hello, from: peer)
      try store.lookAgainAtRefused(by: peer, dueBy: nil, now: now)
      if acknowledged == nil, try store.wasRestored(hello, from: peer) {
        try store.beginRelearning(with: peer, now: now)
      }
      let start = try acknowledged ?? store.begin(epoch, to: peer)
      if acknowledged == nil, try store.hasDealt(with: peer, hello) {
        try store.setMustReconcile(true, with: peer)
      }
      return LinkPositions(
        acknowledged: start, received: try store.received(from: peer),
        receivedSignature: try store.receivedSignature(from: peer),
        mustReconcile: try store.mustReconcile(with: peer),
        isRelearning: try store.isRelearning)
    }
  }

  /// Notes that a peer has made everything up to a position durable.
  public func acknowledged(
    _ position: StreamPosition, refusals: [Refusal] = [], by peer: NodeName, now: Instant
  ) throws(ReplicaError) {
    try write { store in
      // Which changes these are stands among what is not acknowledged yet.
      for refusal in refusals { try store.note(refusal, by: peer, now: now) }
      try store.acknowledge(position, by: peer)
      try store.noteSync(with: peer, at: now)
    }
  }

  /// Notes that this node and a peer had nothing more for each other.
  public func synced(with peer: NodeName, now: Instant) throws(ReplicaError) {
    try write { try $0.noteSync(with: peer, at: now) }
  }
}

extension Store {
  /// Changes how it stands with the writes of the entries to a peer, up to a sequence number, that are not
  /// acknowledged yet.
  private func changeUnderWay(
    to peer: NodeName, upTo sequence: UInt64, _ edit: (inout Disclosed) -> Void
  ) throws {
    for row in try rows(
      """
      SELECT change, places FROM outgoing
      WHERE peer = ? AND sequence <= ? AND change IS NOT NULL AND places IS NOT NULL
      """, [peer.description, Int64(clamping: sequence)])
    {
      let number: Int64 = row["change"]
      let places = Places(row["places"] as Data).map { WritePlace(change: number, place: $0) }
      try change(places, disclosedTo: peer, edit)
    }
  }

  func acknowledge(_ position: StreamPosition, by peer: NodeName) throws {
    guard var sending = try sending(to: peer), position.epoch == sending.last.epoch,
      position.sequence >= sending.acknowledged.sequence
    else { return }
    sending.acknowledged = position
    try setSending(sending, to: peer)
    // What was called in doubt while it was under way has arrived all the same.
    if try exists(
      """
      SELECT 1 FROM outgoing u JOIN disclosure d ON d.peer = u.peer AND d.change = u.change
      WHERE u.peer = ? AND u.sequence <= ? AND d.resend = 1 LIMIT 1
      """, [peer.description, Int64(clamping: position.sequence)])
    {
      try changeUnderWay(to: peer, upTo: position.sequence) { disclosed in
        if disclosed.resend == 1 { disclosed.wasHad = true }
      }
    }
    try run(
      "DELETE FROM outgoing WHERE peer = ? AND sequence <= ?",
      [peer.description, Int64(clamping: position.sequence)])
  }

  /// Notes that this node and a peer were in step then.
  func noteSync(with peer: NodeName, at now: Instant) throws {
    try run(
      "UPDATE link_out SET last_sync = max(coalesce(last_sync, 0), ?) WHERE peer = ?",
      [now.milliseconds, peer.description])
  }

  /// The position that both sides know, from which this node's stream goes on.
  fileprivate func matched(_ hello: Hello, from peer: NodeName) throws -> StreamPosition? {
    guard let sending = try sending(to: peer) else { return nil }
    guard let position = hello.received else {
      return sending.acknowledged.sequence == 0 ? sending.acknowledged : nil
    }
    guard try isKnown(position, of: sending, to: peer) else { return nil }
    try doubtUnanswered(upTo: position, by: peer)
    try acknowledge(position, by: peer)
    return position
  }

  /// What a peer took in while its answer was lost: whether it refused any of that nobody told, so it
  /// goes again, once. It has it, or has set it aside.
  private func doubtUnanswered(upTo position: StreamPosition, by peer: NodeName) throws {
    try changeUnderWay(to: peer, upTo: position.sequence) { disclosed in
      guard disclosed.retractedAt == nil else { return }
      (disclosed.refused, disclosed.wasHad, disclosed.retryAt) = ("unanswered", true, 0)
    }
  }

  /// Whether there is anything to compare: a first meeting has nothing.
  fileprivate func hasDealt(with peer: NodeName, _ hello: Hello) throws -> Bool {
    try hello.received != nil
      || exists("SELECT 1 FROM disclosure WHERE peer = ? LIMIT 1", [peer.description])
  }

  /// Starts a new epoch. Entries without values that were under way go again; documents too, since
  /// the peer may have lost them. What of the rest is missing, reconciliation finds.
  fileprivate func begin(_ epoch: Epoch, to peer: NodeName) throws -> StreamPosition {
    let start = StreamName(from: me, to: peer).start(of: epoch)
    let before = try sending(to: peer)
    let name = peer.description
    try run(
      """
      INSERT INTO due (peer, body)
      SELECT peer, body FROM outgoing WHERE peer = ? AND body IS NOT NULL ORDER BY sequence
      """, [name])
    for table in ["outgoing", "sent_document"] {
      try run("DELETE FROM \(table) WHERE peer = ?", [name])
    }
    try setNumber("documents for \(peer)", to: -1)
    try run("INSERT INTO link_epoch VALUES (?, ?) ON CONFLICT DO NOTHING", [name, epoch.bytes])
    try setSending(
      OutgoingPosition(
        last: start, acknowledged: start, cursor: before?.cursor ?? 0,
        terms: before?.terms ?? Data()),
      to: peer)
    return start
  }

  /// A refusal that may have been for want of a document, a clock or room is tried again with the next
  /// connection, and while this one stands after a minute, then twice as long each time, up to about
  /// a day.
  fileprivate func note(_ refusal: Refusal, by peer: NodeName, now: Instant) throws {
    guard QuarantineEntry.passing.contains(refusal.reason) else { return }
    let candidates = try loggedChanges(
      "WHERE c.no IN (SELECT change FROM outgoing WHERE peer = ? AND sequence = ?)",
      [peer.description, Int64(clamping: refusal.sequence)])
    for found in candidates where found.header.id == refusal.change {
      let number = found.number
      try change(
        try disclosed(number, to: peer).keys.map { WritePlace(change: number, place: $0) },
        disclosedTo: peer
      ) { disclosed in
        guard disclosed.retractedAt == nil else { return }
        (disclosed.refused, disclosed.wasHad) = (refusal.reason, true)
        disclosed.retryAt = now.milliseconds + (60_000 << min(disclosed.refusals, 10))
        disclosed.refusals = min(disclosed.refusals + 1, 11)
      }
    }
  }

  /// A peer that does not name an agreement to which both are parties did not take its documents
  /// when they came, or was set back: they go again, once for each connection.
  fileprivate func lookAgainAtDocuments(
    _ hello: Hello, of peer: NodeName, now: Instant
  ) throws {
    let shared = sharedTerms(with: peer, at: now).map(\.agreement.digest)
    guard !Set(shared).isSubset(of: hello.agreements) else { return }
    try run("DELETE FROM sent_document WHERE peer = ?", [peer.description])
    try setNumber("documents for \(peer)", to: -1)
  }

  /// Has what a peer refused go again, as far as it may go now. Until it does, it counts as refused.
  /// - Parameter due: only what is due by then; all of it where there is none.
  func lookAgainAtRefused(by peer: NodeName, dueBy due: Instant?, now: Instant) throws {
    let name = peer.description
    let due = due?.milliseconds ?? .max
    try run(
      """
      INSERT INTO backfill (peer, record)
      SELECT DISTINCT d.peer, r.id FROM disclosure d JOIN change c ON c.no = d.change
      JOIN record r ON r.no = c.record WHERE d.peer = ? AND d.refused IS NOT NULL
      AND d.retry_at <= ? ON CONFLICT DO NOTHING
      """, [name, due])
    try run(
      """
      UPDATE disclosure SET resend = 1, retry_at = ? + (60000 << min(refusals, 10)),
      refusals = min(refusals + 1, 11)
      WHERE peer = ? AND refused IS NOT NULL AND retry_at <= ?
      """, [now.milliseconds, name, due])
  }
}
