import Agreements
import FoundationEssentials
import GRDB
import Records
import SyncProtocol

/// Why a change, or one write of it, is kept aside and not applied.
struct Objection: Error {
  /// A word for scripts, refusals and logs.
  var reason: String
  /// More for the administrator: which field or key; never a value.
  var detail: String
  /// Whether it may yet be applied: when its time comes, or what it depends on.
  var isHeld = false
  /// When its time comes.
  var until: Instant?
  /// The one write that it concerns; nothing where it is the whole change.
  var write: WriteID?
  /// Proof that its author signed another change under the same stamp.
  var evidence: Equivocation?

  static let late = "late"
}

/// A change that was checked, with the writes that may be applied and those that may not.
struct Judgement {
  var applicable: [(write: DisclosedChange.CheckedWrite, SharedChange.Justification)] = []
  var objections: [Objection] = []
  /// That the author has admitted it, where one of its devices signed it.
  var admission: Admission?
}

extension Store {
  /// Checks a change that a peer shares: who wrote it and when, that it is whole, and for each write
  /// that this agency may have it and its author might write it.
  /// - Throws: `Objection` where nothing of it may be applied.
  func judge(_ shared: SharedChange, in intake: inout Intake) throws -> Judgement {
    let header = shared.change.header
    let (drift, now) = (intake.drift, intake.now)
    let latest = now.advanced(byMilliseconds: drift)
    guard header.time.instant <= latest else {
      throw Objection(
        reason: "future-stamp", detail: "stamped \(header.time.instant)", isHeld: true,
        until: header.time.instant.advanced(byMilliseconds: -drift))
    }
    let (writes, admission) = try verified(shared, in: &intake)
    if let other = try otherSide(of: header) {
      let mine = Equivocation.Side(header: header, proof: shared.change.proof)
      throw Objection(
        reason: "equivocation", detail: "another change has the same key and stamp",
        evidence: Equivocation(mine, other))
    }
    if let type = try type(of: header.record), type != header.recordType {
      throw Objection(reason: "record-type", detail: "the record is a \(type)")
    }
    try checkInTime(header, from: intake.peer, received: intake.received, now: now)
    var judgement = Judgement(admission: admission)
    for (write, justification) in zip(writes, shared.justifications) {
      let objection = self.objection(
        to: write.write, of: header, justification, shared, from: intake.peer, drift: drift,
        received: intake.received)
      if var objection {
        objection.write = write.id
        judgement.objections.append(objection)
      } else {
        judgement.applicable.append((write, justification))
      }
    }
    return judgement
  }

  /// An HLC can be backdated, so what an agency wrote before it was suspended or left must come in
  /// time. What is here already came in time, further openings of it included.
  private func checkInTime(
    _ header: ChangeHeader, from peer: NodeName, received: Instant, now: Instant
  ) throws {
    guard let lapse = partnership.lateness(of: header, received: received, now: now),
      !partnership.vouches(peer.agency, for: header, at: now),
      try change(of: header) == nil
    else { return }
    let why = lapse.kind == .left ? "has left" : "is suspended"
    throw Objection(
      reason: Objection.late,
      detail: "\(header.author) \(why) since \(lapse.since), and it came after "
        + "\(lapse.acceptUntil): a principal may release it",
      isHeld: true)
  }

  /// The agreement version that judges a change: the one that its header names; or, where its
  /// author wrote under an agreement to which this agency is no party, the one by which it is shared.
  private func judging(_ shared: SharedChange) -> Partnership.Term? {
    let header = shared.change.header
    guard partnership.lineages[header.lineage] != nil else {
      return partnership.term(digest: shared.agreement)
    }
    return partnership.term(digest: header.agreement).flatMap {
      $0.agreement.lineage == header.lineage ? $0 : nil
    }
  }

  private func verified(
    _ shared: SharedChange, in intake: inout Intake
  ) throws -> (writes: [DisclosedChange.CheckedWrite], admission: Admission?) {
    let (change, header) = (shared.change, shared.change.header)
    guard let term = judging(shared) else {
      throw Objection(
        reason: "unknown-agreement", detail: "\(header.lineage) \(header.agreement)", isHeld: true)
    }
    guard let card = partnership.card(of: header.author, in: term.agreement) else {
      throw Objection(
        reason: "unknown-author", detail: "\(header.author) is no party here", isHeld: true)
    }
    let signer = try signer(of: shared, card, from: intake.peer)
    let writes: [DisclosedChange.CheckedWrite]
    do {
      writes = try change.verify(
        by: signer.key, knowing: &intake.roots, ids: shared.writeIDs)
    } catch {
      throw Objection(reason: error.code, detail: error.description)
    }
    guard signer.awaitsAdmission else { return (writes, signer.admission) }
    return (writes, try admit(header, in: intake))
  }

  private func objection(
    to write: Write, of header: ChangeHeader, _ justification: SharedChange.Justification,
    _ shared: SharedChange, from peer: NodeName, drift: Int64, received: Instant
  ) -> Objection? {
    let (name, type) = (write.field, header.recordType)
    let mayHave =
      // Within an agency its own node decides what a device may have.
      header.author == me.agency || (me.isDevice && isWithinAgency(peer))
      || partnership.covers(
        name, of: type, grant: justification.grant, agreement: shared.agreement,
        sender: peer.agency, receiver: me.agency, at: received, drift: drift, change: header,
        remembering: memory.decisions)
    guard mayHave else {
      return Objection(
        reason: "not-permitted",
        detail: "\(type).\(name) under grant \(justification.grant) may not come here")
    }
    let lineage = judging(shared)?.agreement.lineage ?? header.lineage
    let decision = partnership.mayWrite(
      header.author, name, of: type, lineage: lineage, at: header.time.instant,
      remembering: memory.decisions)
    guard decision.isAllowed else {
      return Objection(reason: "may-not-write", detail: "\(type).\(name): \(decision.reason)")
    }
    guard
      let (field, profile) = partnership.field(
        name, of: type, lineage: lineage, at: header.time.instant),
      field.rule.allows(write.operation),
      write.value.map({ field.accepts($0, in: profile) }) ?? true
    else {
      return Objection(reason: "bad-value", detail: "\(type).\(name) cannot hold what was sent")
    }
    return nil
  }
}
