import Agreements
import FoundationEssentials
import GRDB
public import Records
public import SyncProtocol
import Synchronization

/// What a peer asked about last: its questions come one after the other, about one snapshot.
final class AnsweringSets: Sendable {
  private typealias Kept = (peer: NodeName, session: Epoch, set: ReconciliationSet)
  /// The one that was used last stands last.
  private let sets = Mutex<[Kept]>([])

  func set(of session: Epoch, with peer: NodeName) -> ReconciliationSet? {
    sets.withLock { sets in
      guard
        let place = sets.firstIndex(where: { $0.peer == peer && $0.session == session })
      else { return nil }
      sets.append(sets.remove(at: place))
      return sets.last?.set
    }
  }

  func keep(_ set: ReconciliationSet, of session: Epoch, with peer: NodeName) {
    sets.withLock { sets in
      sets.removeAll { $0.peer == peer }
      sets.append((peer, session, set))
      // One that is asked about again is loaded again.
      sets.removeFirst(max(0, sets.count - Limits.Storage.answeringSets))
    }
  }
}

extension LocalReplica {
  /// Loads this side's items of its own stream to a peer, or of the peer's, to ask the peer about.
  public func reconciliation(
    with peer: NodeName, isOfMine: Bool, using generator: inout some RandomNumberGenerator
  ) throws(ReplicaError) -> Reconciliation {
    let session = Epoch(using: &generator)
    return try read { store in
      Reconciliation(
        try store.items(with: peer, isOfMine: isOfMine, session: session), session: session,
        isOfMine: isOfMine)
    }
  }

  /// Answers a peer's question about its stream or this node's.
  public func answer(
    _ question: Reconcile, from peer: NodeName, limits: LinkLimits
  ) throws(ReplicaError) -> Reconcile {
    if let set = answering.set(of: question.session, with: peer) {
      return set.answer(question, limits: limits)
    }
    let set = try read { store in
      try store.items(with: peer, isOfMine: !question.isOfAsker, session: question.session)
    }
    answering.keep(set, of: question.session, with: peer)
    return set.answer(question, limits: limits)
  }

  /// Takes in what a reconciliation found: what the peer lacks goes again as far as it may, what it
  /// should no longer have is retracted again, and what is missing here is asked for.
  /// - Returns: what to ask the peer for, and how much was found to differ.
  public func settle(
    _ found: Reconciliation, with peer: NodeName
  ) throws(ReplicaError) -> SettledReconciliation {
    try write { store in
      var settled = SettledReconciliation()
      for item in found.missingThere.sorted() {
        if try store.sendAgain(item.write, to: peer, isOfMine: found.isOfMine) {
          settled.missingThere += 1
        }
      }
      var wanted: [WriteID] = []
      for item in found.missingHere.sorted() {
        guard try store.isWanted(item.write, from: peer, isOfMine: found.isOfMine) else { continue }
        wanted.append(item.write)
      }
      settled.missingHere = wanted.count
      // What is asked for may not come on this connection: then it is compared again on the next.
      if found.isOfMine, wanted.isEmpty { try store.setMustReconcile(false, with: peer) }
      settled.wants = stride(from: 0, to: wanted.count, by: Limits.Link.idsInMessage).map {
        Want(writes: wanted.dropFirst($0).prefix(Limits.Link.idsInMessage))
      }
      return settled
    }
  }

  /// Has what a peer asks for go to it again, as far as it may have it then.
  public func want(_ want: Want, from peer: NodeName) throws(ReplicaError) {
    try write { store in
      for write in want.writes {
        let isDisclosed = try store.sendAgain(write, to: peer, isOfMine: true)
        if !isDisclosed { _ = try store.sendAgain(write, to: peer, isOfMine: false) }
      }
    }
  }
}

/// What came of comparing one stream.
public struct SettledReconciliation: Hashable, Sendable {
  /// Writes that this node lacks and asks for.
  public internal(set) var missingHere = 0
  /// Writes that the peer lacks and that go again.
  public internal(set) var missingThere = 0
  /// What to ask the peer for.
  public internal(set) var wants: [Want] = []
}

extension Store {
  /// This side's items of a stream. Of this node's own: what was disclosed to the peer, acknowledged
  /// and not retracted; what the peer refused once too, since it has that, or
  /// has set it aside. Of the peer's: what is held for its reasons or was set aside; an erased
  /// value counts as held. What the receiver wrote itself is not compared: it needs nobody's reason
  /// to hold it, and asks for what it lost by its own stream.
  func items(
    with peer: NodeName, isOfMine: Bool, session: Epoch
  ) throws -> ReconciliationSet {
    let isReceiver = isOfMine ? isAuthor(peer, towards: me) : isAuthor(me, towards: peer)
    let sql =
      isOfMine
      ? """
      SELECT d.write_id, c.hlc FROM disclosure d JOIN opening o ON o.write_id = d.write_id
      JOIN change c ON c.id = o.change
      WHERE d.peer = ?1 AND d.retracted_at IS NULL AND NOT (\(isReceiver))
      AND (d.resend < 2 AND d.was_had = 1 OR d.resend = 0
      AND NOT EXISTS (SELECT 1 FROM outgoing u WHERE u.peer = ?1 AND u.change = c.id))
      """
      : """
      SELECT j.write_id, c.hlc FROM justification j JOIN opening o ON o.write_id = j.write_id
      JOIN change c ON c.id = o.change WHERE j.sender = ?1 AND NOT (\(isReceiver))
      UNION SELECT write_id, hlc FROM set_aside WHERE peer = ?1
      """
    let items = try rows(sql, [peer.description]).map { row in
      ReconciliationItem(time: row.stamp("hlc"), write: try row.id("write_id"))
    }
    let stream =
      isOfMine ? StreamName(from: me, to: peer) : StreamName(from: peer, to: me)
    return ReconciliationSet(items, of: stream, session: session)
  }

