import Agreements
import ArgumentParser
import Foundation
import NIOPosix
import Node
import Records
import Replica
import SyncProtocol
import Synchronization
import Transport

/// Row 9: one force's node, and a link with each of a thousand schools.
struct Schools: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Link many schools with one force: memory, idle work, delay, restart.")
  @OptionGroup var place: PlaceOption
  @Option(help: "How many schools.") var schools = 1_000
  @Option(help: "How many changes are timed, each for one school.") var changes = 200
  @Option(help: "For how many seconds the idle node is watched.") var idle = 20.0

  func run() async throws {
    let folder = try place.empty("schools")
    let pair = try Pair(.schools, under: folder)
    let county = try County(schools, of: pair.police, under: folder)
    try pair.police.start()
    Moment.pause(3)
    let alone = Usage.kilobytes(of: try pair.police.running().pid)
    county.connect()
    try await county.linked(within: 120)
    Moment.pause(5)
    let linked = Usage.kilobytes(of: try pair.police.running().pid)
    let idle = try idleShare(pair.police)
    let delays = try await delays(county, pair.police)
    pair.police.stop()
    try await county.unlinked()
    try pair.police.start()
    let ready = try pair.police.running().readyAt
    let back = try await county.linked(within: 120)
    let facts = SchoolsFacts(
      schools: schools, kilobytes_alone: alone, kilobytes_linked: linked,
      kilobytes_per_link: Double(linked - alone) / Double(schools),
      idle_cpu_percent: idle * 100, changes: delays.count,
      visible_median: delays.quantile(0.5), visible_p99: delays.quantile(0.99),
      reconnect_seconds: back.seconds(since: ready),
      received: try county.received(), expected: schools + delays.count)
    pair.stop()
    try print(Facts(facts))
    Foundation.exit(0)
  }

  /// Which part of one processor the node uses while nothing happens.
  private func idleShare(_ node: BenchNode) throws -> Double {
    let pid = try node.running().pid
    let (before, begun) = (Usage.cpuSeconds(of: pid), Moment.now)
    Moment.pause(idle)
    return (Usage.cpuSeconds(of: pid) - before) / Moment.now.seconds(since: begun)
  }

  /// One change for one school at a time, from durable at the force to durable at the school.
  private func delays(_ county: County, _ force: BenchNode) async throws -> [Double] {
    let writer = try force.running()
    var delays: [Double] = []
    for change in 0..<changes {
      let school = change * 37 % schools
      let before = county.applied(school).count
      writer.tell("write \(school) \(change % 8) 7")
      let times = try writer.line().split(separator: " ").compactMap { Int($0) }
      guard times.count == 2 else { throw BenchError("the writer failed") }
      let start = Moment.now
      while county.applied(school).count <= before {
        guard Moment.now.seconds(since: start) < 30 else {
          throw BenchError("school \(school) did not get its change")
        }
        try await Task.sleep(for: .milliseconds(1))
      }
      guard let there = county.applied(school).last else { continue }
      delays.append(there.seconds(since: Moment(nanoseconds: times[1])))
      try await Task.sleep(for: .milliseconds(10))
    }
    return delays
  }
}

struct SchoolsFacts: Encodable {
  let schools: Int
  let kilobytes_alone: Int
  let kilobytes_linked: Int
  let kilobytes_per_link: Double
  let idle_cpu_percent: Double
  let changes: Int
  let visible_median: Double
  let visible_p99: Double
  let reconnect_seconds: Double
  /// Changes at all schools together, and how many there should be.
  let received: Int
  let expected: Int
}
