import Agreements
import Records
import Replica

extension PlanMaker {
  /// A restriction that is planned: who makes it when, and from whom it seals.
  struct Seal {
    let at: Int64
    let node: Int
    let restriction: RecordID
    let keptFrom: String
  }

  /// A record is sealed from a school, or from the other principal.
  mutating func restrict(at: Int64) {
    let types = edits.records.keys.sorted().filter { $0 != "restriction" }
    guard let node = nodes([.police, .care]).randomElement(using: &generator),
      let type = types.randomElement(using: &generator),
      let record = edits.records[type, default: []].randomElement(using: &generator)
    else { return }
    let isSchool = Int.random(in: 0..<4, using: &generator) > 0
    let others = isSchool ? schools : nodes([.police, .care]).filter { $0 != node }
    guard let kept = others.randomElement(using: &generator) else { return }
    let mark = Marker.text(action: actions.count, value: 0)
    let seal = Seal(
      at: at, node: node, restriction: RecordID(using: &generator),
      keptFrom: cast.players[kept].id.description)
    seals.append(seal)
    var assignments: [Edit.Assignment] = [
      .set(field: "record", text: record.description),
      .add(field: "kept_from", text: seal.keptFrom),
      .set(field: "reason", text: "reason \(mark)"),
    ]
    // A whole record, or single fields of it.
    if Bool.random(using: &generator) {
      let fields = edits.profile.recordTypes[type]?.fields.map(\.name) ?? []
      for field in fields.shuffled(using: &generator).prefix(2) {
        assignments.append(.add(field: "fields", text: field))
      }
    }
    let edit = Edit(type: "restriction", record: seal.restriction, assignments: assignments)
    add(at: at, .write(node: node, edit))
  }

  /// A seal is lifted, or set again, by either of those who may.
  mutating func unseal(at: Int64) {
    guard let seal = seals.filter({ $0.at < at }).randomElement(using: &generator),
      let other = nodes([.police, .care]).randomElement(using: &generator)
    else { return }
    let node = Int.random(in: 0..<4, using: &generator) > 0 ? seal.node : other
    let isLifted = Int.random(in: 0..<3, using: &generator) > 0
    let edit = Edit(
      type: "restriction", record: seal.restriction,
      assignments: [
        isLifted
          ? .clear(field: "kept_from") : .add(field: "kept_from", text: seal.keptFrom)
      ])
    add(at: at, .write(node: node, edit))
  }
}
