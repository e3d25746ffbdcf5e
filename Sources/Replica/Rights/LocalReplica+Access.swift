import FoundationEssentials
import GRDB
public import Records

/// A person asked what is held about them.
public struct AccessRequest: Hashable, Sendable {
  public let id: Int64
  public let subject: RecordID
  /// Who asked: `subject`, `parent` or `representative`.
  public let askedBy: String
  /// The day on which it came: the clock runs from there.
  public let received: LocalDate
  public let person: String
  public let at: Instant
  /// Why its answer may take two months longer; nothing where it may not.
  public let moreTime: MoreTime?
  /// How it ended; nothing while it is open.
  public let closing: Closing?

  /// More time, for a complex request or one of many.
  public struct MoreTime: Hashable, Sendable {
    public let at: Instant
    public let reason: String
    public let person: String
  }

  /// The end of a request.
  public struct Closing: Hashable, Sendable {
    public let at: Instant
    /// `answered`, `refused` or `withdrawn`.
    public let outcome: String
    public let reason: String
    public let person: String
  }
}

/// What somebody decided about a part of a request.
public struct AccessDecision: Hashable, Sendable {
  /// The part, as the review of the request names it.
  public let part: String
  /// `disclose` or `redact`.
  public let decision: String
  public let reason: String
  public let person: String
  public let at: Instant
}

extension LocalReplica {
  /// Opens a request.
  /// - Throws: `ReplicaError.notFound`.
  public func openRequest(
    about subject: RecordID, askedBy: String, received: LocalDate, by actor: Edit.Actor,
    now: Instant
  ) throws(ReplicaError) -> Int64 {
    try write { store in
      guard try store.isShown(subject) else { throw ReplicaError.notFound(subject) }
      try store.run(
        "INSERT INTO access_request (subject, asked_by, received, person, at) VALUES (?, ?, ?, ?, ?)",
        [subject.bytes, askedBy, received.description, actor.account, now.milliseconds])
      let id = store.db.lastInsertedRowID
      try store.audit([
        AuditEntry(
          at: now, account: actor.account, role: actor.role, action: "opened-request",
          record: subject, detail: "request \(id), asked by \(askedBy), received \(received)")
      ])
      return id
    }
  }

  /// All requests, oldest first.
  /// - Throws: `ReplicaError.storage`.
  public func accessRequests() throws(ReplicaError) -> [AccessRequest] {
    try read { try $0.rows("SELECT * FROM access_request ORDER BY id").map(AccessRequest.init) }
  }

  /// One request.
  /// - Throws: `ReplicaError.noRequest`.
  public func accessRequest(_ id: Int64) throws(ReplicaError) -> AccessRequest {
    try read { try $0.request(id) }
  }

  /// What was decided about a request's parts, by part.
  /// - Throws: `ReplicaError.storage`.
  public func accessDecisions(
    of request: Int64
  ) throws(ReplicaError) -> [String: AccessDecision] {
    try read { store in
      let rows = try store.rows("SELECT * FROM access_decision WHERE request = ?", [request])
      return Dictionary(
        rows.map { row in
          let part: String = row["part"]
          return (
            part,
            AccessDecision(
              part: part, decision: row["decision"], reason: row["reason"], person: row["person"],
              at: Instant(milliseconds: row["at"]))
          )
        }, uniquingKeysWith: { first, _ in first })
    }
  }

  /// Decides about parts of an open request; a later decision takes the place of an earlier one.
  /// - Throws: `ReplicaError.noRequest`, `.requestClosed`.
  public func decide(
    _ request: Int64, parts: [String], decision: String, reason: String, by actor: Edit.Actor,
    now: Instant
  ) throws(ReplicaError) {
    try write { store in
      let known = try store.request(request)
      guard known.closing == nil else { throw ReplicaError.requestClosed(request) }
      for part in parts {
        try store.run(
          "INSERT OR REPLACE INTO access_decision VALUES (?, ?, ?, ?, ?, ?)",
          [request, part, decision, reason, actor.account, now.milliseconds])
      }
      try store.audit([
        AuditEntry(
          at: now, account: actor.account, role: actor.role, action: "decided",
          record: known.subject,
          detail: "request \(request): \(decision) \(parts.count) parts: \(reason)")
      ])
    }
  }

  /// Gives an open request two months more, once.
  /// - Throws: `ReplicaError.noRequest`, `.requestClosed`, `.requestExtended`.
  public func extendRequest(
    _ request: Int64, reason: String, by actor: Edit.Actor, now: Instant
  ) throws(ReplicaError) {
    try write { store in
      let known = try store.request(request)
      guard known.closing == nil else { throw ReplicaError.requestClosed(request) }
      guard known.moreTime == nil else { throw ReplicaError.requestExtended(request) }
      try store.run(
        "UPDATE access_request SET extended_at = ?, extension_reason = ?, extended_by = ? WHERE id = ?",
        [now.milliseconds, reason, actor.account, request])
      try store.audit([
        AuditEntry(
          at: now, account: actor.account, role: actor.role, action: "extended-request",
          record: known.subject, detail: "request \(request): \(reason)")
      ])
    }
  }

  /// Closes a request.
  /// - Throws: `ReplicaError.noRequest`, `.requestClosed`.
  public func closeRequest(
    _ request: Int64, outcome: String, reason: String, by actor: Edit.Actor, now: Instant
  ) throws(ReplicaError) {
    try write { store in
      let known = try store.request(request)
      guard known.closing == nil else { throw ReplicaError.requestClosed(request) }
      try store.run(
        """
        UPDATE access_request SET closed_at = ?, outcome = ?, reason = ?, closed_by = ? WHERE id = ?
        """, [now.milliseconds, outcome, reason, actor.account, request])
      try store.audit([
        AuditEntry(
          at: now, account: actor.account, role: actor.role, action: "closed-request",
          record: known.subject, detail: "request \(request), \(outcome): \(reason)")
      ])
    }
  }
}

extension Store {
  fileprivate func request(_ id: Int64) throws -> AccessRequest {
    guard let row = try row("SELECT * FROM access_request WHERE id = ?", [id]) else {
      throw ReplicaError.noRequest(id)
    }
    return try AccessRequest(row)
  }
}

extension AccessRequest {
  fileprivate init(_ row: Row) throws {
    guard let received = LocalDate(row["received"] as String) else {
      throw ReplicaError.storage("column received holds no day")
    }
    self.init(
      id: row["id"], subject: try row.id("subject"), askedBy: row["asked_by"], received: received,
      person: row["person"], at: Instant(milliseconds: row["at"]),
      moreTime: (row["extended_at"] as Int64?).map {
        MoreTime(
          at: Instant(milliseconds: $0), reason: row["extension_reason"],
          person: row["extended_by"])
      },
      closing: (row["closed_at"] as Int64?).map {
        Closing(
          at: Instant(milliseconds: $0), outcome: row["outcome"], reason: row["reason"],
          person: row["closed_by"])
      })
  }
}
