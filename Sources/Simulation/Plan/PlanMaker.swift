import Agreements
import FoundationEssentials
import Records
import Replica

/// Draws a plan from a scenario and a seed.
struct PlanMaker {
  let scenario: Scenario
  let cast: Cast
  let edits: EditMaker
  var generator: SeededGenerator
  private(set) var actions: [Action] = []
  /// The schools for which there will be something, each with when, where only those begin.
  var joining: [Int: Int64] = [:]
  /// Seals that are planned so far.
  var seals: [Seal] = []

  /// - Throws: `DocumentError` where the scenario names types that the profile does not have.
  init(_ scenario: Scenario, _ cast: Cast, seed: UInt64) throws(DocumentError) {
    self.scenario = scenario
    self.cast = cast
    var generator = SeededGenerator(seed: seed, keys: 0x91A4)
    let profile = try cast.agreement.mergedProfile(from: cast.files)
    for type in scenario.workload.records.keys.sorted() where profile.recordTypes[type] == nil {
      throw DocumentError(
        source: scenario.name, problem: "the profile has no record type \(type)")
    }
    var records: [String: [RecordID]] = [:]
    for (type, count) in scenario.workload.records.sorted(by: { $0.key < $1.key }) {
      records[type] = (0..<count).map { _ in RecordID(using: &generator) }
    }
    edits = EditMaker(
      cast: cast, profile: profile,
      version: GrantTable.Version(agreement: cast.agreement, profile: profile),
      table: GrantTable(cast), records: records)
    self.generator = generator
  }

  /// The plan: what people do, then what goes wrong.
  mutating func plan(seed: UInt64) -> Plan {
    enrol()
    write()
    every(scenario.workload.moves) { maker, at, _ in maker.move(at: at) }
    every(scenario.workload.restrictions) { maker, at, _ in maker.restrict(at: at) }
    every(scenario.workload.unseals) { maker, at, _ in maker.unseal(at: at) }
    every(scenario.workload.resolves) { maker, at, _ in
      guard let node = maker.cast.honest.randomElement(using: &maker.generator) else { return }
      maker.add(at: at, .resolve(node: node))
    }
    // Where only schools begin for which there is something, only those have mishaps.
    if cast.isLazy, let load = scenario.casework { doCasework(load) }
    goOffline()
    revise()
    for kind in FaultKind.allCases {
      every(scenario.faults[kind]) { maker, at, until in maker.fault(kind, at: at, until: until) }
    }
    if !cast.isLazy, let load = scenario.casework { doCasework(load) }
    return Plan(seed: seed, actions: actions, records: edits.records)
  }

  mutating func add(at: Int64, until: Int64? = nil, _ kind: Action.Kind) {
    actions.append(Action(number: actions.count, at: at, until: until ?? at, kind: kind))
  }

  /// Has something begin at random, as often as the rate says on average.
  mutating func every(
    _ rate: Scenario.Rate?, _ body: (inout PlanMaker, Int64, Int64) -> Void
  ) {
    guard let rate else { return }
    var at = gap(rate.every)
    while at < scenario.duration {
      let lasting = Int64.random(in: rate.lasting, using: &generator)
      body(&self, at, min(at + lasting, scenario.duration))
      at += gap(rate.every)
    }
  }

  /// Between a tenth of the mean and nearly twice as much.
  private mutating func gap(_ mean: Int64) -> Int64 {
    Int64.random(in: max(1, mean / 10)...max(2, mean * 19 / 10), using: &generator)
  }

  func nodes(_ kinds: [AgencyKind]) -> [Int] {
    present.filter { kinds.contains(cast.players[$0].kind) }
  }

  /// The honest nodes that there will be.
  var present: [Int] {
    cast.isLazy
      ? cast.honest.filter { cast.players[$0].isPrincipal || joining[$0] != nil } : cast.honest
  }

  var schools: [Int] { cast.players.indices.filter { cast.players[$0].kind == .school } }

  /// Every child is known with a name and a school from the first second on.
  private mutating func enrol() {
    for child in edits.records["child", default: []] {
      guard let node = nodes([.police, .care]).randomElement(using: &generator),
        let school = schools.randomElement(using: &generator)
      else { continue }
      let mark = Marker.text(action: actions.count, value: 0)
      let edit = Edit(
        type: "child", record: child,
        assignments: [
          .set(field: "name", text: "Child \(mark)"),
          .set(field: "school", text: cast.players[school].id.description),
        ])
      add(at: Int64.random(in: 0..<1000, using: &generator), .write(node: node, edit))
    }
  }

  private mutating func write() {
    let workload = scenario.workload
    let types = workload.mix.sorted { $0.key < $1.key }.flatMap {
      Array(repeating: $0.key, count: $0.value)
    }
    let hot = types.isEmpty ? [] : (0..<workload.hot).compactMap { _ in target(types) }
    var at: Int64 = 1500
    while at < scenario.duration {
      at += gap(workload.every)
      let isHot = Int.random(in: 0..<100, using: &generator) < workload.hotShare
      guard let target = isHot ? hot.randomElement(using: &generator) : target(types),
        let node = edits.authors(of: target.type).randomElement(using: &generator),
        let edit = edits.edit(
          of: target.record, target.type, by: cast.players[node], action: actions.count,
          using: &generator)
      else { continue }
      add(at: min(at, scenario.duration), .write(node: node, edit))
    }
  }

  private mutating func target(_ types: [String]) -> (type: String, record: RecordID)? {
    guard let type = types.randomElement(using: &generator),
      let record = edits.records[type, default: []].randomElement(using: &generator)
    else { return nil }
    return (type, record)
  }

  /// A child changes school: police or social care say so.
  private mutating func move(at: Int64) {
    guard let child = edits.records["child", default: []].randomElement(using: &generator),
      let node = nodes([.police, .care]).randomElement(using: &generator),
      let school = schools.randomElement(using: &generator)
    else { return }
    let edit = Edit(
      type: "child", record: child,
      assignments: [.set(field: "school", text: cast.players[school].id.description)])
    add(at: at, .write(node: node, edit))
  }

  private mutating func goOffline() {
    for (kind, rate) in scenario.workload.offline.sorted(by: { $0.key < $1.key }) {
      for node in nodes([kind]) {
        every(rate) { maker, at, until in maker.add(at: at, until: until, .offline(node: node)) }
      }
    }
  }

  private mutating func revise() {
    let principals = cast.honest.filter { cast.players[$0].isPrincipal }
    for (number, revision) in scenario.workload.revisions.enumerated() {
      guard let drafter = principals.randomElement(using: &generator) else { return }
      let drafted = Int64.random(in: revision.drafted, using: &generator)
      add(at: drafted, .draft(node: drafter, revision: number))
      let others = principals.filter { $0 != drafter }.shuffled(using: &generator)
      for (node, range) in zip(others, revision.signed) {
        let at = Int64.random(in: range, using: &generator)
        add(at: max(at, drafted + 1), .sign(node: node, revision: number))
      }
    }
  }
}
