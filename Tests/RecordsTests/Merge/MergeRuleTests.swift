import Foundation
import Records
import Testing

/// What each rule shows in the cases that people meet.
@Suite struct MergeRuleTests {
  @Test func latestShowsTheLastOfTwo() throws {
    let view = try view(
      .latest, [.set("f", to: .text("a"), over: [:]), .set("f", to: .text("b"), over: [:])])
    #expect(view.versions.map(\.write.value) == [.text("b")])
    #expect(!view.isConflict)
  }

  @Test func reviewKeepsConcurrentValuesUntilSomebodyWhoSawBothChooses() throws {
    var state = FieldState(rule: .review)
    let first = try version(.set("f", to: .text("a"), over: [:]), by: 1, at: 10)
    let second = try version(.set("f", to: .text("b"), over: [:]), by: 2, at: 11)
    state.apply(first)
    state.apply(second)
    #expect(FieldView(state).isConflict)
    #expect(FieldView(state).versions.count == 2)
    let context = state.context(for: try agency(1))
    state.apply(try version(.set("f", to: .text("b"), over: context), by: 1, at: 12))
    #expect(!FieldView(state).isConflict)
    #expect(FieldView(state).versions.count == 1)
  }

  @Test func equalConcurrentValuesAreNoConflict() throws {
    var state = FieldState(rule: .review)
    state.apply(try version(.set("f", to: .text("a"), over: [:]), by: 1, at: 10))
    state.apply(try version(.set("f", to: .text("a"), over: [:]), by: 2, at: 11))
    #expect(!FieldView(state).isConflict)
  }

  @Test func eachAgencyKeepsJudgementsSideBySideAndReviewsOnlyOnesOwn() throws {
    var state = FieldState(rule: .eachAgency)
    state.apply(try version(.set("f", to: .term("high"), over: [:]), by: 1, at: 10))
    state.apply(try version(.set("f", to: .term("low"), over: [:]), by: 2, at: 11))
    #expect(FieldView(state).versions.count == 2)
    #expect(!FieldView(state).isConflict)
    state.apply(try version(.set("f", to: .term("middle"), over: [:]), by: 2, device: 9, at: 12))
    let view = FieldView(state)
    #expect(view.isConflict(for: try agency(2)))
    #expect(!view.isConflict(for: try agency(1)))
  }

  @Test func aSetsConcurrentAddWinsOverARemovalThatDidNotSeeIt() throws {
    var state = FieldState(rule: .set)
    let seen = try version(.add(.text("x"), to: "f"), by: 1, at: 10)
    state.apply(seen)
    let removal = try version(.remove(.text("x"), from: "f", adds: [seen.id]), by: 2, at: 12)
    let concurrent = try version(.add(.text("x"), to: "f"), by: 3, at: 11)
    state.apply(removal)
    state.apply(concurrent)
    #expect(FieldView(state).versions.map(\.id) == [concurrent.id])
  }

  @Test func aRemovalThatArrivesFirstKeepsItsElementOut() throws {
    var state = FieldState(rule: .set)
    let add = try version(.add(.text("x"), to: "f"), by: 1, at: 10)
    state.apply(try version(.remove(.text("x"), from: "f", adds: [add.id]), by: 2, at: 12))
    state.apply(add)
    #expect(FieldView(state).versions.isEmpty)
  }

  @Test func aLogOnlyGrows() throws {
    let view = try view(.log, [.add(.text("a"), to: "f"), .add(.text("a"), to: "f")])
    #expect(view.versions.count == 2)
    var state = FieldState(rule: .log)
    state.apply(try version(.set("f", to: .text("a"), over: [:]), by: 1, at: 10))
    #expect(state.versions.isEmpty)
  }

  @Test func highestStaysUntilSomebodyWhoMayLowerHasSeenIt() throws {
    var state = FieldState(rule: .highest)
    let high = try version(.set("f", to: .term("high"), over: [:]), by: 1, at: 10)
    state.apply(high)
    let context = [high.key: high.time]
    state.apply(try version(.set("f", to: .term("low"), over: context), by: 2, at: 11))
    #expect(FieldView(state, rank: History.rank).versions.map(\.id) == [high.id])
    state.apply(
      try version(.set("f", to: .term("low"), over: context), by: 2, at: 12, mayLower: true))
    #expect(
      FieldView(state, rank: History.rank).versions.map(\.write.value) == [.term("low")])
  }

  /// A hostile author can fill a context with keys that nobody has.
  @Test func aFullContextNamesWhatStandsFirst() throws {
    var state = FieldState(rule: .review)
    let limit = Limits.Change.contextEntries
    let junk = try (0..<limit).map { number in
      let key = Data(repeating: 0xee, count: 12) + withUnsafeBytes(of: UInt32(number)) { Data($0) }
      return (try #require(KeyID(key)), HLC(milliseconds: 40, counter: UInt16(number % 7)))
    }
    let full = Dictionary(uniqueKeysWithValues: junk)
    #expect(full.count == limit)
    let old = try version(.set("f", to: .text("a"), over: [:]), by: 1, at: 10)
    let other = try version(.set("f", to: .text("b"), over: full), by: 2, at: 50)
    state.apply(old)
    state.apply(other)
    let context = state.context(for: try agency(1))
    #expect(context.count == limit)
    #expect(context[old.key] == old.time)
    #expect(context[other.key] == other.time)
    let choice = try version(.set("f", to: .text("c"), over: context), by: 1, at: 60)
    state.apply(choice)
    #expect(FieldView(state).versions.map(\.id) == [choice.id])
    #expect(state.context(for: try agency(1)).count == limit)
    #expect(state.context(for: try agency(1)) == state.context(for: try agency(2)))
  }

  @Test func aRemovalOfVeryManyGoesOnInAFurtherChange() throws {
    let adds = try (0..<2_500).map { number in
      let bytes = withUnsafeBytes(of: UInt32(number)) { Data($0) } + Data(repeating: 7, count: 28)
      return try #require(WriteID(bytes))
    }
    let removal = Write.remove(.text("x"), from: "f", adds: adds)
    let other = Write.set("g", to: .text("y"), over: [:])
    let changes = Write.inChanges([removal, other])
    #expect(changes.count == 3)
    #expect(changes.map(\.count) == [2, 1, 1])
    #expect(Set(changes.flatMap { $0 }.flatMap(\.removes)) == Set(adds))
    #expect(changes.flatMap { $0 }.allSatisfy { $0.removes.count <= Limits.Change.removes })
    #expect(Write.inChanges([other]) == [[other]])
  }

  private func agency(_ number: Int) throws -> AgencyID {
    try #require(AgencyID("care.a\(number)"))
  }

  private func version(
    _ write: Write, by author: Int, device: Int? = nil, at milliseconds: Int64,
    mayLower: Bool = false
  ) throws -> Version {
    let key = try #require(KeyID(Data(repeating: UInt8(device ?? author), count: 16)))
    let id = try #require(WriteID(Data(repeating: UInt8(milliseconds), count: 32)))
    return Version(
      id: id, author: try agency(author), key: key,
      time: HLC(milliseconds: milliseconds, counter: 0), write: write, mayLower: mayLower)
  }

  private func view(_ rule: MergeRule, _ writes: [Write]) throws -> FieldView {
    var state = FieldState(rule: rule)
    for (number, write) in writes.enumerated() {
      state.apply(try version(write, by: 1, at: Int64(10 + number)))
    }
    return FieldView(state)
  }
}
