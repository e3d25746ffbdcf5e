import FoundationEssentials
import GRDB
import Records
import SyncProtocol

/// What a transaction notes of itself in the audit: one entry for each batch or edit, never for each write.
extension Store {
  /// The last entry's number and head; nothing before the first.
  func auditHead() throws -> (sequence: Int64, head: Digest)? {
    try row("SELECT sequence, head FROM audit ORDER BY sequence DESC LIMIT 1").map {
      (sequence: $0["sequence"], head: try $0.id("head"))
    }
  }

  /// Appends entries; each is chained to the one before.
  func audit(_ entries: [AuditEntry]) throws {
    var head = try auditHead()?.head
    for entry in entries { head = try append(entry, packed: nil, after: head) }
  }

  /// Appends an entry about changes.
  func audit(_ entry: AuditEntry, changes: [AuditedChange]) throws {
    let about = AuditEntry(
      at: entry.at, account: entry.account, role: entry.role, action: entry.action,
      record: entry.record, detail: entry.detail, changes: changes.isEmpty ? nil : changes.digest)
    _ = try append(
      about, packed: changes.isEmpty ? nil : changes.packed, after: try auditHead()?.head)
  }

  private func append(
    _ entry: AuditEntry, packed: Data?, after previous: Digest?
  ) throws -> Digest {
    let head = entry.head(after: previous)
    try run(
      """
      INSERT INTO audit (at, account, role, action, record, detail, head, changes, changes_digest)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        entry.at.milliseconds, entry.account, entry.role, entry.action, entry.record?.bytes,
        entry.detail, head.bytes, packed, entry.changes?.bytes,
      ])
    return head
  }

  /// Notes what was written here, by whom: for a few records one entry each, for an import one in all.
  func audit(
    written changes: [(change: AuditedChange, header: ChangeHeader)], by edits: [Edit],
    at now: Instant
  ) throws {
    guard !changes.isEmpty else { return }
    let person = edits.first?.person
    let (account, role) =
      edits.first?.actor.map { ($0.account, $0.role) }
      ?? (person ?? AuditEntry.node, person == nil ? AuditEntry.node : AuditEntry.command)
    var byRecord: [RecordID: [AuditedChange]] = [:]
    var (order, types): ([RecordID], [RecordID: String]) = ([], [:])
    for (change, header) in changes {
      if byRecord[header.record] == nil { order.append(header.record) }
      types[header.record] = header.recordType
      byRecord[header.record, default: []].append(change)
    }
    func entry(_ record: RecordID?, _ detail: String) -> AuditEntry {
      AuditEntry(
        at: now, account: account, role: role, action: "wrote", record: record, detail: detail)
    }
    guard order.count <= Self.writtenOneByOne else {
      return try audit(
        entry(nil, "\(order.count) records"), changes: order.flatMap { byRecord[$0] ?? [] })
    }
    for record in order {
      try audit(entry(record, types[record] ?? ""), changes: byRecord[record] ?? [])
    }
    try auditCombined(edits, account: account, role: role, at: now)
  }

  private static let writtenOneByOne = 8

  /// That two records are one child's, or are not, is noted at both children.
  private func auditCombined(
    _ edits: [Edit], account: String, role: String, at now: Instant
  ) throws {
    for edit in edits where edit.type == "same_child" {
      let children = edit.assignments.compactMap { assignment -> RecordID? in
        switch assignment {
        case .set("children", let text), .add("children", let text): RecordID(text)
        default: nil
        }
      }
      try audit(
        children.map {
          AuditEntry(
            at: now, account: account, role: role, action: "combined", record: $0,
            detail: "\(edit.record)")
        })
    }
  }

  /// Notes what goes to a peer with one batch.
  func audit(
    disclosed items: [Selection.Item], upTo position: StreamPosition, to peer: NodeName,
    at now: Instant
  ) throws {
    var (changes, records, retracted): ([AuditedChange], Set<RecordID>, Int) = ([], [], 0)
    for item in items {
      switch item.entry {
      case .change(let shared):
        let header = shared.change.header
        records.insert(header.record)
        if let number = item.change {
          let places = shared.writeIDs.compactMap(header.place)
          changes.append(AuditedChange(number: number, id: header.id, places: Places(places)))
        }
      case .retraction(let retraction): retracted += retraction.writes.count
      default: break
      }
    }
    let place = "to entry \(position.sequence), head \(position.head)"
    if !changes.isEmpty {
      try audit(
        AuditEntry(
          at: now, account: AuditEntry.node, role: AuditEntry.node, action: "disclosed",
          record: records.count == 1 ? records.first : nil,
          detail: "to \(peer): \(changes.count) changes, \(place)"),
        changes: changes)
    }
    if retracted > 0 {
      try audit([
        AuditEntry(
          at: now, account: AuditEntry.node, role: AuditEntry.node, action: "retracted",
          detail: "from \(peer): \(retracted) values, \(place)")
      ])
    }
  }

  /// Notes what had been kept aside and is taken in now.
  func audit(released changes: [AuditedChange], at now: Instant) throws {
    guard !changes.isEmpty else { return }
    try audit(
      AuditEntry(
        at: now, account: AuditEntry.node, role: AuditEntry.node, action: "received",
        detail: "\(changes.count) changes that had been kept aside"),
      changes: changes)
  }

  /// Notes what came from a peer with one batch.
  func audit(
    received changes: [AuditedChange], of records: Set<RecordID>, upTo position: StreamPosition,
    from peer: NodeName, at now: Instant
  ) throws {
    guard !changes.isEmpty else { return }
    try audit(
      AuditEntry(
        at: now, account: AuditEntry.node, role: AuditEntry.node, action: "received",
        record: records.count == 1 ? records.first : nil,
        detail: "from \(peer): \(changes.count) changes, to entry \(position.sequence), "
          + "head \(position.head)"),
      changes: changes)
  }
}
