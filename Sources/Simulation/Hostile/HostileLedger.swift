import Records
import SyncProtocol

/// What hostile agencies made, and what has to become of it.
struct HostileLedger {
  /// A change that a node must keep aside, and why.
  struct Expectation {
    let node: Int
    let change: ChangeID
    let reason: String
    /// How often the node had been restored: what it kept aside before a restore may be gone.
    let restores: Int
  }

  /// Two changes under one key and stamp, and who was sent both.
  struct Fork {
    let changes: Set<ChangeID>
    let victim: Int
    let restores: Int
  }

  /// A stream that a hostile agency signed in two ways.
  struct ForkedStream {
    let fork: StreamFork
    let key: VerifyingKey
    let victim: Int
    let restores: Int
  }

  var forkedStreams: [ForkedStream] = []
  private(set) var forks: [Fork] = []

  /// Writes that a node must keep until their time has come, and then apply.
  struct Held {
    let writes: [WriteID]
    let node: Int
    let restores: Int
    let time: HLC
  }

  var held: [Held] = []
  /// Entries that hostile agencies sent or were sent, to be sent again.
  var replayable: [Entry] = []
  private var changes: Set<ChangeID> = []
  private var expected: [Expectation] = []

  mutating func note(_ change: ChangeID) { changes.insert(change) }

  mutating func expect(_ change: ChangeID, at node: Int, reason: String, restores: Int) {
    expected.append(
      Expectation(node: node, change: change, reason: reason, restores: restores))
  }

  mutating func fork(_ changes: Set<ChangeID>, victim: Int, restores: Int) {
    forks.append(Fork(changes: changes, victim: victim, restores: restores))
  }

  /// Whether a hostile agency made the change.
  func isHostile(_ change: ChangeID) -> Bool { changes.contains(change) }

  /// What a node has to keep aside.
  func expectations(at node: Int, restores: Int) -> [Expectation] {
    expected.filter { $0.node == node && $0.restores == restores }
  }
}
