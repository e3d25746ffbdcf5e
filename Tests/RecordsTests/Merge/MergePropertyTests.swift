import Foundation
import Records
import Simulation
import TestSupport
import Testing

/// Merging is commutative, associative and idempotent: whatever the order and repetition in which
/// versions arrive, the state is the same.
@Suite struct MergePropertyTests {
  @Test(arguments: MergeRule.allCases)
  func anyOrderAndRepetitionGivesTheSameState(rule: MergeRule) {
    forSeeds(150) { generator in
      let versions = History.random(rule, using: &generator)
      let straight = History.applied(versions, rule)
      let shuffled = History.applied(
        (versions + versions.shuffled(using: &generator).prefix(versions.count / 2))
          .shuffled(using: &generator), rule)
      return FieldView(straight, rank: History.rank) == FieldView(shuffled, rank: History.rank)
        && Set(straight.versions) == Set(shuffled.versions)
        && straight.removed == shuffled.removed && straight.seen == shuffled.seen
    }
  }

  @Test(arguments: MergeRule.allCases)
  func versionsThatWereSupersededNeverReturn(rule: MergeRule) {
    forSeeds(100) { generator in
      var state = History.applied(History.random(rule, using: &generator), rule)
      let before = state
      for version in before.versions.shuffled(using: &generator) { state.apply(version) }
      return state == before
    }
  }

  @Test func anotherAgencysJudgementIsNeverOverwritten() {
    forSeeds(150) { generator in
      let versions = History.random(.eachAgency, using: &generator)
      let view = FieldView(History.applied(versions, .eachAgency))
      let writers = Set(versions.map(\.author))
      return Set(view.versions.map(\.author)) == writers
    }
  }

  @Test func nobodysConcurrentValueDisappearsUnderReview() {
    forSeeds(150) { generator in
      let versions = History.random(.review, using: &generator)
      let state = History.applied(versions, .review)
      // What nobody's context names must stand.
      let unseen = versions.filter { version in
        !versions.contains { ($0.write.context[version.key] ?? HLC(rawValue: 0)) >= version.time }
      }
      return Set(state.versions.map(\.id)) == Set(unseen.map(\.id))
    }
  }
}

/// Random histories of one field, as several agencies with several devices would write them.
enum History {
  static let terms = ["none", "low", "middle", "high"]

  static func rank(_ value: Value) -> Int? {
    if case .term(let term) = value { terms.firstIndex(of: term) } else { nil }
  }

  static func applied(_ versions: [Version], _ rule: MergeRule) -> FieldState {
    versions.reduce(into: FieldState(rule: rule)) { $0.apply($1) }
  }

  /// Every writer has a replica of its own; now and then two of them exchange all they know.
  static func random(_ rule: MergeRule, using generator: inout SeededGenerator) -> [Version] {
    let writers = (0..<4).compactMap { number -> (AgencyID, KeyID)? in
      guard let agency = AgencyID("care.a\(number / 2)"),
        let key = KeyID(Data(repeating: UInt8(number + 1), count: 16))
      else { return nil }
      return (agency, key)
    }
    var replicas = writers.map { _ in (versions: [Version](), state: FieldState(rule: rule)) }
    var all: [Version] = []
    for step in 0..<Int.random(in: 3...16, using: &generator) {
      let at = Int.random(in: 0..<writers.count, using: &generator)
      if Bool.random(using: &generator),
        let from = replicas.indices.randomElement(using: &generator)
      {
        for version in replicas[from].versions { replicas[at].state.apply(version) }
        replicas[at].versions += replicas[from].versions
      }
      guard let id = WriteID(Data(repeating: UInt8(step), count: WriteID.byteCount)) else {
        continue
      }
      let write = write(rule, replicas[at].state, by: writers[at].0, using: &generator)
      let version = Version(
        id: id, author: writers[at].0, key: writers[at].1,
        time: HLC(milliseconds: Int64(1000 + step * 10), counter: UInt16(at)), write: write,
        mayLower: at == 0)
      replicas[at].state.apply(version)
      replicas[at].versions.append(version)
      all.append(version)
    }
    return all
  }

  private static func write(
    _ rule: MergeRule, _ state: FieldState, by author: AgencyID,
    using generator: inout SeededGenerator
  ) -> Write {
    let value = Value.term(terms[Int.random(in: 0..<terms.count, using: &generator)])
    guard !rule.isRegister else {
      let context = state.context(for: author)
      return Int.random(in: 0..<6, using: &generator) == 0
        ? .clear("field", over: context) : .set("field", to: value, over: context)
    }
    let adds = state.adds(of: value)
    if rule == .set, !adds.isEmpty, Bool.random(using: &generator) {
      return .remove(value, from: "field", adds: adds)
    }
    return .add(value, to: "field")
  }
}
