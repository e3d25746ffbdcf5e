import Agreements
import FoundationEssentials
import Records
import Replica

/// What has to hold once everything has come to rest.
extension World {
  func checkAll() throws {
    for index in present {
      guard let station = stations[index] else { continue }
      try station.relearn()
      station.isUnsearched = true
    }
    for check in scenario.checks where failure == nil { try perform(check) }
  }

  private func perform(_ check: Check) throws {
    switch check {
    case .noLeak: try each(search)
    case .nothingLost:
      try each(checkPromises)
      try each(checkDebts)
    case .verifies: try each(checkProofs)
    case .agreement:
      try checkDelivery()
      try checkViews()
      try each(checkModel)
      try each(checkHeldParts)
    case .eachAgency: try each(checkJudgements)
    case .rebuild: try each(checkRebuild)
    case .quarantine: try each(checkQuarantine)
    case .quiet: try checkQuiet()
    case .retraction:
      try checkRetractions()
      try each(checkErased)
    case .evidence: try each(checkEvidence)
    case .streams: try checkStreams()
    case .casework: try checkCasework()
    }
  }

  func each(_ check: (Station) throws -> Void) throws {
    for index in present {
      guard failure == nil, let station = stations[index] else { return }
      try check(station)
    }
  }

  /// What a restore took away and peers had has come back.
  private func checkDebts(_ station: Station) {
    station.promises.returned(station.knowledge)
    guard let write = station.promises.owed.min() else { return }
    fail(
      .nothingLost,
      "\(station.player.id) was restored, and its own write \(write) has not come back, nor have "
        + "\(station.promises.owed.count - 1) more")
  }

  /// Every change of the log is verified anew with its author's key.
  func checkProofs(_ station: Station) {
    counts.checked[.verifies, default: 0] += 1
    let held = station.knowledge.entries.filter { !$0.isErased }
    let byChange = Dictionary(grouping: held, by: \.header.id)
    for (_, entries) in byChange.sorted(by: { $0.key < $1.key }) {
      guard let first = entries.first, let author = cast.index(of: first.header.author) else {
        return fail(.verifies, "\(station.player.id) holds a change of somebody unknown")
      }
      let change = DisclosedChange(
        header: first.header, proof: first.proof, openings: entries.map(\.opening))
      do {
        let writes = try change.verify(by: cast.players[author].key.publicKey)
        guard writes.map(\.id) == entries.map(\.id) else { throw ChangeError.empty }
      } catch {
        return fail(
          .verifies, "\(station.player.id) holds change \(first.header.id): \(Self.kind(error))")
      }
    }
  }

  /// Whatever a node may send to a peer now, the peer has, or keeps aside.
  func checkDelivery() throws {
    for from in present {
      guard let sender = stations[from] else { continue }
      let near = Concerns(sender.knowledge)
      for to in linked(with: from) {
        guard failure == nil, let receiver = stations[to] else { return }
        try checkDelivery(from: sender, to: receiver, near)
      }
    }
  }

  private func checkDelivery(
    from sender: Station, to receiver: Station, _ near: Concerns
  ) throws {
    counts.checked[.agreement, default: 0] += 1
    // What was refused as not permitted has to have come once it is.
    let quarantine = try receiver.node?.replica.quarantine() ?? []
    let aside = Set(quarantine.filter { $0.reason != Self.notPermitted }.map(\.change))
    let view = sender.sender(now: wall(sender))
    // What may go only where a route leads goes nowhere else: that is looked at, record by record.
    let agency = receiver.player.id
    let facts =
      oracle.table.readsByRoutesAlone(agency, in: sender.versions.map(\.agreement))
      ? near.facts(of: agency, in: sender.knowledge)
      : sender.knowledge.entries.compactMap { sender.knowledge.facts[$0.id] }
    for fact in facts {
      guard fact.author != agency,
        sender.knowledge.holds(fact.id), !sender.knowledge.disputed.contains(fact.change),
        !receiver.knowledge.holds(fact.id), !aside.contains(fact.change),
        try oracle.permits(fact, to: receiver.player.id, from: view)
      else { continue }
      return fail(
        .agreement,
        "\(receiver.player.id) lacks \(fact.type).\(fact.write.field) of \(fact.record) by "
          + "\(fact.author), which \(sender.player.id) may send it")
    }
  }

  /// Nodes that hold the same writes of a field show the same.
  func checkViews() throws {
    for (left, right) in pairs {
      guard failure == nil, let one = stations[left], let other = stations[right] else { return }
      let fewer = one.knowledge.count < other.knowledge.count ? one : other
      for record in fewer.knowledge.records
      where failure == nil && one.knowledge.type(of: record) != nil {
        for field in one.knowledge.fieldNames(of: record) where field != "_person" {
          try compare(record, field, one, other)
        }
      }
    }
  }

  private func compare(
    _ record: RecordID, _ field: String, _ one: Station, _ other: Station
  ) throws {
    func held(_ station: Station) -> [WriteID: Bool] {
      let writes = station.knowledge.writes(field, of: record)
      return Dictionary(
        writes.map { ($0.id, $0.write.isWithheld) }, uniquingKeysWith: { first, _ in first })
    }
    guard held(one) == held(other) else { return }
    counts.checked[.agreement, default: 0] += 1
    let (here, there) = (try view(record, field, one), try view(record, field, other))
    // One may show the record for another field's sake, and the other nothing of it at all.
    guard here?.values ?? [] == there?.values ?? [],
      here?.isConflict ?? false == there?.isConflict ?? false
    else {
      return fail(
        .agreement,
        "\(one.player.id) and \(other.player.id) show \(field) of \(record) differently: "
          + "\(Self.text(here)) and \(Self.text(there))")
    }
  }

