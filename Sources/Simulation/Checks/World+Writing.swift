import Agreements
import FoundationEssentials
import Records
import Replica

/// What has to hold of a change as soon as its author's node has made it.
extension World {
  func checkWritten(_ changes: [ChangeID], at station: Station) {
    let entries = station.knowledge.entries.suffix(200)
    for change in changes {
      let own = entries.filter { $0.header.id == change }
      guard let header = own.first?.header else { continue }
      checkCommitments(of: header, hiding: own.count, at: station)
      for entry in own {
        guard let fact = station.knowledge.facts[entry.id] else { continue }
        checkOrder(of: fact, at: station)
        checkContext(of: fact, at: station)
      }
    }
  }

  /// Nobody can tell from a header how many writes there are, nor one header's decoys from another's.
  private func checkCommitments(of header: ChangeHeader, hiding count: Int, at station: Station) {
    var size = 8
    while size <= count { size *= 2 }
    let written = Set(header.commitments.filter { station.knowledge.facts[$0] == nil })
    guard header.commitments.count == size, written.count == size - count,
      written.isDisjoint(with: decoys)
    else {
      return fail(
        .verifies, "\(station.player.id) does not hide the number of writes of \(header.id)")
    }
    decoys.formUnion(written)
  }

  /// A person's edit comes after everything that was there, except what a clock that runs far ahead
  /// has stamped.
  private func checkOrder(of fact: Knowledge.Fact, at station: Station) {
    let bound = wall(station).milliseconds + Self.driftMilliseconds
    let later = station.knowledge.writes(fact.write.field, of: fact.record)
      .filter { $0.change != fact.change && $0.time.milliseconds <= bound }
    guard later.contains(where: { $0.time >= fact.time }) else { return }
    fail(
      .agreement,
      "\(station.player.id) stamps \(fact.change) before what it had seen of \(fact.write.field)")
  }

  /// A register's new value names everything of its slot that its author's node had seen.
  private func checkContext(of fact: Knowledge.Fact, at station: Station) {
    guard let rule = station.knowledge.definition(fact.write.field, of: fact.type)?.rule,
      rule == .review || rule == .eachAgency
    else { return }
    let unseen = station.knowledge.writes(fact.write.field, of: fact.record).first { other in
      other.change != fact.change && (rule == .review || other.author == fact.author)
        && (fact.write.context[other.key].map { $0 < other.time } ?? true)
    }
    guard let unseen else { return }
    fail(
      .agreement,
      "\(station.player.id) writes \(fact.write.field) over \(unseen.id) and does not say so")
  }

  /// How far ahead of a node's clock a stamp may be, as SPEC.md has it.
  static let driftMilliseconds: Int64 = 300_000

  /// What people see is what the simulator's own model of the merge rules gives.
  func checkModel(_ station: Station) throws {
    for record in station.knowledge.records {
      guard failure == nil, let type = station.knowledge.type(of: record) else { continue }
      for name in station.knowledge.fieldNames(of: record) {
        guard let rule = station.knowledge.definition(name, of: type)?.rule, name != "_person",
          rule != .highest, rule != .set
        else { continue }
        counts.checked[.agreement, default: 0] += 1
        let standing = station.knowledge.standing(name, of: record).filter { $0.write.value != nil }
        let shown = try view(record, name, station)?.values.map(\.write) ?? []
        guard Set(standing.map(\.id)) == Set(shown), shown.count == standing.count else {
          return fail(
            .agreement,
            "\(station.player.id) shows something else of \(name) of \(record) than merges")
        }
      }
    }
  }

  /// A value that was erased is nowhere in the files, once what waits in the log is written down.
  func checkErased(_ station: Station) throws {
    guard let replica = station.node?.replica, !station.knowledge.erased.isEmpty else { return }
    try replica.checkpoint()
    var gone: Set<Int> = []
    for index in present where index != station.index {
      guard let knowledge = stations[index]?.knowledge else { continue }
      for id in station.knowledge.erased where knowledge.holds(id) {
        guard let value = knowledge.facts[id]?.write.value else { continue }
        gone.formUnion(Marker.found(in: value.description))
      }
    }
    for fact in station.knowledge.facts.values {
      gone.subtract(Marker.found(in: fact.write.value?.description ?? ""))
    }
    for file in station.files {
      let bytes = FileManager.default.contents(atPath: file) ?? Data()
      guard let mark = Marker.found(in: bytes).intersection(gone).min() else { continue }
      return fail(
        .retraction, "a file of \(station.player.id) still holds a value of action \(mark / 100)")
    }
  }
}
