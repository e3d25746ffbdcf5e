import Agreements
public import Casework
public import Records
import Replica

/// What a service gives out for a purpose and a time. By default it gives out nothing.
extension CaseDesk {
  /// Everything that was given out, to whom and until when.
  /// - Throws: `ReplicaError`.
  public func releases() throws -> [TimedRelease] {
    try caseRecords("release").compactMap(TimedRelease.init)
      .sorted { ($0.record, $0.to) < ($1.record, $1.to) }
  }

  /// Gives a record to an agency until a day. Given again, purpose and day are the new ones.
  /// - Throws: `NodeError` where the record's type has no field `released_to` or the day is over, or
  ///   `ReplicaError`.
  public func release(
    _ record: RecordID, to receiver: AgencyID, purpose: String, until: LocalDate, person: String?
  ) throws -> RecordID {
    let found = try reader.record(record)
    try checkReleasable(found, to: receiver)
    guard until >= LondonTime(now).date else {
      throw NodeError("until: expected a day from today on")
    }
    let id = CaseIDs.release(of: record, to: receiver)
    let before = try? caseRecord(id, type: "release")
    var assignments: [Edit.Assignment] = []
    if before == nil {
      assignments = [
        .set(field: "record", text: "\(record)"), .set(field: "to", text: "\(receiver)"),
      ]
    }
    assignments += [
      .set(field: "purpose", text: purpose), .set(field: "until", text: "\(until)"),
    ]
    if before?.text("revoked") != nil { assignments.append(.clear(field: "revoked")) }
    var edits = [Edit(type: "release", record: id, assignments: assignments, person: person)]
    let seal = CaseIDs.seal(after: id)
    if let sealed = try? caseRecord(seal, type: "restriction"),
      sealed.agencies("kept_from").contains(receiver)
    {
      edits.append(
        Edit(
          type: "restriction", record: seal,
          assignments: [.remove(field: "kept_from", text: "\(receiver)")], person: person))
    }
    if !CaseRecord(found).agencies("released_to").contains(receiver) {
      edits.append(
        Edit(
          type: found.type, record: record,
          assignments: [.add(field: "released_to", text: "\(receiver)")], person: person))
    }
    _ = try put(edits)
    return id
  }

  /// Takes a release back at once: the receiver's node erases what no other reason holds.
  /// - Throws: `NodeError` where nothing was given to that agency, or `ReplicaError`.
  public func revoke(
    _ record: RecordID, from receiver: AgencyID, because reason: String, person: String?
  ) throws {
    guard let release = try releases().first(where: { $0.record == record && $0.to == receiver })
    else { throw NodeError("\(record) was not released to \(receiver)") }
    let removal = try removal(of: release, person: person)
    let edit = Edit(
      type: "release", record: release.id, assignments: [.set(field: "revoked", text: reason)],
      person: person)
    _ = try put([edit] + removal)
  }

  /// What takes out of `released_to` whoever was named for a time that is over.
  func endedReleases() throws -> [Edit] {
    let today = LondonTime(now).date
    return try releases().filter { !$0.holds(on: today) }.flatMap {
      try removal(of: $0, person: nil)
    }
  }

  /// Out of the route, and sealed: who is only off the route keeps the copy that it had. Nothing where
  /// the receiver is out already, or where another agency gave it.
  private func removal(of release: TimedRelease, person: String?) throws -> [Edit] {
    guard release.givenBy == agency, let found = try? reader.record(release.record),
      CaseRecord(found).agencies("released_to").contains(release.to)
    else { return [] }
    let seal = CaseIDs.seal(after: release.id)
    var sealing: [Edit.Assignment] = [.add(field: "kept_from", text: "\(release.to)")]
    if (try? caseRecord(seal, type: "restriction")) == nil {
      sealing.append(.set(field: "record", text: "\(release.record)"))
    }
    return [
      Edit(
        type: found.type, record: release.record,
        assignments: [.remove(field: "released_to", text: "\(release.to)")], person: person),
      Edit(type: "restriction", record: seal, assignments: sealing, person: person),
    ]
  }

  private func checkReleasable(_ record: RecordSnapshot, to receiver: AgencyID) throws {
    let partnership = try replica.partnership()
    guard partnership.field("released_to", of: record.type) != nil else {
      throw NodeError("a \(record.type) is shared by its own rule: see concord explain")
    }
    guard receiver != agency, partnership.parties.contains(receiver) else {
      throw NodeError("\(receiver) takes no part in an agreement here")
    }
  }

  /// How somebody may be contacted, shown carefully.
  /// - Throws: `ReplicaError`, or `NodeError` where it is another kind of record.
  public func safeContact(_ id: RecordID) throws -> SafeContact {
    SafeContact(try caseRecord(id, type: "safe_contact"))
  }
}
