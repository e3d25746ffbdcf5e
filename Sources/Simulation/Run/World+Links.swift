import Agreements
import FoundationEssentials
import Records
import Replica
import SyncProtocol

/// Links as the real node keeps them: dialling with back-off, crossed connections, ticks.
extension World {
  /// A real node looks every five seconds, since another process may write to its files. Nobody
  /// does here, so that only what depends on the time of day has to be noticed.
  static let ticksBetweenLooks = 30

  func tick(_ node: Int, _ life: Int) throws {
    guard let station = stations[node], station.life == life, station.node != nil else { return }
    station.ticks += 1
    let looks = station.ticks.isMultiple(of: Self.ticksBetweenLooks)
    for peer in station.links.keys.sorted() {
      try feed(station, peer, .tick)
      if looks { try feed(station, peer, .changed) }
    }
    try retryHeld(station)
    // Where ledgers are looked at when something came, what is left is that another day begins.
    if !cast.isLazy { keepLedger(station) } else { lookAtLedgerDaily(station) }
    queue.add(.tick(node: node, life: life), at: now + scenario.tick)
  }

  private func retryHeld(_ station: Station) throws {
    guard station.mayHold, let replica = station.node?.replica else { return }
    do {
      let applied = try replica.retryHeld(now: wall(station))
      if applied > 0 {
        note("\(station.player.id) applies \(applied) that waited")
        try station.learn()
        queue.add(.changed(node: station.index, except: nil), at: now)
      }
      station.mayHold = try replica.quarantine().contains {
        $0.isReleasable || $0.heldUntil != nil
      }
    } catch {
      note("\(station.player.id) cannot look at what waits: \(Self.kind(error))")
    }
  }

  /// Has those of a node's links look for something to send that it may concern, except the one that it came from,
  /// as the real node does.
  func changed(_ node: Int, _ except: Int?) throws {
    guard let station = stations[node], let replica = station.node?.replica else { return }
    let peers = station.links.keys.sorted()
    let names = Set(peers.map { NodeName(agency: cast.players[$0].id) })
    let found = try? station.load.measure(at: now, by: workClock) {
      try replica.look(after: station.look, for: names, now: wall(station))
    }
    station.look = found
    if found?.isComplete == false { queue.add(.changed(node: node, except: except), at: now) }
    for peer in peers where peer != except {
      guard found?.concerns(NodeName(agency: cast.players[peer].id)) ?? true else { continue }
      try feed(station, peer, .changed)
    }
  }

  func dial(_ node: Int, _ peer: Int, _ life: Int) {
    guard let station = stations[node], station.life == life, station.node != nil else { return }
    guard station.links[peer] == nil else {
      station.resting.insert(peer)
      return
    }
    let dialled = station.dials[peer, default: 0]
    station.dials[peer] = dialled + 1
    let generator = SeededGenerator(
      seed: seed, keys: 0xD1A1, UInt64(node), UInt64(peer), dialled)
    if canReach(peer, from: node) {
      station.backoffs[peer] = Backoff()
      connect(node, peer, generator)
    } else {
      redial(station, peer)
    }
  }

  func redial(_ station: Station, _ peer: Int) {
    let dialled = station.dials[peer, default: 0]
    var generator = SeededGenerator(
      seed: seed, keys: 0xBAC0, UInt64(station.index), UInt64(peer), dialled)
    let wait = station.backoffs[peer, default: Backoff()].next(
      scale, limit: scenario.redial ?? .max, using: &generator)
    queue.add(
      .dial(node: station.index, peer: peer, life: station.life), at: now + max(1, wait))
  }

  private func canReach(_ peer: Int, from node: Int) -> Bool {
    stations[peer]?.node != nil && !weather.refuses(peer)
      && weather.passes(from: node, to: peer) && weather.passes(from: peer, to: node)
  }

  private func connect(_ node: Int, _ peer: Int, _ generator: SeededGenerator) {
    dialled += 1
    counts.connections += 1
    let connection = Connection(
      number: dialled, from: node, to: peer, generator: generator, limits: limits)
    connections[dialled] = connection
    for side in 0...1 {
      let station = stations[connection.sides[side].node]
      connection.sides[side].life = station?.life ?? 0
      connection.sides[side].restores = station?.restores ?? 0
    }
    let latency = Int64.random(in: scenario.line.latency, using: &connection.generator)
    // Under TLS 1.3 the client is done one way earlier than the server.
    queue.add(.connected(connection, side: 0), at: now + 2 * latency)
    queue.add(.connected(connection, side: 1), at: now + 3 * latency)
  }

