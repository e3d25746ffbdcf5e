import Agreements
import Foundation
import NIOPosix
import Node
import Records
import Replica
import Synchronization
import Transport

/// All schools of one force, their links, and what came when.
final class County: Sendable {
  private let schools: [School]
  private let force: Force
  private let threads = NIOThreadPool(numberOfThreads: 4)
  private let state: Mutex<[State]>

  private struct State {
    var isLinked = false
    var applied: [Moment] = []
  }

  /// Makes the schools, admits them all, and writes one sheet for each.
  init(_ count: Int, of police: BenchNode, under folder: String) throws {
    schools = try (0..<count).map { try School(number: $0, under: folder) }
    state = Mutex(Array(repeating: State(), count: count))
    let card = try Card(try police.node.card(), source: "card")
    force = Force(endpoint: police.node.configuration.endpoint, card: card)
    try Self.admit(schools, at: police)
    let sheets = Sheets(count: count)
    _ = try police.node.put(
      schools.indices.map { sheets.edit($0, site: schools[$0].node.agency) })
    threads.start()
  }

  /// Deeds for all schools in one go, with the force's own key; each school gets its own.
  private static func admit(_ schools: [School], at police: BenchNode) throws {
    let replica = police.node.replica
    let now = police.node.clock.now()
    let key = try police.signingKey()
    let deeds = try schools.map {
      try Membership.document(
        of: "bench", admitting: try $0.card(), by: police.id, on: now.utcDate, key: key)
    }
    let common = try replica.documents()
    try replica.adopt(deeds, now: now)
    for (school, deed) in zip(schools, deeds) {
      try school.replica.adopt(common + [deed], now: now)
    }
  }

  /// Has every school dial, and dial again when its link ends, as nodes do.
  func connect() {
    for number in schools.indices {
      Task.detached { await self.keepLinked(number) }
    }
  }

  private func keepLinked(_ number: Int) async {
    var milliseconds = 250
    while true {
      try? await schools[number].link(to: force, threads: threads) {
        self.note($0, of: number)
      }
      if state.withLock({ $0[number].isLinked }) { milliseconds = 250 }
      note(.ended, of: number)
      // The waits of a node's own dialling.
      let wait = Int.random(in: (milliseconds / 2)...milliseconds)
      milliseconds = min(30_000, milliseconds * 2)
      try? await Task.sleep(for: .milliseconds(wait))
    }
  }

  private func note(_ event: SchoolEvent, of number: Int) {
    state.withLock { state in
      switch event {
      case .established: state[number].isLinked = true
      case .applied(let moment): state[number].applied.append(moment)
      case .ended: state[number].isLinked = false
      }
    }
  }

  func applied(_ school: Int) -> [Moment] { state.withLock { $0[school].applied } }

  private var links: Int { state.withLock { $0.filter(\.isLinked).count } }

  /// Waits until all links stand.
  @discardableResult
  func linked(within seconds: Double) async throws -> Moment {
    try await wait(for: schools.count, within: seconds)
  }

  /// Waits until all links have ended.
  func unlinked() async throws { _ = try await wait(for: 0, within: 60) }

  private func wait(for count: Int, within seconds: Double) async throws -> Moment {
    let start = Moment.now
    while links != count {
      guard Moment.now.seconds(since: start) < seconds else {
        throw BenchError("\(links) of \(schools.count) schools are linked")
      }
      try await Task.sleep(for: .milliseconds(10))
    }
    return .now
  }

  /// How many changes all schools have taken in.
  func received() throws -> Int {
    try schools.map { Int(try $0.replica.logPosition()) }.reduce(0, +)
  }
}
