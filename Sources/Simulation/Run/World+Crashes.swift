import FoundationEssentials
import Records

/// Nodes that die, disks that fail, and nodes that go back to what they were.
extension World {
  /// A node dies: killed, or with the power, which takes what its disk had not made durable.
  func crash(_ index: Int, isSilent: Bool, action: Int) throws {
    downs[index, default: 0] += 1
    guard let station = stations[index], station.node != nil else { return }
    var generator = SeededGenerator(seed: seed, keys: 0xD15C, UInt64(action))
    let hasPower = Bool.random(using: &generator)
    let report = try station.disk.crash(unsynced: hasPower ? .kept : .drawn, using: &generator)
    if !hasPower {
      counts.powerCuts += 1
      note("the power is cut: \(report.lost) writes lost, \(report.torn) torn")
    }
    stop(station, isSilent: isSilent)
  }

  /// Starts a node again, unless something else keeps it down.
  func revive(_ index: Int) throws {
    downs[index, default: 0] -= 1
    try start(index)
  }

  /// Starts a node that is down for no reason; where its disk fails, again in a while.
  func start(_ index: Int) throws {
    guard let station = stations[index], downs[index, default: 0] <= 0, station.node == nil else {
      return
    }
    station.disk.restart()
    do {
      try station.start(now: wall(station))
    } catch {
      guard station.isFailing else { throw error }
      note("\(station.player.id) cannot start: \(Self.kind(error))")
      queue.add(.start(node: index), at: now + 5 * scenario.tick)
      return
    }
    note("\(station.player.id) starts with \(station.knowledge.facts.count) writes")
    if let action = restoring.removeValue(forKey: index) { restored(station, action) }
    try checkPromises(of: station)
    attend(station)
  }

  private func stop(_ station: Station, isSilent: Bool) {
    station.stop()
    for number in connections.keys.sorted() {
      guard let connection = connections[number],
        let side = (0...1).first(where: { connection.sides[$0].node == station.index })
      else { continue }
      connection.sides[side].isOver = true
      if connection.sides[1 - side].isOver {
        connections[number] = nil
      } else if !isSilent {
        queue.add(.over(connection, side: 1 - side), at: now + scenario.line.latency.lowerBound)
      }
    }
  }

  /// A disk begins to fail: it is full, or gives errors after some more writes.
  func failDisk(_ index: Int, _ fault: DiskFault) {
    stations[index]?.isFailing = true
    stations[index]?.disk.begin(fault)
  }

  func mendDisk(_ index: Int) {
    stations[index]?.isFailing = false
    stations[index]?.disk.mend()
  }

  /// Copies a node's files while it is down; it starts again at once.
  func copy(_ index: Int, action: Int) throws {
    guard let station = stations[index], station.node != nil else { return note("it is down") }
    try crash(index, isSilent: false, action: action)
    for (file, copy) in zip(station.files, station.copies(action))
    where FileManager.default.fileExists(atPath: file) {
      try FileManager.default.copyItem(atPath: file, toPath: copy)
    }
    try revive(index)
  }

  /// Puts the copied files back.
  func restore(_ index: Int, action: Int) throws {
    guard let station = stations[index] else { return }
    let copies = station.copies(action)
    guard FileManager.default.fileExists(atPath: copies[0]) else {
      return note("there is no copy")
    }
    try crash(index, isSilent: false, action: action)
    for file in station.files where FileManager.default.fileExists(atPath: file) {
      try FileManager.default.removeItem(atPath: file)
    }
    for (file, copy) in zip(station.files, copies)
    where FileManager.default.fileExists(atPath: copy) {
      try FileManager.default.copyItem(atPath: copy, toPath: file)
    }
    restoring[index] = action
    try revive(index)
  }

  /// What is promised now depends on what the older files hold and on what the peers have.
  private func restored(_ station: Station, _ action: Int) {
    station.noteRestore()
    station.promises.restored(to: station.knowledge)
    for index in present where index != station.index {
      stations[index]?.promises.forget(station.index, holding: station.knowledge)
    }
    for index in present where index != station.index {
      guard let peer = stations[index] else { continue }
      station.promises.forget(index, holding: peer.knowledge)
    }
    note("\(station.player.id) is restored, and owed \(station.promises.owed.count) writes")
  }
}
