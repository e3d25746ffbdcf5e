import Agreements
import FoundationEssentials
import GRDB
public import Records
import SyncProtocol

extension Store {
  /// Whether this node was restored from a backup and has not yet heard from everybody it must.
  var isRelearning: Bool {
    get throws { try exists("SELECT 1 FROM relearning LIMIT 1", []) }
  }

  /// The agencies whose answer is missing.
  var relearningFrom: [AgencyID] {
    get throws {
      try rows("SELECT agency FROM relearning ORDER BY agency").map { try $0.agency("agency") }
    }
  }

  /// A node that does not know its own past must not be read, nor write over it.
  func requireLearned() throws {
    let missing = try relearningFrom
    guard missing.isEmpty else { throw ReplicaError.relearning(from: missing) }
  }

  /// Whether a peer shows more of this node's stream than this node knows: an epoch that it never
  /// began, or a place in the current one that it never reached. The link has checked that the
  /// position is signed by this node.
  func wasRestored(_ hello: Hello, from peer: NodeName) throws -> Bool {
    guard let theirs = hello.received else { return false }
    guard
      try exists(
        "SELECT 1 FROM link_epoch WHERE peer = ? AND epoch = ?",
        [peer.description, theirs.epoch.bytes])
    else { return true }
    guard let mine = try sending(to: peer), theirs.epoch == mine.last.epoch else { return false }
    return theirs.sequence > mine.acknowledged.sequence
  }

  /// Every principal that this node deals with has to answer, and the peer that showed the loss.
  func beginRelearning(with peer: NodeName, now: Instant) throws {
    // A device that shows the loss is waited for under the agency's own name.
    for agency in knowing(at: now).union([peer.agency]).sorted() {
      try run(
        "INSERT INTO relearning VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        [agency.description, now.milliseconds, agency == peer.agency])
    }
  }

  /// Who answered, and who turns out to be no principal any more, is waited for no longer.
  func endRelearning(with agency: AgencyID, now: Instant) throws {
    try run("DELETE FROM relearning WHERE agency = ?", [agency.description])
    let knowing = knowing(at: now)
    for other in try relearningFrom where !knowing.contains(other) {
      try run(
        "DELETE FROM relearning WHERE agency = ? AND is_witness = 0", [other.description])
    }
  }

  private func knowing(at now: Instant) -> Set<AgencyID> {
    if me.isDevice { return [me.agency] }
    let principals = partnership.terms(at: now).flatMap(\.agreement.principals)
    return Set(partnership.peers(of: me.agency, at: now)).intersection(principals)
  }
}

extension LocalReplica {
  /// The agencies from which this node, restored from a backup, has still to learn what it lost.
  public func relearning() throws(ReplicaError) -> [AgencyID] { try read { try $0.relearningFrom } }

  /// Notes that a peer has told all that this node had lost.
  /// - Returns: whether others have still to answer.
  public func relearned(from peer: NodeName, now: Instant) throws(ReplicaError) -> Bool {
    try write { store in
      try store.endRelearning(with: peer.agency, now: now)
      return try store.isRelearning
    }
  }

  /// Goes on without an agency's answer: what only it could have told is lost.
  /// - Throws: `ReplicaError.notRelearning` where nothing is awaited from it.
  public func resume(acceptingLossFrom agency: AgencyID) throws(ReplicaError) {
    try write { store in
      guard try store.relearningFrom.contains(agency) else {
        throw ReplicaError.notRelearning(from: agency)
      }
      try store.run("DELETE FROM relearning WHERE agency = ?", [agency.description])
    }
  }
}
