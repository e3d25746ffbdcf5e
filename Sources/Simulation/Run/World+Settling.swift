import FoundationEssentials
import Records
import Replica
import SyncProtocol

/// The end of a run: faults stop, clocks agree, and everything has to come to rest.
extension World {
  /// Ends all faults and waits until no node has anything more for another.
  func settle() throws {
    note("faults stop")
    weather.calm()
    for index in present {
      mendDisk(index)
      downs[index] = 0
      try start(index)
    }
    try agreeOnTime()
    try release()
    // What was refused for want of a document or a clock is tried again on the next connection.
    for number in connections.keys.sorted() {
      if let connection = connections[number] { breakNow(connection) }
    }
    let deadline = now + 1_200_000 * scale
    // Links that died without a word are noticed by their silence.
    try run(until: now + 60_000 * scale)
    while failure == nil {
      let before = applied
      guard try isQuiet(until: deadline) else { break }
      if applied == before { return }
    }
    if failure == nil { fail(.quiet, stuck()) }
  }

  /// All clocks show one time, later than every stamp that a node gave.
  private func agreeOnTime() throws {
    var latest: Int64 = 0
    for index in present {
      guard let station = stations[index] else { continue }
      latest = max(latest, station.clock.error(at: now))
      for fact in station.knowledge.facts.values {
        latest = max(latest, fact.time.milliseconds - trueTime.milliseconds)
      }
    }
    for held in ledger.held {
      latest = max(latest, held.time.milliseconds - trueTime.milliseconds)
    }
    for index in present { stations[index]?.clock.set(error: latest + 1000) }
    // A node whose clock is set begins its links anew.
    for number in connections.keys.sorted() {
      guard let connection = connections[number] else { continue }
      for side in 0...1 where !connection.sides[side].isOver {
        try feed(connection, side, .close(.clockSet))
      }
    }
  }

  private var applied: Int {
    connections.values.reduce(0) { sum, connection in
      connection.sides.reduce(sum) { $0 + ($1.end?.applied.batches ?? 0) }
    }
  }

  /// The honest pairs that sync, each once.
  var pairs: [(Int, Int)] {
    present.flatMap { left in linked(with: left).filter { $0 > left }.map { (left, $0) } }
  }

  /// Asks on every link whether both sides are quiet, and waits for all answers.
  private func isQuiet(until deadline: Int64) throws -> Bool {
    var asked: [Int: (connection: Connection, probe: UInt64)] = [:]
    while failure == nil, now < deadline {
      var isDone = true
      for (place, pair) in pairs.enumerated() {
        guard let connection = established(pair) else {
          isDone = false
          asked[place] = nil
          continue
        }
        let side = connection.side(of: pair.0)
        if let question = asked[place], question.connection === connection {
          let isAnswered = connection.sides[side].end?.quiet.contains(question.probe) ?? false
          isDone = isDone && isAnswered
        } else {
          counts.probes += 1
          asked[place] = (connection, counts.probes)
          try feed(connection, side, .probe(counts.probes))
          isDone = false
        }
      }
      if isDone { return true }
      try run(until: now + 1000 * scale)
    }
    return false
  }

  private func established(_ pair: (Int, Int)) -> Connection? {
    guard let connection = stations[pair.0]?.links[pair.1],
      stations[pair.1]?.links[pair.0] === connection,
      connection.sides.allSatisfy({ $0.end?.isEstablished ?? false })
    else { return nil }
    return connection
  }

  private func stuck() -> String {
    for pair in pairs where established(pair) == nil {
      return "\(name(pair.0)) and \(name(pair.1)) have no link after \(1200 * scale) s"
    }
    return "links are not quiet after \(1200 * scale) s"
  }

  /// Nothing waits at any node for any other.
  func checkQuiet() throws {
    counts.checked[.quiet, default: 0] += 1
    for index in present {
      let waiting = try stations[index]?.node?.replica.relearning() ?? []
      guard waiting.isEmpty else {
        return fail(.quiet, "\(name(index)) still waits to relearn from \(waiting[0])")
      }
    }
    for (left, right) in pairs {
      for (from, to) in [(left, right), (right, left)] {
        guard let station = stations[from], let replica = station.node?.replica else { continue }
        if let agency = try replica.relearning().first {
          fail(.quiet, "\(name(from)) still waits for \(agency) to tell what it lost")
        }
        let waiting = try replica.waiting(for: cast.players[to].name, now: wall(station))
        if waiting > 0 { fail(.quiet, "\(waiting) wait at \(name(from)) for \(name(to))") }
      }
    }
  }
}
