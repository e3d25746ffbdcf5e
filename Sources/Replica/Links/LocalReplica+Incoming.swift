import Agreements
import FoundationEssentials
import GRDB
public import Records
public import SyncProtocol

/// What came of a batch.
public struct AppliedBatch: Sendable {
  /// Up to where the peer's stream is durable now.
  public let position: StreamPosition
  /// What was kept aside, for the peer's administrator.
  public let refusals: [Refusal]
  /// How many changes brought something new.
  public let changes: Int
  /// Whether agreements, profiles or members changed.
  public let documentsChanged: Bool
}

extension LocalReplica {
  /// Takes in a batch whose chain and signature hold, in one transaction. What may not be applied
  /// goes to quarantine; a value that this agency may not have is not stored anywhere.
  /// - Parameter key: the agency's own, with which it admits what its devices wrote.
  public func apply(
    _ batch: CheckedBatch, from peer: NodeName, admittingWith key: SigningKey? = nil, now: Instant
  ) throws(ReplicaError) -> AppliedBatch {
    try write { store in
      var intake = Intake(peer: peer, limits: limits, now: now)
      intake.admitter = key
      let start = try store.lastPosition()
      for (entry, position) in zip(batch.batch.entries, batch.positions) {
        try store.take(entry, at: position.sequence, into: &intake)
      }
      if intake.documentsChanged {
        intake.changes += try retryHeld(&store, admittingWith: key, now: now)
      }
      guard let last = batch.positions.last else {
        throw ReplicaError.storage("an empty batch")
      }
      try store.setReceived(last, signature: batch.batch.signature, from: peer)
      if intake.bringsOnlyNewChanges, !intake.taken.isEmpty {
        try store.passOver(from: start, by: intake.taken.count, for: peer)
      }
      try store.audit(
        received: intake.taken, of: intake.records, upTo: last, from: peer, at: now)
      // With the batch: in a transaction of its own it would keep the acknowledgement waiting.
      if intake.changes > 0 || intake.documentsChanged { try store.noteSync(with: peer, at: now) }
      return AppliedBatch(
        position: last, refusals: intake.refusals, changes: intake.changes,
        documentsChanged: intake.documentsChanged)
    }
  }

  /// Applies what was held in quarantine and whose time, agreement or author has come.
  /// - Parameter key: the agency's own, with which it admits what its devices wrote.
  /// - Returns: how many changes were applied.
  public func retryHeld(
    admittingWith key: SigningKey? = nil, now: Instant
  ) throws(ReplicaError) -> Int {
    let isDue = try read { store in
      try store.exists(
        "SELECT 1 FROM quarantine WHERE is_held = 1 AND held_until <= ?", [now.milliseconds])
        || store.someLateAuthorIsBack(at: now)
    }
    return isDue ? try write { try retryHeld(&$0, admittingWith: key, now: now) } : 0
  }

  func retryHeld(
    _ store: inout Store, admittingWith key: SigningKey? = nil, now: Instant
  ) throws -> Int {
    var changes = 0
    var rooms: [NodeName: QuarantineRoom] = [:]
    var taken: [AuditedChange] = []
    let held = try store.rows(
      "SELECT * FROM quarantine WHERE is_held = 1 AND coalesce(held_until, 0) <= ? ORDER BY id",
      [now.milliseconds])
    for row in held {
      guard let peer = NodeName(row["peer"]), case .change(let shared)? = try store.heldEntry(row)
      else { continue }
      var room = try rooms[peer] ?? store.quarantineRoom(of: peer, within: limits)
      room.giveBack(row["entry"], writes: shared.writeIDs.count)
      try store.run("DELETE FROM quarantine WHERE id = ?", [row["id"] as Int64])
      for write in shared.writeIDs {
        try store.run(
          "DELETE FROM set_aside WHERE peer = ? AND write_id = ?",
          [peer.description, write.bytes])
      }
      var intake = Intake(peer: peer, limits: limits, now: now, room: room)
      intake.received = Instant(milliseconds: row["received_at"])
      intake.admitter = key
      try store.take(shared, at: 0, into: &intake)
      taken += intake.taken
      rooms[peer] = intake.room
      changes += intake.changes
    }
    try store.audit(released: taken, at: now)
    return changes
  }
}

/// What taking in a batch adds up to.
struct Intake {
  let peer: NodeName
  let limits: ReplicaLimits
  let now: Instant
  /// When it came: earlier than now for what was held.
  var received: Instant
  /// What may still be kept aside of the peer, once that has been looked up.
  var room: QuarantineRoom?
  var refusals: [Refusal] = []
  var changes = 0
  var documentsChanged = false
  /// What is taken in, and of which records, for the audit.
  var taken: [AuditedChange] = []
  var records: Set<RecordID> = []
  /// The agency's own key, with which it admits what its devices wrote.
  var admitter: SigningKey?
  /// Whether all that came was changes of others that were not here at all: then nothing of it has to be looked at
  /// for whoever sent it.
  var bringsOnlyNewChanges = true
  /// Whether an administrator lets in what a device wrote whose key does not count any more.
  var isReviewed = false
  /// Batches whose signature was found to hold while this was taken in.
  var roots = VerifiedRoots()

