import FoundationEssentials
import Records

/// Nodes that die, and nodes that go back to what they were.
extension World {
  func crash(_ index: Int, isSilent: Bool) throws {
    downs[index, default: 0] += 1
    try stop(index, isSilent: isSilent)
  }

  /// Starts a node again, unless something else keeps it down.
  func revive(_ index: Int) throws {
    downs[index, default: 0] -= 1
    guard let station = stations[index], downs[index, default: 0] <= 0 else { return }
    guard station.node == nil else { return }
    try station.start(now: wall(station))
    note("\(station.player.id) starts with \(station.knowledge.facts.count) writes")
    try checkPromises(of: station)
    attend(station)
  }

  private func stop(_ index: Int, isSilent: Bool) throws {
    guard let station = stations[index], station.node != nil else { return }
    try station.stop()
    for number in connections.keys.sorted() {
      guard let connection = connections[number],
        let side = (0...1).first(where: { connection.sides[$0].node == index })
      else { continue }
      connection.sides[side].isOver = true
      if connection.sides[1 - side].isOver {
        connections[number] = nil
      } else if !isSilent {
        queue.add(.over(connection, side: 1 - side), at: now + scenario.line.latency.lowerBound)
      }
    }
  }

  /// Copies a node's closed files; the node starts again at once.
  func copy(_ index: Int, action: Int) throws {
    guard let station = stations[index], station.node != nil else { return note("it is down") }
    try crash(index, isSilent: false)
    for (file, copy) in zip(station.files, copies(station, action))
    where FileManager.default.fileExists(atPath: file) {
      try FileManager.default.copyItem(atPath: file, toPath: copy)
    }
    try revive(index)
  }

  /// Puts the copied files back.
  func restore(_ index: Int, action: Int) throws {
    guard let station = stations[index] else { return }
    let copies = copies(station, action)
    guard FileManager.default.fileExists(atPath: copies[0]) else {
      return note("there is no copy")
    }
    try crash(index, isSilent: false)
    for (file, copy) in zip(station.files, copies) {
      if FileManager.default.fileExists(atPath: file) {
        try FileManager.default.removeItem(atPath: file)
      }
      if FileManager.default.fileExists(atPath: copy) {
        try FileManager.default.copyItem(atPath: copy, toPath: file)
      }
    }
    station.owe()
    note("\(station.player.id) is restored")
    try revive(index)
    try settleDebts()
  }

  /// Whoever was restored can get back what some other honest node has now, and no more.
  private func settleDebts() throws {
    for index in cast.honest { try stations[index]?.relearn() }
    for index in cast.honest {
      guard let station = stations[index] else { continue }
      let others = cast.honest.filter { $0 != index }.compactMap { stations[$0]?.knowledge }
      station.oweOnly(
        others.reduce(into: []) { $0.formUnion($1.changes) },
        others.reduce(into: []) { $0.formUnion($1.facts.keys) })
    }
  }

  /// Where a station's files are copied to: the write-ahead log is a part of what there is.
  private func copies(_ station: Station, _ action: Int) -> [String] {
    station.files.map { "\($0).\(action).copy" }
  }
}
