import Agreements
import FoundationEssentials
import Records
import SyncProtocol

/// What is watched while it happens: what goes out, and what is promised.
extension World {
  /// Has the oracle look at everything in a batch that goes out, and remembers what was sent.
  func watch(
    _ batch: Batch, _ connection: Connection, _ side: Int, _ station: Station, _ peer: Int
  ) throws {
    try judge(batch, from: station, to: peer)
    for (place, entry) in batch.entries.enumerated() {
      let sequence = batch.firstSequence + UInt64(place)
      switch entry {
      case .change(let shared):
        connection.sides[side].unacknowledged.append(
          Connection.Sent(
            sequence: sequence, change: shared.change.header.id, writes: shared.writeIDs))
        if shared.change.header.author != cast.players[peer].id { watchLoss(station, peer) }
      case .retraction(let retraction):
        counts.retracted += retraction.writes.count
        connection.sides[side].unacknowledged.append(
          Connection.Sent(sequence: sequence, change: nil, writes: retraction.writes))
        stations[peer]?.promises.retracted(retraction.writes, by: station.index)
        station.promises.tookBack(retraction.writes, from: peer)
      case .receipt(let receipt): counts.receipts += receipt.writes.count
      case .equivocation: counts.evidence += 1
      case .document, .void: break
      }
    }
  }

  /// A node that has been shown that it lost something must not write or send as if it had not.
  func watchLoss(_ station: Station, _ peer: Int? = nil) {
    guard !station.promises.owed.isEmpty else { return }
    for (other, connection) in station.links.sorted(by: { $0.key < $1.key }) {
      guard peer == nil || peer == other else { continue }
      let side = connection.side(of: station.index)
      guard connection.sides[side].end?.isEstablished ?? false,
        let write = station.promises.owed(by: other)
          .filter({ station.knowledge.facts[$0] == nil }).min()
      else { continue }
      fail(
        .nothingLost,
        "\(station.player.id) was restored and goes on without write \(write), though "
          + "\(name(other)) has shown it what it lost")
    }
  }

  /// Every write that goes out may go, as the oracle sees it.
  func judge(_ batch: Batch, from station: Station, to peer: Int) throws {
    counts.checked[.noLeak, default: 0] += 1
    let sender = station.sender(now: wall(station))
    let receiver = cast.players[peer]
    for case .change(let shared) in batch.entries {
      let header = shared.change.header
      if station.knowledge.disputed.contains(header.id) {
        fail(.evidence, "\(station.player.id) passes on change \(header.id), which is in dispute")
      }
      for (id, opening) in zip(shared.writeIDs, shared.change.openings) {
        guard station.knowledge.holds(id), let fact = station.knowledge.facts[id] else {
          return fail(.noLeak, "\(station.player.id) sends a write that is not in its log")
        }
        let verdict = try oracle.verdict(fact, to: receiver.id, from: sender)
        guard verdict == .allowed else {
          return fail(
            .noLeak,
            "\(station.player.id) sends \(header.recordType).\(fact.write.field) of "
              + "\(header.record) by \(header.author) to \(receiver.id): \(verdict)")
        }
        stations[peer]?.permitted.formUnion(Marker.found(in: opening.bytes))
      }
    }
  }

  /// A peer says that it has made what was sent durable, except for what it kept aside.
  func acknowledged(_ ack: Ack, _ connection: Connection, _ side: Int) {
    let refused = Set(ack.refusals.map(\.change))
    let (mine, other) = (connection.sides[side].node, connection.sides[1 - side].node)
    let sent = connection.sides[side].unacknowledged
    let later = sent.filter { $0.sequence > ack.position.sequence }
    connection.sides[side].unacknowledged = later
    // What the peer promised before it went back to older files is forgotten with its newer ones.
    guard let station = stations[mine], let peer = stations[other],
      peer.restores == connection.sides[1 - side].restores
    else { return }
    var gone = Set(later.filter { $0.change == nil }.flatMap(\.writes))
    for entry in sent.reversed() where entry.sequence <= ack.position.sequence {
      guard let change = entry.change else {
        gone.formUnion(entry.writes)
        continue
      }
      guard !refused.contains(change) else { continue }
      let writes = entry.writes.filter { !gone.contains($0) }
      peer.promises.acknowledged(writes, to: mine)
      let own = writes.filter { station.knowledge.facts[$0]?.author == station.player.id }
      station.promises.gotAcknowledged(own, by: other)
    }
  }

  /// What was promised is in the log.
  func checkPromises(of station: Station) throws {
    counts.checked[.nothingLost, default: 0] += 1
    guard station.node != nil else { return }
    station.promises.returned(station.knowledge)
    let (changes, writes) = station.promises.broken(in: station.knowledge)
    if let change = changes.min() {
      fail(
        .nothingLost,
        "\(station.player.id) lost its own change \(change), and \(changes.count - 1) more")
    }
    if let write = writes.min() {
      fail(
        .nothingLost,
        "\(station.player.id) lost write \(write) that it acknowledged, and "
          + "\(writes.count - 1) more")
    }
  }

  /// What is looked at every now and then.
  func inspect() throws {
    for index in present {
      guard let station = stations[index] else { continue }
      try search(station)
      if station.node != nil {
        try station.relearn()
        try checkPromises(of: station)
      }
    }
  }

  /// Searches a station's files for values that its agency was never permitted to have.
  func search(_ station: Station) throws {
    guard station.isUnsearched else { return }
    counts.checked[.noLeak, default: 0] += 1
    station.isUnsearched = false
    for file in station.files {
      guard let bytes = FileManager.default.contents(atPath: file) else { continue }
      let strange = Marker.found(in: bytes).subtracting(station.permitted)
      guard let mark = strange.min() else { continue }
      fail(
        .noLeak,
        "a file of \(station.player.id) holds a value of action \(mark / 100) that it may not have")
    }
  }
}