  /// Has a write go to a peer again that lacks it: one that was disclosed to it, or one that came
  /// from it and that it has lost.
  /// - Returns: whether there is anything to send.
  func sendAgain(_ write: WriteID, to peer: NodeName, isOfMine: Bool) throws -> Bool {
    let key: StatementArguments = [peer.description, write.bytes]
    if isOfMine {
      try run(
        """
        UPDATE disclosure SET resend = 2 WHERE peer = ? AND write_id = ? AND retracted_at IS NULL
        """, key)
    } else {
      try run(
        """
        INSERT INTO give_back SELECT ?1, write_id FROM justification
        WHERE sender = ?1 AND write_id = ?2 GROUP BY write_id ON CONFLICT DO NOTHING
        """, key)
    }
    guard db.changesCount > 0 else { return false }
    try lookAgain(at: write, for: peer)
    return true
  }

  /// Whether a write that only the peer has is to be asked for. One that this node retracted is
  /// retracted once more; of one that it holds and had forgotten to have disclosed, it notes that.
  func isWanted(_ write: WriteID, from peer: NodeName, isOfMine: Bool) throws -> Bool {
    guard isOfMine else {
      // The peer's own stream: whatever was taken in meanwhile is no longer missing.
      return try !exists(
        """
        SELECT 1 FROM justification WHERE sender = ?1 AND write_id = ?2
        UNION ALL SELECT 1 FROM set_aside WHERE peer = ?1 AND write_id = ?2
        """, [peer.description, write.bytes])
    }
    let disclosed = try row(
      "SELECT retracted_at FROM disclosure WHERE peer = ? AND write_id = ?",
      [peer.description, write.bytes])
    if let disclosed {
      if disclosed["retracted_at"] as Int64? != nil {
        try enqueue(.retraction(Retraction(writes: [write], reason: "grant-ended")), for: peer)
      }
      return false
    }
    guard try exists("SELECT 1 FROM opening WHERE write_id = ?", [write.bytes]) else {
      try run(
        "INSERT INTO asked_back VALUES (?, ?) ON CONFLICT DO NOTHING",
        [peer.description, write.bytes])
      return true
    }
    try noteForgottenDisclosure(of: write, to: peer)
    return false
  }

  /// Notes that a peer has a write from here, which this node had forgotten, and looks at it again.
  private func noteForgottenDisclosure(of write: WriteID, to peer: NodeName) throws {
    let unknown = Data(count: Digest.byteCount)
    try run(
      """
      INSERT INTO disclosure (peer, write_id, agreement, grant_id, route, at, epoch)
      VALUES (?, ?, ?, 'relearned', x'', 0, x'') ON CONFLICT DO NOTHING
      """, [peer.description, write.bytes, unknown])
    try lookAgain(at: write, for: peer)
  }

  /// Notes which peers have a write that has just come back. Its author has perhaps lost it as well, and
  /// is given it.
  func noteReturn(of write: WriteID) throws {
    let askers = try rows("SELECT peer FROM asked_back WHERE write_id = ?", [write.bytes])
      .compactMap { NodeName($0["peer"]) }
    guard !askers.isEmpty else { return }
    for peer in askers { try noteForgottenDisclosure(of: write, to: peer) }
    if let author = try header(of: write)?.author, try peers().contains(author) {
      try run(
        "INSERT INTO give_back VALUES (?, ?) ON CONFLICT DO NOTHING",
        [author.description, write.bytes])
      try lookAgain(at: write, for: author)
    }
    try run("DELETE FROM asked_back WHERE write_id = ?", [write.bytes])
  }

  private func header(of write: WriteID) throws -> (author: NodeName, record: RecordID)? {
    try row(
      "SELECT c.header FROM opening o JOIN change c ON c.id = o.change WHERE o.write_id = ?",
      [write.bytes]
    ).map { row in
      let header = try ChangeHeader(row["header"])
      return (author(of: header), header.record)
    }
  }

  private func lookAgain(at write: WriteID, for peer: NodeName) throws {
    guard let record = try header(of: write)?.record else { return }
    try lookAgain(at: [record], for: [peer])
  }
}