  init(peer: NodeName, limits: ReplicaLimits, now: Instant, room: QuarantineRoom? = nil) {
    self.peer = peer
    self.limits = limits
    self.now = now
    self.room = room
    received = now
  }

  var drift: Int64 { limits.driftMilliseconds }

  /// Tells the sender once for each change and reason.
  mutating func refuse(_ change: ChangeID, at sequence: UInt64, for reason: String) {
    let refusal = Refusal(sequence: sequence, change: change, reason: reason)
    let same = refusals.reversed().prefix { $0.sequence == sequence && $0.change == change }
    if !same.contains(refusal) { refusals.append(refusal) }
  }
}

extension Store {
  mutating func take(_ entry: Entry, at sequence: UInt64, into intake: inout Intake) throws {
    if case .change = entry {} else { intake.bringsOnlyNewChanges = false }
    switch entry {
    case .void: break
    case .document(let document):
      if let enrolment = self.enrolment(in: document, from: intake.peer) {
        try enrol(enrolment)
      } else if try !isHere(document), let document = acceptable(document, from: intake.peer),
        try add(document, from: intake.peer)
      {
        intake.documentsChanged = true
      }
    case .change(let shared): try take(shared, at: sequence, into: &intake)
    case .retraction(let retraction):
      try take(retraction, from: intake.peer, now: intake.now)
      intake.changes += 1
    case .receipt(let receipt): try take(receipt, from: intake.peer, now: intake.now)
    case .equivocation(let evidence):
      if try take(evidence, from: intake.peer, now: intake.now) { intake.changes += 1 }
    }
  }

  func take(_ shared: SharedChange, at sequence: UInt64, into intake: inout Intake) throws {
    do {
      let judgement = try judge(shared, in: &intake)
      if !judgement.applicable.isEmpty, try takeIn(judgement, of: shared, into: &intake) {
        intake.changes += 1
      }
      for objection in judgement.objections {
        try set(aside: shared, objection, at: sequence, &intake)
      }
    } catch let objection as Objection {
      if let evidence = objection.evidence {
        try note(evidence, from: intake.peer, now: intake.now)
      }
      try set(aside: shared, objection, at: sequence, &intake)
    }
  }

  /// - Returns: whether it brought anything new.
  private func takeIn(
    _ judgement: Judgement, of shared: SharedChange, into intake: inout Intake
  ) throws -> Bool {
    let peer = intake.peer
    let (header, applicable) = (shared.change.header, judgement.applicable)
    try noteCaseload(header, from: peer)
    let (number, isNewHere, new) = try append(
      applicable.map(\.write), of: header, shared.change.proof)
    // What this node wrote and lost has gone to the peer and is disclosed to it anew.
    if !isNewHere || isAuthor(me, of: header, towards: peer) { intake.bringsOnlyNewChanges = false }
    if let admission = judgement.admission { try keep(admission, of: header.id) }
    let places = applicable.compactMap { write, justification in
      header.place(of: write.id).map { (place: $0, justification) }
    }
    intake.records.insert(header.record)
    intake.taken.append(
      AuditedChange(number: number, id: header.id, places: Places(places.map(\.place))))
    let reasons = try justify(
      places, of: number, isNewHere: isNewHere, from: peer, agreement: shared.agreement)
    // What was held already may now be passed on.
    let isFurther = reasons.contains { !new.contains(header.commitments[$0]) }
    if isFurther { try lookAgain(at: [header.record]) }
    try forgetAside(applicable.map(\.write.id), of: header, from: peer)
    return !new.isEmpty || !reasons.isEmpty
  }

  /// What a peer's stream brought at last is aside in it no longer. The change leaves the quarantine
  /// once everything of it that was refused for want of something is here, whoever brought it.
  private func forgetAside(
    _ writes: [WriteID], of header: ChangeHeader, from peer: NodeName
  ) throws {
    guard try isAnythingAside() else { return }
    var wasAside = false
    for write in writes {
      wasAside =
        try wasAside || exists("SELECT 1 FROM set_aside WHERE write_id = ?", [write.bytes])
      try run(
        "DELETE FROM set_aside WHERE peer = ? AND write_id = ?", [peer.description, write.bytes])
    }
    guard wasAside else { return }
    let change = try change(of: header)
    let held = Set(change?.openings.map { header.commitments[$0.place] } ?? [])
    for commitment in header.commitments {
      let isAside = try exists("SELECT 1 FROM set_aside WHERE write_id = ?", [commitment.bytes])
      if isAside, !held.contains(commitment) { return }
    }
    for reason in QuarantineEntry.askable.sorted() {
      try run(
        "DELETE FROM quarantine WHERE change = ? AND reason = ? AND is_held = 0",
        [header.id.bytes, reason])
    }
  }

  private func isAnythingAside() throws -> Bool {
    if let known = memory.isAside { return known }
    let found = try exists("SELECT 1 FROM set_aside LIMIT 1", [])
    memory.isAside = found
    return found
  }

