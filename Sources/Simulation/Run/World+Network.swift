import FoundationEssentials
import Records
import SyncProtocol

/// The virtual network: what it carries when, and what it loses.
extension World {
  /// Puts a message on the line, after the oracle has looked at it.
  func transmit(_ message: LinkMessage, _ connection: Connection, _ side: Int) throws {
    guard let station = stations[connection.sides[side].node] else { return }
    let peer = connection.sides[1 - side].node
    note("\(station.player.id) -> \(cast.players[peer].id) \(Self.text(message))")
    if case .batch(let batch) = message { try watch(batch, connection, side, station, peer) }
    guard !connection.isBroken else { return }
    let payload = message.encoded()
    let frame = try connection.codec.frame(payload)
    if let cut = connection.cut, cut.side == side {
      if cut.frames == 0 { return breakOff(connection, side, frame, permille: cut.permille) }
      connection.cut = (side, cut.frames - 1, cut.permille)
    }
    note(frame.count, of: message, station, to: peer)
    carry(frame, bytes: payload.count, connection, side)
    if let repeats = connection.repeats, repeats.side == side {
      // Any frame, or the next that holds a batch.
      if repeats.isOfBatch {
        guard case .batch = message else { return }
      }
      connection.repeats = nil
      note("the frame comes twice")
      carry(frame, bytes: payload.count, connection, side)
    }
  }

  /// Counts what goes over the line, as large as it is after deflating: that stands in no trace.
  private func note(_ bytes: Int, of message: LinkMessage, _ station: Station, to peer: Int) {
    counts.bytes[FrameContent(message), default: 0] += bytes
    station.load.change(now) {
      $0.bytesOut += bytes
      $0.framesOut += 1
    }
    stations[peer]?.load.change(now) {
      $0.bytesIn += bytes
      $0.framesIn += 1
    }
  }

  /// Sends bytes, in one piece or two. The time depends on the message's size before deflating,
  /// which is the same with every version of the deflating library.
  private func carry(_ frame: Data, bytes: Int, _ connection: Connection, _ side: Int) {
    counts.frames += 1
    let begins = max(now, connection.sides[side].free)
    let ends = begins + Int64(bytes) * 1000 / scenario.line.bandwidth
    connection.sides[side].free = ends
    let isSplit = Int.random(in: 0..<8, using: &connection.generator) == 0
    let size = isSplit ? frame.count / 2 : 0
    if isSplit {
      schedule(Data(frame.prefix(size)), at: (begins + ends) / 2, connection, side)
    }
    schedule(Data(frame.dropFirst(size)), at: ends, connection, side)
  }

  private func schedule(_ bytes: Data, at sent: Int64, _ connection: Connection, _ side: Int) {
    let latency = Int64.random(in: scenario.line.latency, using: &connection.generator)
    let arrival = max(sent + latency, connection.sides[side].lastArrival)
    connection.sides[side].lastArrival = arrival
    queue.add(.arrival(connection, side: 1 - side, bytes), at: arrival)
  }

  /// Delivers a part of a frame and nothing more; both ends notice.
  private func breakOff(_ connection: Connection, _ side: Int, _ frame: Data, permille: Int) {
    note("connection \(connection.number) is cut in the middle of a frame")
    schedule(Data(frame.prefix(frame.count * permille / 1000)), at: now, connection, side)
    breakNow(connection)
  }

  /// Ends a connection on the way: what is still under way arrives, nothing after it does.
  func breakNow(_ connection: Connection) {
    guard !connection.isBroken else { return }
    connection.isBroken = true
    for side in 0...1 {
      let arrival = max(now + 1, connection.sides[1 - side].lastArrival)
      queue.add(.over(connection, side: side), at: arrival)
    }
  }

  func arrive(_ connection: Connection, _ side: Int, _ bytes: Data) throws {
    let (from, to) = (connection.sides[1 - side].node, connection.sides[side].node)
    guard !connection.sides[side].isOver, station(of: connection, side) != nil else { return }
    let waits = connection.sides[side].end == nil || !connection.sides[side].held.isEmpty
    guard !waits, weather.passes(from: from, to: to) else {
      connection.sides[side].held.append(bytes)
      return
    }
    do {
      for message in try connection.sides[side].reader.take(bytes) {
        if case .ack(let ack) = message { acknowledged(ack, connection, side) }
        try feed(connection, side, .received(message))
      }
    } catch let error as FrameError {
      try feed(connection, side, .close(.malformed("\(error)")))
    } catch let error as MessageError {
      try feed(connection, side, .close(.malformed("\(error)")))
    }
  }

  /// Lets through what waited while nothing passed.
  func release() throws {
    for number in connections.keys.sorted() {
      guard let connection = connections[number] else { continue }
      for side in 0...1 {
        let held = connection.sides[side].held
        connection.sides[side].held = []
        for bytes in held { try arrive(connection, side, bytes) }
      }
    }
  }

  /// One end hears that the connection is over.
  func over(_ connection: Connection, _ side: Int) throws {
    guard !connection.sides[side].isOver else { return }
    let (from, to) = (connection.sides[1 - side].node, connection.sides[side].node)
    // What cannot pass is not heard: then this end has its time limits to go by.
    guard weather.passes(from: from, to: to) || connection.isBroken else { return }
    if connection.sides[side].end == nil { return try finish(connection, side) }
    try feed(connection, side, .close(.peerClosed("the connection ended")))
  }

  /// One end is done.
  func finish(_ connection: Connection, _ side: Int) throws {
    guard !connection.sides[side].isOver else { return }
    connection.sides[side].isOver = true
    let peer = connection.sides[1 - side].node
    if let station = station(of: connection, side) {
      let failure = connection.sides[side].end?.failure.map(Self.kind) ?? "before hello"
      note("\(station.player.id) closes with \(cast.players[peer].id): \(failure)")
      if station.links[peer] === connection {
        station.links[peer] = nil
        if station.resting.remove(peer) != nil {
          // Who dialled dials again.
          station.backoffs[peer, default: Backoff()].rest()
          redial(station, peer)
        }
      }
      if side == 0 { redial(station, peer) }
    }
    if connection.sides[1 - side].isOver {
      connections[connection.number] = nil
    } else {
      let arrival = max(now + scenario.line.latency.lowerBound, connection.sides[side].lastArrival)
      queue.add(.over(connection, side: 1 - side), at: arrival)
    }
  }

  private static func text(_ message: LinkMessage) -> String {
    switch message {
    case .hello: "hello"
    case .batch(let batch): "batch from \(batch.firstSequence) of \(batch.entries.count)"
    case .ack(let ack): "ack \(ack.position.sequence), \(ack.refusals.count) refused"
    case .probe(let id): "probe \(id)"
    case .probeReply(let id): "reply \(id)"
    case .ping: "ping"
    case .pong: "pong"
    case .goodbye: "goodbye"
    case .reconcile(let message):
      "\(message.isAnswer ? "answer" : "question") of \(message.ranges.count) ranges"
    case .want(let want): "want \(want.writes.count)"
    case .audit: "audit"
    case .unknown: "unknown"
    }
  }
}

extension FrameContent {
  fileprivate init(_ message: LinkMessage) {
    switch message {
    case .hello, .goodbye, .audit, .unknown: self = .greetings
    case .ack: self = .acknowledgements
    case .ping, .pong, .probe, .probeReply: self = .keepAlive
    case .reconcile, .want: self = .comparisons
    case .batch(let batch):
      let hasDocuments = batch.entries.contains {
        if case .document = $0 { true } else { false }
      }
      self = hasDocuments ? .documents : .changes
    }
  }
}
