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
    let stream =
      isOfMine ? StreamName(from: me, to: peer) : StreamName(from: peer, to: me)
    let items = isOfMine ? try itemsSent(to: peer) : try itemsReceived(from: peer)
    return ReconciliationSet(Array(items), of: stream, session: session)
  }

  private func itemsSent(to peer: NodeName) throws -> Set<ReconciliationItem> {
    try items(
      """
      SELECT d.places, \(Self.headerColumns) FROM disclosure d JOIN change c ON c.no = d.change
      JOIN signer s ON s.no = c.signer
      WHERE d.peer = ?1 AND d.retracted_at IS NULL AND NOT (\(isAuthor(peer, towards: me)))
      AND (d.resend < 2 AND d.was_had = 1 OR d.resend = 0
      AND NOT EXISTS (SELECT 1 FROM outgoing u WHERE u.peer = ?1 AND u.change = c.no))
      """, peer)
  }

  private func itemsReceived(from peer: NodeName) throws -> Set<ReconciliationItem> {
    let held = try items(
      """
      SELECT h.places, \(Self.headerColumns) FROM reason r JOIN held h ON h.reason = r.no
      JOIN change c ON c.no = h.change JOIN signer s ON s.no = c.signer
      WHERE r.sender = ?1 AND NOT (\(isAuthor(me, towards: peer)))
      """, peer)
    let aside = try rows(
      "SELECT write_id, hlc FROM set_aside WHERE peer = ?", [peer.description]
    ).map { ReconciliationItem(time: $0.stamp("hlc"), write: try $0.id("write_id")) }
    return held.union(aside)
  }

  private func items(_ sql: String, _ peer: NodeName) throws -> Set<ReconciliationItem> {
    var items: Set<ReconciliationItem> = []
    let cursor = try Row.fetchCursor(
      try db.cachedStatement(sql: sql), arguments: [peer.description])
    while let row = try cursor.next() {
      let header = try header(row)
      for place in Places(row["places"] as Data).all {
        items.insert(ReconciliationItem(time: header.time, write: header.commitments[place]))
      }
    }
    return items
  }

  /// Has a write go to a peer again that lacks it: one that was disclosed to it, or one that came
  /// from it and that it has lost.
  /// - Returns: whether there is anything to send.
  func sendAgain(_ write: WriteID, to peer: NodeName, isOfMine: Bool) throws -> Bool {
    guard let logged = try located(write) else { return false }
    if isOfMine {
      let place = logged.at.place
      let stands = try disclosed(logged.at.change, to: peer)[place].map { $0.retractedAt == nil }
      guard stands == true else { return false }
      try change([logged.at], disclosedTo: peer) { $0.resend = 2 }
    } else {
      guard try held(logged.at).contains(where: { $0.reason.sender == peer }) else { return false }
      guard try giveBack(write, to: peer) else { return false }
    }
    try lookAgain(at: [logged.header.record], for: [peer])
    return true
  }

  /// - Returns: whether that was not known before.
  private func giveBack(_ write: WriteID, to peer: NodeName) throws -> Bool {
    try run(
      "INSERT INTO give_back VALUES (?, ?) ON CONFLICT DO NOTHING",
      [peer.description, write.bytes])
    memory.givesBack[peer] = nil
    return db.changesCount > 0
  }

  /// Whether a write that only the peer has is to be asked for. One that this node retracted is
  /// retracted once more; of one that it holds and had forgotten to have disclosed, it notes that.
  func isWanted(_ write: WriteID, from peer: NodeName, isOfMine: Bool) throws -> Bool {
    guard isOfMine else {
      // The peer's own stream: whatever was taken in meanwhile is no longer missing.
      let isHeld = try located(write).map { logged in
        try held(logged.at).contains { $0.reason.sender == peer }
      }
      return try isHeld != true
        && !exists(
          "SELECT 1 FROM set_aside WHERE peer = ? AND write_id = ?",
          [peer.description, write.bytes])
    }
    guard let logged = try located(write) else {
      try run(
        "INSERT INTO asked_back VALUES (?, ?) ON CONFLICT DO NOTHING",
        [peer.description, write.bytes])
      memory.isAskedBack = nil
      return true
    }
    if let disclosed = try disclosed(logged.at.change, to: peer)[logged.at.place] {
      if disclosed.retractedAt != nil {
        try enqueue(.retraction(Retraction(writes: [write], reason: "grant-ended")), for: peer)
      }
      return false
    }
    try noteForgottenDisclosure(of: logged, to: peer)
    return false
  }

  /// Notes that a peer has a write from here, which this node had forgotten, and looks at it again.
  private func noteForgottenDisclosure(of write: LoggedWrite, to peer: NodeName) throws {
    guard let unknown = Digest(Data(count: Digest.byteCount)) else { return }
    let reason = try number(of: .init(sender: nil, agreement: unknown, grant: "relearned"))
    try change(disclosedOf: write.at.change, to: peer) { parts in
      guard parts[write.at.place] == nil else { return }
      parts[write.at.place] = Disclosed(reason: reason, route: Data(), at: 0)
    }
    try lookAgain(at: [write.header.record], for: [peer])
  }

  /// Notes which peers have writes that have just come back. Their author has perhaps lost them as well, and
  /// is given them.
  func noteReturn(of writes: [WriteID]) throws {
    guard try isAnythingAskedBack() else { return }
    for write in writes {
      let askers = try rows("SELECT peer FROM asked_back WHERE write_id = ?", [write.bytes])
        .compactMap { NodeName($0["peer"]) }
      guard !askers.isEmpty, let logged = try located(write) else { continue }
      for peer in askers { try noteForgottenDisclosure(of: logged, to: peer) }
      let author = author(of: logged.header)
      if try peers().contains(author) {
        _ = try giveBack(write, to: author)
        try lookAgain(at: [logged.header.record], for: [author])
      }
      try run("DELETE FROM asked_back WHERE write_id = ?", [write.bytes])
    }
  }

  private func isAnythingAskedBack() throws -> Bool {
    if let known = memory.isAskedBack { return known }
    let found = try exists("SELECT 1 FROM asked_back LIMIT 1", [])
    memory.isAskedBack = found
    return found
  }
}
