import Agreements
import FoundationEssentials
import Records
import Replica
import SyncProtocol

/// Hostile agencies at work: each act is a connection of its own, with a valid key.
extension World {
  func attack(_ by: Int, _ against: Int, _ act: HostileAct, action: Int) throws {
    guard let station = stations[against], let node = station.node else {
      return note("it is down")
    }
    guard !station.isFailing else { return note("its disk fails") }
    guard var attack = attack(act, by, station, action) else { return }
    counts.acts[act, default: 0] += 1
    node.now = wall(station)
    let generator = SeededGenerator(seed: seed, keys: 0xE71, UInt64(action))
    var peer = try HostilePeer(
      named: attack.attacker.name, key: attack.attacker.key, against: node, generator: generator)
    try station.learn()
    try overhear(peer, at: station, by)
    let made = try attack.changes()
    for change in made { expect(change, at: station) }
    if act == .heldParts, let time = made.first?.time {
      ledger.held.append(
        HostileLedger.Held(
          writes: made.flatMap(\.writes), node: station.index, restores: station.restores,
          time: time))
    }
    if act == .forkedStamp, made.count == 2 {
      ledger.fork(
        Set(made.map(\.change)), victim: station.index, restores: station.restores)
    }
    try carryOut(&attack, made, &peer, station)
    note(
      "\(act.rawValue): \(made.count) sent, \(peer.refusals.count) refused, "
        + (peer.failure.map { "closed: \(Self.kind($0))" } ?? "open"))
    station.mayHold = true
    try station.learn()
    try station.learnVersions()
    queue.add(.changed(node: against, except: nil), at: now)
  }

  private func attack(_ act: HostileAct, _ by: Int, _ station: Station, _ action: Int) -> Attack? {
    guard let agreement = station.versions.last(where: \.isComplete)?.agreement,
      let forged = cast.honest.first(where: { $0 != station.index && cast.players[$0].isPrincipal })
        ?? cast.honest.first
    else { return nil }
    let records = Dictionary(grouping: station.knowledge.records) {
      station.knowledge.type(of: $0) ?? ""
    }
    return Attack(
      act, number: action, by: cast.players[by], against: station.player,
      forging: cast.players[forged], now: wall(station),
      under: GrantTable.Version(agreement: agreement, profile: profile), oracle.table,
      records: records, latest: station.knowledge.latest,
      generator: SeededGenerator(seed: seed, keys: 0xA77, UInt64(action)))
  }

  /// What the victim sends to a hostile agency is held to the same rule, and kept for later.
  private func overhear(
    _ peer: HostilePeer<SeededGenerator>, at station: Station, _ by: Int
  ) throws {
    for case .batch(let batch) in peer.received {
      try judge(batch, from: station, to: by)
      ledger.replayable += batch.entries.filter { if case .change = $0 { true } else { false } }
    }
    ledger.replayable = Array(ledger.replayable.suffix(200))
  }

  private func expect(_ made: Attack.Made, at station: Station) {
    ledger.note(made.change)
    if let reason = made.reason {
      ledger.expect(made.change, at: station.index, reason: reason, restores: station.restores)
    }
    guard made.reason == nil || ["future-stamp", "unknown-agreement"].contains(made.reason) else {
      return
    }
    permit(made.entry, at: station)
  }

  /// A receiver checks structure, not scope: what some grant lets it read may come to it.
  private func permit(_ entry: Entry, at station: Station) {
    guard case .change(let shared) = entry else { return }
    let header = shared.change.header
    for opening in shared.change.openings {
      guard let write = try? Write(opening.bytes, before: header.time),
        let field = station.knowledge.definition(write.field, of: header.recordType),
        let agreement = station.versions.last(where: \.isComplete)?.agreement
      else { continue }
      let version = GrantTable.Version(agreement: agreement, profile: profile)
      let grants = oracle.table.reading(
        station.player.id, field, of: header.recordType, under: version)
      if !grants.isEmpty { station.permitted.formUnion(Marker.found(in: opening.bytes)) }
    }
  }

  private func carryOut(
    _ attack: inout Attack, _ made: [Attack.Made], _ peer: inout HostilePeer<SeededGenerator>,
    _ station: Station
  ) throws {
    let start = peer.position
    switch attack.act {
    case .replay: try replay(&attack, &peer, station)
    case .forkedSequence:
      guard let first = made.first else { return }
      try peer.send([first.entry])
      let other = TaggedHash.digest("concord/sim/other", first.entry.digest.bytes)
      try peer.fork([.void(other), first.entry], from: start)
      guard case .forkedStream(let fork) = peer.failure else {
        return fail(.evidence, "\(station.player.id) has no proof of a forked stream")
      }
      ledger.forkedStreams.append(
        HostileLedger.ForkedStream(
          fork: fork, key: attack.attacker.key.publicKey, victim: station.index,
          restores: station.restores))
    case .brokenChain:
      guard let first = made.first else { return }
      try peer.send([first.entry]) { batch in
        Batch(
          epoch: batch.epoch, firstSequence: batch.firstSequence, entries: batch.entries,
          head: first.entry.digest, signature: batch.signature)
      }
      mustClose(peer, attack.act)
    case .malformedMessage, .garbageFrame: try sendGarbage(&attack, &peer)
    default:
      for part in stride(from: 0, to: made.count, by: 20) {
        try peer.send(made[part..<min(part + 20, made.count)].map(\.entry))
      }
    }
  }

  private func mustClose(_ peer: HostilePeer<SeededGenerator>, _ act: HostileAct) {
    if peer.failure == nil { fail(.quarantine, "a link stays open after \(act.rawValue)") }
  }

  private func replay(
    _ attack: inout Attack, _ peer: inout HostilePeer<SeededGenerator>, _ station: Station
  ) throws {
    let entries = ledger.replayable.shuffled(using: &attack.generator).prefix(5)
    for case .change(let shared) in entries {
      ledger.note(shared.change.header.id)
      permit(.change(shared), at: station)
    }
    if !entries.isEmpty { try peer.send(Array(entries)) }
  }

  /// Bytes that are no frame, or a frame that holds no message.
  private func sendGarbage(
    _ attack: inout Attack, _ peer: inout HostilePeer<SeededGenerator>
  ) throws {
    let size = Int.random(in: 5...400, using: &attack.generator)
    let noise = Data.random(count: size, using: &attack.generator)
    let bytes =
      attack.act == .garbageFrame ? noise : try FrameCodec(limits: limits).frame(noise)
    var reader = FrameReader(limits)
    do {
      for message in try reader.take(bytes) { try peer.send(message) }
    } catch let error as FrameError {
      note("no frame: \(Self.kind(error))")
    } catch let error as MessageError {
      note("no message: \(Self.kind(error))")
    }
  }
}
