import Agreements
import FoundationEssentials
import Records
import SyncProtocol

/// What is watched while it happens: what goes out, and what is promised.
extension World {
  /// Has the oracle look at every write of a batch that goes out, and remembers what was sent.
  func watch(
    _ batch: Batch, _ connection: Connection, _ side: Int, _ station: Station, _ peer: Int
  ) throws {
    try judge(batch, from: station, to: peer)
    for (place, entry) in batch.entries.enumerated() {
      if case .retraction(let retraction) = entry {
        // From now on the peer need not have what its sender takes back. That it was not to be taken
        // back would show at the end: then the peer lacks what it may be sent.
        stations[peer]?.promisedWrites.subtract(retraction.writes)
        stations[peer]?.forgive(retraction.writes)
        counts.retracted += retraction.writes.count
      }
      guard case .change(let shared) = entry else { continue }
      connection.sides[side].unacknowledged.append(
        (batch.firstSequence + UInt64(place), shared.change.header.id, shared.writeIDs))
    }
  }

  /// Every write that goes out may go, as the oracle sees it.
  func judge(_ batch: Batch, from station: Station, to peer: Int) throws {
    counts.checked[.noLeak, default: 0] += 1
    var sender = station.sender(now: wall(station))
    let receiver = cast.players[peer]
    for case .change(let shared) in batch.entries {
      let header = shared.change.header
      for (id, opening) in zip(shared.writeIDs, shared.change.openings) {
        if station.knowledge.facts[id] == nil {
          // A value that was erased and came back stands where it stood before.
          try station.relearn()
          sender = station.sender(now: wall(station))
        }
        guard let fact = station.knowledge.facts[id] else {
          return fail(.noLeak, "\(station.player.id) sends a write that is not in its log")
        }
        guard try oracle.permits(fact, to: receiver.id, from: sender) else {
          return fail(
            .noLeak,
            "\(station.player.id) sends \(header.recordType).\(fact.write.field) of "
              + "\(header.record) by \(header.author) to \(receiver.id)")
        }
        stations[peer]?.permitted.formUnion(Marker.found(in: opening.bytes))
      }
    }
  }

  /// A peer says that it has made what was sent durable, except for what it kept aside.
  func acknowledged(_ ack: Ack, _ connection: Connection, _ side: Int) {
    let refused = Set(ack.refusals.map(\.change))
    let peer = stations[connection.sides[1 - side].node]
    let sent = connection.sides[side].unacknowledged
    connection.sides[side].unacknowledged = sent.filter { $0.sequence > ack.position.sequence }
    for entry in sent where entry.sequence <= ack.position.sequence {
      guard !refused.contains(entry.change), let peer else { continue }
      peer.promisedWrites.formUnion(entry.writes.filter { !peer.forgiven.contains($0) })
    }
  }

  /// What was promised is in the log.
  func checkPromises(of station: Station) throws {
    counts.checked[.nothingLost, default: 0] += 1
    guard station.node != nil else { return }
    let lost = station.promisedChanges.subtracting(station.knowledge.changes)
    if let change = lost.sorted().first {
      fail(
        .nothingLost,
        "\(station.player.id) lost its own change \(change), and \(lost.count - 1) more")
    }
    let held = Set(station.knowledge.facts.keys)
    let gone = station.promisedWrites.subtracting(held)
    if let write = gone.sorted().first {
      fail(
        .nothingLost,
        "\(station.player.id) lost write \(write) that it acknowledged, and \(gone.count - 1) more")
    }
  }

  /// What is looked at every now and then.
  func inspect() throws {
    for index in cast.honest {
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
