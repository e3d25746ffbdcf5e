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
  /// Sums up this side's items of its own stream to a peer, or of the peer's, to ask the peer about.
  ///
  /// The session is the stream's epoch, which its two ends know and nobody else: so both keep sums under one key.
  public func reconciliation(
    with peer: NodeName, isOfMine: Bool, using generator: inout some RandomNumberGenerator
  ) throws(ReplicaError) -> Reconciliation {
    let stream = ComparedStream(peer: peer, isOfMine: isOfMine)
    let drawn = Epoch(using: &generator)
    guard let session = try read({ try $0.epoch(of: stream) }) else {
      let items = try read { try $0.items(of: stream) }
      return Reconciliation(
        ReconciliationSet(items, of: StreamName(from: peer, to: me), session: drawn),
        session: drawn, isOfMine: isOfMine)
    }
    let set = try summed(stream, in: session) { store in try store.set(of: stream, in: session) }
    return Reconciliation(set, session: session, isOfMine: isOfMine)
  }

  /// Lists this side's items with stamps of some spans, where a comparison has come to them.
  public func items(
    of spans: [StampSpan], with peer: NodeName, isOfMine: Bool
  ) throws(ReplicaError) -> [[ReconciliationItem]] {
    try read { store in
      let stream = ComparedStream(peer: peer, isOfMine: isOfMine)
      let lister = try store.lister(of: stream)
      return try spans.map(lister)
    }
  }

  /// Answers a peer's question about its stream or this node's.
  public func answer(
    _ question: Reconcile, from peer: NodeName, limits: LinkLimits
  ) throws(ReplicaError) -> Reconcile {
    let (stream, session) = (
      ComparedStream(peer: peer, isOfMine: !question.isOfAsker), question.session
    )
    if try read({ try $0.epoch(of: stream) }) == session {
      return try summed(stream, in: session) { store in
        try store.set(of: stream, in: session).answer(
          question, limits: limits, items: try store.lister(of: stream))
      }
    }
    if let set = answering.set(of: session, with: peer) {
      return set.answer(question, limits: limits)
    }
    let set = try read { store in
      ReconciliationSet(
        try store.items(of: stream), of: store.name(of: stream), session: session)
    }
    answering.keep(set, of: session, with: peer)
    return set.answer(question, limits: limits)
  }

  /// Sums up a part of what is new or otherwise in a stream, so that comparing it costs little: for quiet moments.
  /// - Returns: whether there was no more of it.
  public func sumUp(with peer: NodeName, isOfMine: Bool) throws(ReplicaError) -> Bool {
    let stream = ComparedStream(peer: peer, isOfMine: isOfMine)
    let isDone = try read { store in
      guard let session = try store.epoch(of: stream) else { return true }
      return try store.isSummedUp(stream, in: session)
    }
    if isDone { return true }
    return try write { store in
      guard let session = try store.epoch(of: stream) else { return true }
      return try store.sumUp(stream, in: session, limits: limits)
    }
  }

  /// Reads a stream's sums once they are as what they count: bringing them there may take several transactions,
  /// so that others get their turn.
  private func summed<T>(
    _ stream: ComparedStream, in session: Epoch, _ body: (Store) throws -> T
  ) throws(ReplicaError) -> T {
    let ready: T? = try read { store in
      try store.isSummedUp(stream, in: session) ? try body(store) : nil
    }
    if let ready { return ready }
    while true {
      let summed: T? = try write { store in
        try store.sumUp(stream, in: session, limits: limits) ? try body(store) : nil
      }
      if let summed { return summed }
    }
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
  /// The epoch of a stream, as this side knows it.
  func epoch(of stream: ComparedStream) throws -> Epoch? {
    stream.isOfMine
      ? try sending(to: stream.peer)?.last.epoch : try received(from: stream.peer)?.epoch
  }

  /// A stream's items as they are summed up, with those that only stand aside.
  func set(of stream: ComparedStream, in session: Epoch) throws -> ReconciliationSet {
    let key = ReconciliationKey(of: name(of: stream), session: session)
    var parts = try StampSums(stampSums(stream)).parts.map {
      (from: HLC(rawValue: UInt64(bitPattern: $0.from)), sum: $0.sum)
    }
    for item in try itemsAside(of: stream) {
      let index = parts.lastIndex { $0.from <= item.time } ?? 0
      parts[index].sum += key.sum(of: item)
    }
    return ReconciliationSet(parts, key: key)
  }

  /// Lists a stream's items with stamps of a span, as they are now.
  func lister(
    of stream: ComparedStream
  ) throws -> (StampSpan) throws -> [ReconciliationItem] {
    let isSparse = try isSparse(StampSums(stampSums(stream)))
    let aside = try itemsAside(of: stream)
    return { span in
      let stamps = span.from.stored..<max(span.from.stored, span.to?.stored ?? .max)
      let known = try items(of: stream, stamps: stamps, isSparse: isSparse)
      let more = aside.filter { item in
        item.time >= span.from && (span.to.map { item.time < $0 } ?? true)
      }
      return Set(known + more).sorted()
    }
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
