import Agreements
import Records
import Replica
import SyncProtocol

/// What was taken back, what is in dispute, and whether both sides of a link know the same.
extension World {
  /// What a sender may no longer share, its receiver does not hold for that sender's reasons; and
  /// every retraction is confirmed.
  func checkRetractions() throws {
    for to in present {
      guard let receiver = stations[to], let replica = receiver.node?.replica else { continue }
      try checkRetractions(at: receiver, try replica.reasonsBySender())
    }
  }

  private func checkRetractions(at receiver: Station, _ held: [NodeName: [WriteID]]) throws {
    let to = receiver.index
    for from in linked(with: to) {
      guard failure == nil, let sender = stations[from] else { return }
      counts.checked[.retraction, default: 0] += 1
      let open = try sender.node?.replica.retractions(from: receiver.player.name)
        .first { $0.outcome == nil }
      if let open {
        return fail(
          .retraction, "\(name(to)) has not confirmed what \(name(from)) took back: \(open.write)")
      }
      try checkHeld(held[sender.player.name, default: []], by: receiver, from: sender)
    }
  }

  /// The values that a node holds, it holds for reasons that still stand at their sender.
  private func checkHeld(
    _ held: [WriteID], by receiver: Station, from sender: Station
  ) throws {
    let view = sender.sender(now: wall(sender))
    for id in held.sorted() {
      guard receiver.knowledge.holds(id), let fact = receiver.knowledge.facts[id],
        fact.author != receiver.player.id
      else { continue }
      let problem: String
      if let known = sender.knowledge.facts[id] {
        let verdict = try oracle.verdict(known, to: receiver.player.id, from: view)
        if sender.knowledge.holds(id), !verdict.isTakenBack { continue }
        problem = sender.knowledge.holds(id) ? "\(verdict)" : "erased there"
      } else {
        // What a restore took from the sender for good it cannot take back.
        if sender.restores > 0 { continue }
        problem = "unknown there"
      }
      return fail(
        .retraction,
        "\(receiver.player.id) holds \(fact.type).\(fact.write.field) of \(fact.record) by "
          + "\(fact.author) from \(sender.player.id): \(problem)")
    }
  }

  /// Of two changes under one key and stamp neither shows, and whoever had both keeps the proof.
  func checkEvidence(_ station: Station) throws {
    counts.checked[.evidence, default: 0] += 1
    guard let replica = station.node?.replica else { return }
    let proofs = try replica.evidence()
    for fork in ledger.forks {
      let isVictim = fork.victim == station.index && fork.restores == station.restores
      if isVictim, !proofs.contains(where: { Set([$0.first, $0.second]) == fork.changes }) {
        return fail(
          .evidence, "\(station.player.id) was sent two changes under one stamp and has no proof")
      }
      for change in fork.changes.sorted() where station.knowledge.changes.contains(change) {
        guard station.knowledge.disputed.contains(change) else {
          return fail(
            .evidence, "\(station.player.id) lets change \(change) count, which is in dispute")
        }
      }
    }
    try checkForkedStreams(station, replica)
    try checkDisputed(station)
  }

  /// What the victim of a forked stream saw is kept as proof, and nobody honest is accused.
  private func checkForkedStreams(_ station: Station, _ replica: LocalReplica) throws {
    let kept = try replica.forks().map(\.fork)
    let made = ledger.forkedStreams.filter { $0.victim == station.index }
    for expected in made where expected.restores == station.restores {
      guard kept.contains(expected.fork), expected.fork.holds(by: expected.key) else {
        return fail(.evidence, "\(station.player.id) has lost the proof of a forked stream")
      }
    }
    guard kept.allSatisfy({ fork in made.contains { $0.fork == fork } }) else {
      return fail(.evidence, "\(station.player.id) accuses somebody who forked no stream")
    }
  }

  /// Nothing that is in dispute is shown.
  private func checkDisputed(_ station: Station) throws {
    for change in station.knowledge.disputed {
      for fact in station.knowledge.facts.values where fact.change == change {
        let shown = try view(fact.record, fact.write.field, station)?.values ?? []
        guard shown.contains(where: { $0.write == fact.id }) else { continue }
        return fail(
          .evidence, "\(station.player.id) shows \(fact.write.field) of change \(change)")
      }
    }
  }

  /// Every node compares both streams of every link, as `concord verify` does, and finds them equal.
  func checkStreams() throws {
    let pairs = pairs
    // In an area all links compare at the same time: one after another they would take years.
    let parts = cast.isLazy ? [pairs] : pairs.map { [$0] }
    for part in parts { try checkStreams(of: part) }
  }

  private func checkStreams(of pairs: [(Int, Int)]) throws {
    var before: [Int] = []
    for pair in pairs {
      guard failure == nil else { return }
      guard let connection = stations[pair.0]?.links[pair.1] else {
        return fail(.streams, "\(name(pair.0)) and \(name(pair.1)) have no link")
      }
      let side = connection.side(of: pair.0)
      before.append(connection.sides[side].end?.comparisons.count ?? 0)
      for isOfMine in [true, false] { try feed(connection, side, .compare(isOfMine: isOfMine)) }
    }
    try run(until: now + 20_000 * (cast.isLazy ? 6 : scale))
    for (pair, before) in zip(pairs, before) {
      guard let connection = stations[pair.0]?.links[pair.1] else { continue }
      let side = connection.side(of: pair.0)
      let made = connection.sides[side].end?.comparisons.dropFirst(before) ?? []
      guard made.count == 2 else {
        return fail(.streams, "\(name(pair.0)) got no answer from \(name(pair.1))")
      }
      for comparison in made { judge(comparison.found, of: pair) }
    }
  }

  private func judge(_ found: Reconciliation, of pair: (Int, Int)) {
    counts.checked[.streams, default: 0] += 1
    let (there, here) = (found.missingThere, found.missingHere)
    guard let item = there.union(here).min() else { return }
    let fact =
      stations[pair.0]?.knowledge.facts[item.write] ?? stations[pair.1]?.knowledge.facts[item.write]
    fail(
      .streams,
      "of the stream of \(name(found.isOfMine ? pair.0 : pair.1)), \(there.count) writes are missing "
        + "at \(name(pair.1)) and \(here.count) at \(name(pair.0)), as \(item.write), "
        + (fact.map { "\($0.type).\($0.write.field) by \($0.author) at \($0.time)" } ?? "unknown"))
  }
}
