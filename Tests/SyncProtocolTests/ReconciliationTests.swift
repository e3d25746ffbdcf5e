import Foundation
import Records
import Simulation
import TestSupport
import Testing

@testable import SyncProtocol

/// Two sets of items find their difference, whatever it is, in messages that go with its size.
@Suite struct ReconciliationTests {
  private let stream: StreamName

  init() throws {
    let police = try #require(AgencyID("police.a"))
    none = try #require(WriteID(Data(count: 32)))
    let care = try #require(AgencyID("care.b"))
    stream = StreamName(from: NodeName(agency: police), to: NodeName(agency: care))
  }

  private let none: WriteID

  private func item(_ generator: inout SeededGenerator) -> ReconciliationItem {
    let write = WriteID(.random(count: 32, using: &generator))
    let time = HLC(
      milliseconds: Int64.random(in: 0..<1_000_000, using: &generator), counter: 1)
    return ReconciliationItem(
      time: time, write: write ?? WriteID(Data(count: 32)).unsafelyUnwrapped)
  }

  /// Runs both sides over real messages.
  /// - Parameter part: how many items of each part are summed up, on either side; all are listed where there is
  ///   none.
  private func difference(
    _ mine: Set<ReconciliationItem>, _ theirs: Set<ReconciliationItem>,
    part: (Int, Int)? = nil, limits: LinkLimits = LinkLimits(),
    using generator: inout SeededGenerator
  ) throws -> Reconciliation {
    let session = Epoch(using: &generator)
    func set(_ items: Set<ReconciliationItem>, _ part: Int?) -> ReconciliationSet {
      part.map { summed(items, $0, session) }
        ?? ReconciliationSet(items, of: stream, session: session)
    }
    func list(_ items: Set<ReconciliationItem>, _ span: StampSpan) -> [ReconciliationItem] {
      items.filter { item in
        item.time >= span.from && (span.to.map { item.time < $0 } ?? true)
      }.sorted()
    }
    var asking = Reconciliation(set(mine, part?.0), session: session, isOfMine: true)
    let answering = set(theirs, part?.1)
    var step = Reconciliation.Step.ask(asking.opening())
    while true {
      switch step {
      case .done: return asking
      case .list(let spans):
        step = try asking.take(spans.map { list(mine, $0) }, limits: limits)
      case .ask(let asked):
        let sent = try LinkMessage(LinkMessage.reconcile(asked).encoded())
        guard case .reconcile(let received) = sent else { return asking }
        let answer = answering.answer(received, limits: limits) { list(theirs, $0) }
        #expect(LinkMessage.reconcile(answer).encoded().count < limits.reconcileBytes + 60_000)
        step = try asking.take(answer, limits: limits)
      }
    }
  }

  /// Items in parts of about so many, of which only the sums are known.
  private func summed(
    _ items: Set<ReconciliationItem>, _ count: Int, _ session: Epoch
  ) -> ReconciliationSet {
    let key = ReconciliationKey(of: stream, session: session)
    var parts = [(from: HLC(rawValue: 0), sum: RangeSum())]
    for item in items.sorted() {
      if parts[parts.count - 1].sum.count >= count, item.time != parts[parts.count - 1].from {
        parts.append((item.time, RangeSum()))
      }
      parts[parts.count - 1].sum += key.sum(of: item)
    }
    // Stamps that fall on a part's edge belong to the later part.
    for index in parts.indices {
      let end = index + 1 < parts.count ? parts[index + 1].from : nil
      parts[index].sum = items.reduce(into: RangeSum()) { sum, item in
        if item.time >= parts[index].from, end.map({ item.time < $0 }) ?? true {
          sum += key.sum(of: item)
        }
      }
    }
    return ReconciliationSet(parts, key: key)
  }

  @Test func whatDiffersIsFoundExactly() {
    forSeeds(40) { generator in
      let common = (0..<Int.random(in: 0..<2_000, using: &generator)).map { _ in item(&generator) }
      let mine = (0..<Int.random(in: 0..<60, using: &generator)).map { _ in item(&generator) }
      let theirs = (0..<Int.random(in: 0..<60, using: &generator)).map { _ in item(&generator) }
      let found = try difference(
        Set(common + mine), Set(common + theirs), using: &generator)
      return found.missingThere == Set(mine) && found.missingHere == Set(theirs)
    }
  }