  /// Keeps a change aside. Only of what may yet be applied are the values kept. What was set aside
  /// counts as held when streams are compared: it did arrive.
  private func set(
    aside shared: SharedChange, _ objection: Objection, at sequence: UInt64,
    _ intake: inout Intake
  ) throws {
    let header = shared.change.header
    let held = objection.isHeld ? permitted(shared, for: intake) : nil
    var objection = objection
    if objection.isHeld, held == nil {
      // It would wait for its time, but nothing of it may be here now: it has to be sent again.
      objection.detail = "\(objection.reason): \(objection.detail)"
      objection.reason = "not-permitted"
      objection.until = nil
    }
    let kept =
      held.map { Entry.change($0).encoded() }
      ?? TaggedHash.message("concord/v1/evidence", header.bytes, shared.change.proof.encoded())
    let writes = objection.write.map { [$0] } ?? shared.writeIDs
    var room = try intake.room ?? quarantineRoom(of: intake.peer, within: intake.limits)
    defer { intake.room = room }
    guard room.holds(kept, writes: writes.count) else {
      try countOverflow(of: intake.peer, now: intake.now)
      return intake.refuse(header.id, at: sequence, for: Refusal.quarantineFull)
    }
    let (stored, number) = try held == nil ? (kept, nil) : sealedEntry(kept, of: header.id)
    try run(
      """
      INSERT INTO quarantine
      (change, peer, author, reason, detail, held_until, is_held, entry, digest, received_at, key)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
      """,
      [
        header.id.bytes, intake.peer.description, header.author.description, objection.reason,
        objection.detail, objection.until?.milliseconds, held != nil, stored,
        TaggedHash.digest("concord/v1/aside", kept).bytes, intake.received.milliseconds, number,
      ])
    if db.changesCount > 0 { room.take(kept, writes: writes.count) }
    memory.isAside = nil
    for write in writes where !isAuthor(me, of: header, towards: intake.peer) {
      try run(
        "INSERT INTO set_aside VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        [intake.peer.description, write.bytes, header.time.stored])
    }
    intake.refuse(header.id, at: sequence, for: objection.reason)
  }

  /// The part of a change that this agency may have: no other value is kept, not even aside.
  private func permitted(
    _ shared: SharedChange, for intake: Intake
  ) -> SharedChange? {
    let header = shared.change.header
    if isWithinAgency(intake.peer), me.isDevice || header.author == me.agency { return shared }
    let parts = zip(shared.change.openings, shared.justifications).filter { opening, reason in
      guard let write = try? Write(opening.bytes, before: header.time) else { return false }
      return partnership.covers(
        write.field, of: header.recordType, grant: reason.grant, agreement: shared.agreement,
        sender: intake.peer.agency, receiver: me.agency, at: intake.received, drift: intake.drift,
        change: header)
    }
    guard !parts.isEmpty else { return nil }
    return SharedChange(
      change: DisclosedChange(
        header: header, proof: shared.change.proof, openings: parts.map(\.0)),
      agreement: shared.agreement, justifications: parts.map(\.1), admission: shared.admission)
  }

  /// A document as far as it may have an effect here: valid signatures only, and only under an
  /// agreement that was adopted here or that this agency has signed. Nothing where it has none.
  private func acceptable(_ document: SignedDocument, from peer: NodeName) -> SignedDocument? {
    if peer.agency == me.agency {
      // A device takes what its agency goes by; an agency takes no documents from its devices.
      return me.isDevice && document.kind.isShared ? document : nil
    }
    switch document.kind {
    case .card, .enrolment, .deviceRequest: return nil
    case .delegation, .revocation, .rotation:
      return partnership.keepingSignatures(of: document)
    case .profile:
      // Profiles are pinned, not signed: signatures under one are nobody's.
      return (try? ProfileFile(document, source: "profile")).map { _ in
        SignedDocument(kind: .profile, body: document.body)
      }
    case .membership:
      guard let membership = try? Membership(document, source: "membership"),
        partnership.lineages[membership.lineage] != nil
      else { return nil }
      return partnership.keepingSignatures(of: document)
    case .suspension, .exit, .release:
      return acceptable(notice: document)
    case .agreement:
      guard let agreement = try? Agreement(document, source: "agreement") else { return nil }
      // What the parties to the version before say of it may be signed with keys that it does not pin.
      let signed = document.keepingSignatures { agency in
        let pinned = agreement.cards[agency].map(partnership.keys(from:))?.signingKeys ?? []
        return pinned + (partnership.keys(of: agency)?.signingKeys ?? [])
      }
      if let adopted = partnership.lineages[agreement.lineage], let last = adopted.last?.agreement {
        let isKnown = adopted.contains { $0.agreement.digest == document.id }
        return isKnown || agreement.version == last.version + 1 ? signed : nil
      }
      // The cards in it may be anybody's make: this agency's must be its own.
      guard let own = partnership.card(of: me.agency),
        agreement.cards[me.agency].map(own.pins) == true
      else { return nil }
      let hasSigned = signed?.signatures.contains { $0.agency == me.agency } ?? false
      return hasSigned && agreement.isComplete ? signed : nil
    }
  }
}
