import Records

/// What one node has promised, and what was promised to it: the simulator's own ledger of what may
/// never be lost.
struct Promises {
  /// Changes of which a person was told that they are durable here.
  private(set) var changes: Set<ChangeID> = []
  /// Writes of which peers were told that they are durable here, with those peers. A peer that takes
  /// a write back has no claim to it any more.
  private(set) var writes: [WriteID: Set<Int>] = [:]
  /// Writes of this node's own that a peer has acknowledged and was not asked to forget, by peer.
  private(set) var kept: [Int: Set<WriteID>] = [:]
  /// Writes of this node's own that a restore took away here and that some peer has: they come back.
  private(set) var owed: Set<WriteID> = []

  mutating func wrote(_ changes: [ChangeID]) { self.changes.formUnion(changes) }

  /// This node told a peer that it has made writes durable.
  mutating func acknowledged(_ writes: [WriteID], to peer: Int) {
    for write in writes { self.writes[write, default: []].insert(peer) }
  }

  /// A peer told this node that it has made its own writes durable.
  mutating func gotAcknowledged(_ writes: some Sequence<WriteID>, by peer: Int) {
    kept[peer, default: []].formUnion(writes)
  }

  /// A peer takes back what it had shared with this node.
  mutating func retracted(_ writes: [WriteID], by peer: Int) {
    for write in writes {
      self.writes[write]?.remove(peer)
      if self.writes[write]?.isEmpty == true { self.writes[write] = nil }
    }
  }

  /// This node takes back from a peer what it had shared with it.
  mutating func tookBack(_ writes: [WriteID], from peer: Int) { kept[peer]?.subtract(writes) }

  /// What is missing of all that was promised.
  func broken(in knowledge: Knowledge) -> (changes: Set<ChangeID>, writes: Set<WriteID>) {
    (
      changes.subtracting(knowledge.changes),
      Set(writes.keys.filter { !knowledge.holds($0) })
    )
  }

  /// A restore took away what is not in the older files. What no peer has is lost with the disk that
  /// held it; what peers have of this node's own changes they owe it. What it lost of theirs they
  /// send again as far as it may have it: that is looked for at the end, like all that is due.
  mutating func restored(to knowledge: Knowledge) {
    let gone = kept.values.reduce(into: Set<WriteID>()) { $0.formUnion($1) }
      .filter { knowledge.facts[$0] == nil }
    owed.formUnion(gone)
    changes.formIntersection(knowledge.changes)
    writes = writes.filter { knowledge.holds($0.key) }
  }

  /// A peer was restored: it owes no more than it still has.
  mutating func forget(_ peer: Int, holding knowledge: Knowledge) {
    kept[peer] = kept[peer]?.filter { knowledge.holds($0) }
    let there = kept.values.reduce(into: Set<WriteID>()) { $0.formUnion($1) }
    owed.formIntersection(there)
  }

  /// What has come back is no longer owed.
  mutating func returned(_ knowledge: Knowledge) {
    owed = owed.filter { knowledge.facts[$0] == nil }
  }

  /// What a peer has and this node, restored, has not got back.
  func owed(by peer: Int) -> Set<WriteID> { owed.intersection(kept[peer, default: []]) }
}
