import Agreements
import FoundationEssentials
import GRDB
public import Records

extension LocalReplica {
  /// Writes edits, each as one signed change, all of them or none. Several are signed together as
  /// a batch. Once this returns, they are durable.
  /// - Returns: the changes' ids, in the edits' order; fewer where an edit changes nothing.
  /// - Throws: `ReplicaError` that names the field.
  public func put(
    _ edits: [Edit], _ signer: inout Signer<some RandomNumberGenerator>
  ) throws(ReplicaError) -> [ChangeID] {
    var drawn = signer
    defer { signer = drawn }
    return try write { store in
      try store.requireLearned()
      return try store.commit(edits, drift: limits.driftMilliseconds, &drawn)
    }
  }

  /// Writes edits for a program, where what it asks for holds in the transaction that writes them.
  /// - Throws: `ReplicaError` that names the field: `.inConflict` where a person has to choose first, `.unseen`
  ///   where the program has not seen what it would write over, `.otherRequest`.
  public func put(
    _ edits: [Edit], under conditions: WriteConditions,
    _ signer: inout Signer<some RandomNumberGenerator>
  ) throws(ReplicaError) -> ProgramWrite {
    var drawn = signer
    defer { signer = drawn }
    return try write { store in
      try store.requireLearned()
      if let request = conditions.request, let record = try store.record(writtenFor: request) {
        return .before(record)
      }
      for edit in edits { try store.check(conditions, for: edit) }
      let written = try store.commit(edits, drift: limits.driftMilliseconds, &drawn)
      if let request = conditions.request { try store.note(request, at: drawn.now) }
      return .now(written)
    }
  }

  /// Settles a field's conflict by writing one value over all that are seen.
  /// - Parameter seen: the write ids that the person looked at; all must be there and no others.
  /// - Throws: `ReplicaError.unseen` where another value has come meanwhile.
  public func resolve(
    _ record: RecordID, _ field: String, value: String, seen: [WriteID], person: String?,
    actor: Edit.Actor? = nil, _ signer: inout Signer<some RandomNumberGenerator>
  ) throws(ReplicaError) -> [ChangeID] {
    var drawn = signer
    defer { signer = drawn }
    return try write { store in
      try store.requireLearned()
      guard let type = try store.type(of: record), try store.isShown(record) else {
        throw ReplicaError.notFound(record)
      }
      guard let view = try store.view(field, of: record, type: type) else {
        let known = store.partnership.recordType(type)?.fields.map(\.name) ?? []
        throw ReplicaError.unknownField(field, type: type, known: known)
      }
      guard view.isConflict(for: store.me.agency) else {
        throw ReplicaError.notInConflict(field: field)
      }
      let mine = view.versions.filter {
        view.rule != .eachAgency || $0.author == store.me.agency
      }
      let others = Set(mine.map(\.id)).subtracting(seen)
      guard seen.isEmpty || others.isEmpty else {
        throw ReplicaError.unseen(field: field, others: others.count)
      }
      let edit = Edit(
        type: type, record: record, assignments: [.set(field: field, text: value)], person: person,
        actor: actor)
      return try store.commit([edit], drift: limits.driftMilliseconds, &drawn)
    }
  }
}

extension Store {
  /// Whether an edit may replace what stands in its fields: what nobody chose between, and what the program
  /// has not seen, it may not.
  fileprivate func check(_ conditions: WriteConditions, for edit: Edit) throws {
    for assignment in edit.assignments {
      switch assignment {
      case .set, .clear: break
      // What is added or taken out replaces nothing that it does not name.
      case .add, .remove: continue
      }
      let field = assignment.field
      guard let view = try view(field, of: edit.record, type: edit.type), view.rule != .log else {
        continue
      }
      guard !view.isConflict(for: me.agency) else { throw ReplicaError.inConflict(field: field) }
      guard let seen = conditions.seen else { continue }
      let replaced = view.versions.filter {
        view.rule != .eachAgency || $0.author == me.agency
      }
      let unseen = Set(replaced.filter { !$0.write.isWithheld }.map(\.id)).subtracting(seen)
      guard unseen.isEmpty else { throw ReplicaError.unseen(field: field, others: unseen.count) }
    }
  }

  fileprivate func commit(
    _ edits: [Edit], drift: Int64, _ signer: inout Signer<some RandomNumberGenerator>
  ) throws -> [ChangeID] {
    var authored: [(number: Int64, header: ChangeHeader)] = []
    var audited: [(change: AuditedChange, header: ChangeHeader)] = []
    // Where there are several, one signature over all of them takes the place of each one's own.
    let isBatch = edits.count > 1
    for edit in edits {
      let writes = try writes(for: edit)
      guard !writes.isEmpty else {
        // Nobody gets the id of a record that there will not be.
        guard try type(of: edit.record) != nil else { throw ReplicaError.nothingToWrite }
        continue
      }
      let parts = partnership.partsByAgreement(me.agency, writes, of: edit.type, at: signer.now)
      for writes in parts.flatMap(Write.inChanges) {
        let change = try author(edit, writes, drift: drift, &signer)
        // An edit must see what the one before it did, so each is merged at once.
        let number = try append(change, isBatch ? nil : try change.signed(by: signer.key))
        authored.append((number, change.header))
        let places = change.writes.compactMap { change.header.place(of: $0.id) }
        let about = AuditedChange(number: number, id: change.header.id, places: Places(places))
        audited.append((about, change.header))
      }
    }
    if isBatch { try signTogether(authored, &signer) }
    try audit(written: audited, by: edits, at: signer.now)
    if let stamp = memory.stamp { try setNumber("hlc", to: stamp.stored) }
    return authored.map(\.header.id)
  }

  fileprivate func author(
    _ edit: Edit, _ writes: [Write], drift: Int64,
    _ signer: inout Signer<some RandomNumberGenerator>
  ) throws -> AuthoredChange {
    // Everybody judges by the stamp, which may be ahead of this node's clock.
    let stamp = try nextStamp(now: signer.now, drift: drift, using: &signer.generator)
    let (term, refusal) = partnership.mayWriteAll(
      me.agency, writes, of: edit.type, at: stamp.instant, remembering: memory.decisions)
    guard let term else {
      guard let refusal else { throw ReplicaError.noAgreement }
      throw ReplicaError.mayNotWrite(field: refusal.field, refusal.decision)
    }
    for write in writes {
      guard let seen = write.context.values.max(), seen >= stamp else { continue }
      throw ReplicaError.stampedAhead(field: write.field, until: seen.instant)
    }
    let draft = ChangeDraft(
      lineage: term.agreement.lineage, agreement: term.agreement.digest, recordType: edit.type,
      record: edit.record, author: me.agency, time: stamp, writes: writes)
    return try AuthoredChange(draft, key: signer.key.id, using: &signer.generator)
  }

  fileprivate func signTogether(
    _ changes: [(number: Int64, header: ChangeHeader)],
    _ signer: inout Signer<some RandomNumberGenerator>
  ) throws {
    for start in stride(from: 0, to: changes.count, by: BatchTree.mostLeaves) {
      let part = changes.dropFirst(start).prefix(BatchTree.mostLeaves)
      guard let tree = BatchTree(part.map(\.header), using: &signer.generator) else { continue }
      for (change, proof) in zip(part, try tree.proofs(signedBy: signer.key)) {
        try keep(.batched(proof), of: change.number)
      }
    }
  }
}