  /// Which writes a field shows, by the beginnings of their ids.
  private static func text(_ field: FieldSnapshot?) -> String {
    guard let field else { return "nothing" }
    let writes = field.values.map { "\($0.write)".prefix(8) }.joined(separator: ", ")
    return "[\(writes)]" + (field.isConflict ? " in conflict" : "")
  }

  func view(
    _ record: RecordID, _ field: String, _ station: Station
  ) throws -> FieldSnapshot? {
    try station.snapshot(of: record)?.field(field)
  }

  /// The latest judgement of every agency stands.
  func checkJudgements(_ station: Station) throws {
    for record in station.knowledge.records {
      guard let type = station.knowledge.type(of: record) else { continue }
      for name in station.knowledge.fieldNames(of: record)
      where station.knowledge.definition(name, of: type)?.rule == .eachAgency {
        counts.checked[.eachAgency, default: 0] += 1
        let shown = Set(try view(record, name, station)?.values.map(\.write) ?? [])
        let writes = Dictionary(
          grouping: station.knowledge.writes(name, of: record), by: \.author)
        for (author, own) in writes.sorted(by: { $0.key < $1.key }) {
          guard let last = own.max(by: { $0.time < $1.time }), last.write.value != nil,
            !shown.contains(last.id)
          else { continue }
          return fail(
            .eachAgency, "\(station.player.id) does not show \(name) of \(record) by \(author)")
        }
      }
    }
  }

  /// What people see follows from the log.
  func checkRebuild(_ station: Station) throws {
    counts.checked[.rebuild, default: 0] += 1
    guard let replica = station.node?.replica else { return }
    let before = try replica.derivedDigest()
    _ = try replica.rebuild()
    station.forgetShown()
    guard try replica.derivedDigest() == before else {
      return fail(.rebuild, "\(station.player.id) derives something else from its log")
    }
    // All at once or one by one, a person reads the same.
    for type in try replica.partnership().recordTypeNames {
      let one = try replica.recordIDs(ofType: type).map { try replica.record($0) }
      guard try replica.records(ofType: type) == one else {
        return fail(.rebuild, "\(station.player.id) reads its records of type \(type) in two ways")
      }
    }
  }

  /// The reason for which what an honest agency sent may be refused: one of the two knew of a new
  /// version of the agreement sooner. Whether it came later where it might is checked apart.
  private static let notPermitted = "not-permitted"

  /// Quarantine holds what hostile agencies made, and what was sent under a version that had ended.
  func checkQuarantine(_ station: Station) throws {
    counts.checked[.quarantine, default: 0] += 1
    let held = try station.node?.replica.quarantine() ?? []
    for entry in held where !ledger.isHostile(entry.change) && !wasOvertaken(entry) {
      return fail(
        .quarantine,
        "\(station.player.id) keeps change \(entry.change) of \(entry.author) aside: \(entry.reason)"
      )
    }
    let reasons = Dictionary(grouping: held, by: \.change).mapValues { $0.map(\.reason) }
    for expected in ledger.expectations(at: station.index, restores: station.restores)
    where !(reasons[expected.change]?.contains(expected.reason) ?? false) {
      return fail(
        .quarantine,
        "\(station.player.id) does not keep change \(expected.change) aside as \(expected.reason)")
    }
  }

  /// Whether an honest change was written before its author heard of the version that judges it: a
  /// version that is complete after its start counts from its start all the same.
  private func wasOvertaken(_ entry: QuarantineEntry) -> Bool {
    if entry.reason == Self.notPermitted { return true }
    guard entry.reason == "may-not-write", let author = cast.index(of: entry.author),
      let station = stations[author]
    else { return false }
    let facts = station.knowledge.facts.values.filter { $0.change == entry.change }
    return facts.contains { fact in
      let complete = station.versions.filter(\.isComplete).map(\.agreement)
      guard let judge = complete.last(where: { $0.startsAt <= fact.time.instant }),
        let field = station.knowledge.definition(fact.write.field, of: fact.type)
      else { return false }
      let version = GrantTable.Version(agreement: judge, profile: profile)
      return !oracle.table.mayWrite(fact.author, field, of: fact.type, under: version)
    }
  }

  /// What had to wait for its time has been applied, all parts of it.
  private func checkHeldParts(_ station: Station) {
    for held in ledger.held where held.node == station.index && held.restores == station.restores {
      let missing = Set(held.writes).subtracting(station.knowledge.facts.keys)
      guard let write = missing.min() else { continue }
      return fail(.agreement, "\(station.player.id) lost write \(write), which waited for its time")
    }
  }

  /// What all nodes show, in one line each: so two runs that differ in anything differ in the digest.
  func noteContents() throws {
    for index in present {
      guard let station = stations[index], let replica = station.node?.replica else { continue }
      var parts = Data()
      for record in station.knowledge.records {
        guard let snapshot = try? replica.record(record) else { continue }
        for field in snapshot.fields {
          for value in field.values {
            parts.append(Data("\(record) \(field.field.name) \(value.value) \(value.by)\n".utf8))
          }
        }
      }
      let digest = TaggedHash.digest("concord/simulation/contents", parts)
      note("\(station.player.id) holds \(station.knowledge.facts.count) writes, shows \(digest)")
    }
  }
}
