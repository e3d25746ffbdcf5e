import Casework
import FoundationEssentials
import Node
import Records

/// Schools of an area begin once there will be something for them, each as a whole node; and ledgers are
/// looked at soon after something came, so that the clock's ticks may be far apart.
extension World {
  /// How long after something came a node looks at its ledger: a real one looks as often.
  static let ledgerPause: Int64 = 15_000

  /// A node begins: it makes its files, adopts what it was given, and dials.
  func join(_ index: Int) throws {
    guard stations[index] == nil else { return }
    let station = try station(index)
    stations[index] = station
    try station.start(adopting: cast.documents(of: index), now: wall(station))
    attend(station)
    beDialled(station)
  }

  /// Has the peers of a node that was not there before dial it, as a real node dials each new member: where one side of
  /// a link alone knows that it is over, the other dials.
  private func beDialled(_ newcomer: Station) {
    var generator = SeededGenerator(seed: seed, keys: 0x71D, UInt64(newcomer.index))
    for peer in linked(with: newcomer.index) {
      guard let station = stations[peer], station.node != nil else { continue }
      beginDialling(newcomer.index, from: station, &generator)
    }
  }

  /// Has a node look at its ledger at a time, unless it looks before.
  func planLedger(_ station: Station, at time: Int64) {
    guard cast.isLazy, station.node != nil, station.ledgerAt.map({ time < $0 }) ?? true else {
      return
    }
    station.ledgerAt = time
    queue.add(.ledger(node: station.index, life: station.life), at: time)
  }

  func lookAtLedger(_ node: Int, _ life: Int) {
    guard let station = stations[node], station.life == life, station.ledgerAt == now else {
      return
    }
    station.ledgerAt = nil
    keepLedger(station)
    station.ledgerDay = LondonTime(wall(station)).date
    guard let next = station.ledger.next else { return }
    planLedger(station, at: max(now + 1000, sinceBeginning(next) - station.clock.error(at: now)))
  }

  func lookAtLedgerDaily(_ station: Station) {
    guard station.ledgerDay != LondonTime(wall(station)).date else { return }
    planLedger(station, at: now + Self.ledgerPause)
  }
}
