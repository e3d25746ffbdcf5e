import Agreements
import FoundationEssentials
import GRDB
public import Records

/// What somebody decided to erase here.
public struct Erasure: Hashable, Sendable {
  public let record: RecordID
  /// The one field; all of the record where there is none.
  public let field: String?
  public let basis: String
  public let person: String
  public let at: Instant
  /// How many values were erased here.
  public let values: Int
}

/// How far an erasure has come at one node that had values from here.
public struct ErasedCopy: Hashable, Sendable {
  /// What the node said, or that it has not yet.
  public enum State: Hashable, Sendable {
    /// It was not told yet.
    case waiting
    /// It was told, and has not answered.
    case told(Instant)
    /// What it said that it did (`erased`, `held-otherwise`, `retained`), when, and on which basis it keeps
    /// them where it does.
    case answered(String, Instant?, basis: String)
  }

  public let peer: NodeName
  public let state: State
  /// How many values.
  public let values: Int
}

extension LocalReplica {
  /// Erases a record's values here for good, or one field's, whoever wrote them; whoever had them from here
  /// is told and confirms. What they superseded stays gone.
  /// - Throws: `ReplicaError.onHold` while a hold keeps it, `.notFound`, `.nothingToErase`.
  @discardableResult
  public func erase(
    _ record: RecordID, field: String? = nil, basis: String, by actor: Edit.Actor, now: Instant
  ) throws(ReplicaError) -> Erasure {
    try write { store in
      try store.requireLearned()
      return try store.erase(record, field: field, basis: basis, by: actor, now: now)
    }
  }

  /// What was decided to erase of a record, oldest first.
  /// - Throws: `ReplicaError.storage`.
  public func erasures(of record: RecordID) throws(ReplicaError) -> [Erasure] {
    try read { store in
      try store.rows("SELECT * FROM erasure WHERE record = ? ORDER BY id", [record.bytes]).map {
        let field: String = $0["field"]
        return Erasure(
          record: record, field: field.isEmpty ? nil : field, basis: $0["basis"],
          person: $0["person"], at: Instant(milliseconds: $0["at"]), values: $0["count"])
      }
    }
  }

  /// Where erased values of a record had gone, and who has confirmed.
  /// - Throws: `ReplicaError.storage`.
  public func erasedCopies(of record: RecordID) throws(ReplicaError) -> [ErasedCopy] {
    try read { store in
      var counts: [NodeName: [ErasedCopy.State: Int]] = [:]
      for change in try store.loggedChanges(of: record) {
        let erased = Set(change.openings.filter { $0.basis == .erased }.map(\.place))
        guard !erased.isEmpty else { continue }
        for peer in try store.disclosedPeers(of: change.number) {
          for (place, disclosed) in try store.disclosed(change.number, to: peer)
          where erased.contains(place) {
            guard let state = try store.state(of: disclosed, change.number, place, peer) else {
              continue
            }
            counts[peer, default: [:]][state, default: 0] += 1
          }
        }
      }
      return counts.sorted { $0.key < $1.key }.flatMap { peer, states in
        states.map { ErasedCopy(peer: peer, state: $0.key, values: $0.value) }
          .sorted { "\($0.state)" < "\($1.state)" }
      }
    }
  }
}

extension Store {
  func erase(
    _ record: RecordID, field: String?, basis: String, by actor: Edit.Actor, now: Instant
  ) throws -> Erasure {
    guard let type = try type(of: record), try isShown(record) else {
      throw ReplicaError.notFound(record)
    }
    if let field, partnership.field(field, of: type) == nil {
      let known = partnership.recordType(type)?.fields.map(\.name) ?? []
      throw ReplicaError.unknownField(field, type: type, known: known)
    }
    guard try !isOnHold(record) else { throw ReplicaError.onHold(record) }
    if type == Self.restrictionType,
      try !Set(["kept_from", "people"]).isDisjoint(with: fieldsWithValues(of: record))
    {
      throw ReplicaError.stillSeals(record)
    }
    var erased: [Int64: [LoggedWrite]] = [:]
    for logged in try loggedWrites(of: record)
    where (field.map { $0 == logged.write.field } ?? true) && !logged.write.isWithheld {
      try expectConfirmation(of: logged, now: now)
      if try erase(logged, basis: .erased) { erased[logged.at.change, default: []].append(logged) }
    }
    let count = erased.values.reduce(0) { $0 + $1.count }
    guard count > 0 else { throw ReplicaError.nothingToErase }
    try run(
      "INSERT INTO erasure (record, field, basis, person, at, count) VALUES (?, ?, ?, ?, ?, ?)",
      [record.bytes, field ?? "", basis, actor.account, now.milliseconds, count])
    let changes = erased.sorted { $0.key < $1.key }.compactMap { number, writes in
      writes.first.map {
        AuditedChange(number: number, id: $0.header.id, places: Places(writes.map(\.at.place)))
      }
    }
    try audit(
      AuditEntry(
        at: now, account: actor.account, role: actor.role, action: "erased", record: record,
        detail: (field.map { "\($0): " } ?? "") + "\(count) values; \(basis)"),
      changes: changes)
    return Erasure(
      record: record, field: field, basis: basis, person: actor.account, at: now, values: count)
  }

  /// What one of the agency's own devices wrote it has too: it is told and confirms like any other.
  private func expectConfirmation(of logged: LoggedWrite, now: Instant) throws {
    let author = author(of: logged.header)
    guard isOwnDevice(author) else { return }
    let reason = try number(
      of: .init(sender: nil, agreement: logged.header.agreement, grant: "author"))
    try change(disclosedOf: logged.at.change, to: author) { parts in
      guard parts[logged.at.place] == nil else { return }
      parts[logged.at.place] = Disclosed(reason: reason, route: Data(), at: now.milliseconds)
    }
  }

  fileprivate func disclosedPeers(of change: Int64) throws -> [NodeName] {
    try peers().filter { try !disclosed(change, to: $0).isEmpty }
  }

  fileprivate func state(
    of disclosed: Disclosed, _ change: Int64, _ place: Int, _ peer: NodeName
  ) throws -> ErasedCopy.State? {
    guard let told = disclosed.retractedAt else { return .waiting }
    // It never got there.
    if disclosed.outcome == "lapsed" { return nil }
    guard let outcome = disclosed.outcome else {
      return .told(Instant(milliseconds: told))
    }
    let receipt = try receipts(change, place, peer).last
    return .answered(outcome, receipt?.at, basis: receipt?.basis ?? "")
  }

  /// What a peer answered to retractions of one write, oldest first.
  func receipts(
    _ change: Int64, _ place: Int, _ peer: NodeName
  ) throws -> [(outcome: String, basis: String, at: Instant)] {
    try rows(
      "SELECT * FROM receipt WHERE change = ? AND peer = ? ORDER BY id", [change, peer.description]
    ).filter { Places($0["places"] as Data).contains(place) }.map {
      (outcome: $0["outcome"], basis: $0["basis"], at: Instant(milliseconds: $0["at"]))
    }
  }
}