  func connected(_ connection: Connection, _ side: Int) throws {
    guard !connection.sides[side].isOver, let station = station(of: connection, side),
      let node = station.node
    else { return }
    let peer = connection.sides[1 - side].node
    let player = cast.players[peer]
    let keys = try node.replica.partnership().keys(of: player.name, at: node.now)
    guard !keys.isEmpty else { return try finish(connection, side) }
    note("\(station.player.id) connected with \(player.id)")
    connection.sides[side].end = try SimulatedEnd(
      at: node, towards: player.name, keys: keys, limits: limits)
    connection.sides[side].began = now
    var isSuperseded = false
    if let old = station.links[peer] {
      isSuperseded = keeps(old, over: connection, station)
      if !isSuperseded { try feed(old, old.side(of: station.index), .close(.superseded)) }
    }
    if !isSuperseded { station.links[peer] = connection }
    try operate(connection, side) { end, generator in try end.open(using: &generator) }
    if isSuperseded { try feed(connection, side, .close(.superseded)) }
    let early = connection.sides[side].held
    connection.sides[side].held = []
    for bytes in early { try arrive(connection, side, bytes) }
  }

  private func keeps(_ old: Connection, over new: Connection, _ station: Station) -> Bool {
    let side = old.side(of: station.index)
    return CrossedDials.keepOlder(
      dialled: side == 0, over: new.sides[0].node == station.index,
      age: .milliseconds(now - old.sides[side].began), at: station.player.name,
      with: cast.players[old.sides[1 - side].node].name)
  }

  /// The node at an end, where it is still the one that the end belongs to.
  func station(of connection: Connection, _ side: Int) -> Station? {
    let end = connection.sides[side]
    guard let station = stations[end.node], station.life == end.life, station.node != nil else {
      return nil
    }
    return station
  }

  func feed(_ station: Station, _ peer: Int, _ event: LinkEvent) throws {
    guard let connection = station.links[peer] else { return }
    try feed(connection, connection.side(of: station.index), event)
  }

  func feed(_ connection: Connection, _ side: Int, _ event: LinkEvent) throws {
    try operate(connection, side) { end, generator in try end.handle(event, using: &generator) }
  }

  /// Lets an end do something, sends what it has to say, and ends it where it closed.
  private func operate(
    _ connection: Connection, _ side: Int,
    _ body: (inout SimulatedEnd, inout SeededGenerator) throws -> Void
  ) throws {
    guard !connection.sides[side].isOver, let station = station(of: connection, side),
      var end = connection.sides[side].end
    else { return }
    station.node?.now = wall(station)
    end.elapsed = .milliseconds(now - connection.sides[side].began)
    let (applied, kept) = (end.applied, end.kept)
    do {
      try station.load.measure(at: now, by: workClock) { try body(&end, &connection.generator) }
    } catch {
      note("\(station.player.id) fails: \(Self.kind(error))")
      try end.handle(.close(.storage(Self.kind(error))), using: &connection.generator)
    }
    let messages = end.sent
    end.sent = []
    connection.sides[side].end = end
    let peer = connection.sides[1 - side].node
    try took(station, end, since: applied, kept, from: peer)
    for message in messages { try transmit(message, connection, side) }
    if end.isClosed { try finish(connection, side) }
  }

  /// What was applied is known now, and the other links are told.
  private func took(
    _ station: Station, _ end: SimulatedEnd, since applied: (batches: Int, withDocuments: Int),
    _ kept: Int, from peer: Int
  ) throws {
    if end.kept > kept {
      station.mayHold = true
      note("\(station.player.id) keeps \(end.kept - kept) of \(cast.players[peer].id) aside")
    }
    guard end.applied.batches > applied.batches else { return }
    try station.learn()
    let hasDocuments = end.applied.withDocuments > applied.withDocuments
    if hasDocuments { try station.learnVersions() }
    queue.add(.changed(node: station.index, except: hasDocuments ? nil : peer), at: now)
    planLedger(station, at: now + Self.ledgerPause)
  }

  /// An error's kind, without what it says.
  static func kind(_ error: any Error) -> String {
    Mirror(reflecting: error).children.first?.label ?? "\(error)"
  }
}