  /// Sides that know only sums of what they have list what differs, and find it all the same.
  @Test func whatDiffersIsFoundBySums() {
    forSeeds(20) { generator in
      let common = (0..<Int.random(in: 0..<900, using: &generator)).map { _ in item(&generator) }
      let mine = (0..<Int.random(in: 0..<40, using: &generator)).map { _ in item(&generator) }
      let theirs = (0..<Int.random(in: 0..<40, using: &generator)).map { _ in item(&generator) }
      let parts = (
        Int.random(in: 1..<200, using: &generator), Int.random(in: 1..<200, using: &generator)
      )
      let found = try difference(
        Set(common + mine), Set(common + theirs), part: parts, using: &generator)
      return found.missingThere == Set(mine) && found.missingHere == Set(theirs)
    }
  }

  @Test func manyDifferencesAreFoundPartByPart() throws {
    var generator = SeededGenerator(seed: 8)
    let all = (0..<2_000).map { _ in item(&generator) }
    // Every part of the answering side differs, and there are more than one message has listed.
    let theirs = all.enumerated().filter { $0.offset % 7 != 0 }.map(\.element)
    let found = try difference(Set(all), Set(theirs), part: (12, 12), using: &generator)
    #expect(found.missingThere == Set(all).subtracting(theirs) && found.missingHere.isEmpty)
  }

  @Test func oneSideWithNothingLearnsOfEverything() {
    forSeeds(4) { generator in
      let all = Set((0..<4_000).map { _ in item(&generator) })
      let lost = try difference([], all, using: &generator)
      let fresh = try difference(all, [], using: &generator)
      return lost.missingHere == all && fresh.missingThere == all
    }
  }

  @Test func equalSetsCostOneRoundTrip() throws {
    var generator = SeededGenerator(seed: 1)
    let all = Set((0..<5_000).map { _ in item(&generator) })
    let found = try difference(all, all, using: &generator)
    #expect(found.roundTrips == 1)
    #expect(found.missingHere.isEmpty && found.missingThere.isEmpty)
    #expect(found.bytes < 200)
  }

  @Test func theCostGoesWithTheDifference() throws {
    var generator = SeededGenerator(seed: 2)
    let all = (0..<6_000).map { _ in item(&generator) }
    let one = try difference(Set(all), Set(all.dropFirst(1)), using: &generator)
    let ten = try difference(Set(all), Set(all.dropFirst(10)), using: &generator)
    #expect(one.missingThere.count == 1 && ten.missingThere.count == 10)
    #expect(one.bytes < 8_000)
    #expect(ten.bytes < 12 * one.bytes)
    #expect(one.roundTrips <= 6)
  }

  /// The cost at a hundred thousand items in common, printed for whoever wants to know.
  @Test(arguments: [(0, 100), (1, 3_000), (10, 25_000), (1_000, 1_000_000)])
  func whatAHundredThousandItemsCost(differences: Int, bytes: Int) throws {
    var generator = SeededGenerator(seed: 5)
    let all = (0..<100_000).map { _ in item(&generator) }
    let found = try difference(
      Set(all), Set(all.dropFirst(differences)), using: &generator)
    print(
      "reconciling 100,000 items, \(differences) missing: \(found.bytes) bytes, "
        + "\(found.roundTrips) round trips")
    #expect(found.missingThere.count == differences)
    #expect(found.bytes <= bytes)
  }

  @Test func aPeerThatNeverSettlesIsLeft() throws {
    var generator = SeededGenerator(seed: 3)
    var limits = LinkLimits()
    limits.reconcileRounds = 20
    let session = Epoch(using: &generator)
    var asking = Reconciliation(
      ReconciliationSet([item(&generator)], of: stream, session: session), session: session,
      isOfMine: true)
    let stubborn = Reconcile(
      session: session, isOfAsker: true, isAnswer: true,
      ranges: [.init(upper: Data(), content: .fingerprint(Data(count: 16)))])
    #expect(throws: LinkFailure.self) {
      for _ in 0..<100 { _ = try asking.take(stubborn, limits: limits) }
    }
  }

  @Test func rangesThatRunBackwardsAreRefused() throws {
    var generator = SeededGenerator(seed: 4)
    let ranges = [Data([2]), Data([1])].map {
      Reconcile.Range(upper: $0, content: .settled)
    }
    let message = Reconcile(
      session: Epoch(using: &generator), isOfAsker: true, isAnswer: false, ranges: ranges)
    #expect(throws: MessageError.self) {
      try LinkMessage(LinkMessage.reconcile(message).encoded())
    }
  }
}
