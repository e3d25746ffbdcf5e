import Agreements
import FoundationEssentials
import GRDB
import Records
import SyncProtocol

/// Who wrote what, where an agency has devices. To other agencies an agency and its devices are one;
/// between them each has what it signed itself.
extension Store {
  /// Whether a link leads to another node of this agency.
  func isWithinAgency(_ peer: NodeName) -> Bool { peer.agency == me.agency && peer != me }

  /// Whether a link leads from the agency's own node to one of its devices.
  func isOwnDevice(_ peer: NodeName) -> Bool { isWithinAgency(peer) && peer.isDevice }

  /// Whether a node counts as the author of a change on its link with another one.
  func isAuthor(_ node: NodeName, of header: ChangeHeader, towards other: NodeName) -> Bool {
    guard header.author == node.agency else { return false }
    return node.agency != other.agency || partnership.signer(of: header) == node
  }

  /// The same as a condition on `signer s`.
  func isAuthor(_ node: NodeName, towards other: NodeName) -> String {
    // An agency id has no character that SQL would take for its own.
    let isAgency = "s.author = '\(node.agency)'"
    guard node.agency == other.agency else { return isAgency }
    let devices = partnership.devices[node.agency] ?? Devices()
    let keys = node.isDevice ? devices.keys(of: node) : devices.keys
    let list = keys.sorted().map { "x'\($0)'" }.joined(separator: ", ")
    return "\(isAgency) AND s.key_id \(node.isDevice ? "" : "NOT ")IN (\(list))"
  }

  /// The node to which what a change's author has lost is given back: of this agency the one that
  /// signed it, of another one its own node, which deals with its devices itself.
  func author(of header: ChangeHeader) -> NodeName {
    header.author == me.agency
      ? partnership.signer(of: header) : NodeName(agency: header.author)
  }
}

/// What a device signed counts by its agency's admission.
extension Objection {
  static let unknownDevice = "unknown-device"
  static let notAdmitted = "not-admitted"
  static let revokedDevice = "revoked-device"
  static let supersededKey = "superseded-key"
}

extension Store {
  /// The key by which a change has to be signed, and how it stands with the admission that it needs.
  struct VouchedKey {
    let key: VerifyingKey
    var admission: Admission?
    /// Whether this node is the one to admit it.
    var awaitsAdmission = false
  }

  /// The author's own key, or that of one of its devices where the author vouches for it.
  /// - Throws: `Objection` where it does not.
  func signer(of shared: SharedChange, _ card: Card, from peer: NodeName) throws -> VouchedKey {
    let header = shared.change.header
    let own = partnership.keys(from: card)
    if let (key, until) = own.signing(header.key) {
      guard until.map({ header.time.instant < $0 }) ?? true else {
        throw Objection(
          reason: Objection.supersededKey,
          detail: "it is stamped after the time of the key of \(header.author) that signed it")
      }
      return VouchedKey(key: key)
    }
    let admission = shared.admission.flatMap { admission in
      own.signingKeys.contains { admission.holds(for: header.id, by: $0) } ? admission : nil
    }
    guard let key = partnership.devices[card.agency]?.key(header.key) else {
      // A key that nobody vouches for is anybody's.
      guard admission != nil else { return VouchedKey(key: own.current.signingKey) }
      throw Objection(
        reason: Objection.unknownDevice,
        detail: "no delegation of \(header.author) for the key is known here", isHeld: true)
    }
    if let admission {
      if let problem = partnership.objection(to: admission, of: header) {
        throw Objection(reason: Objection.revokedDevice, detail: problem)
      }
      return VouchedKey(key: key, admission: admission)
    }
    guard isOwnDevice(peer), partnership.signer(of: header) == peer else {
      throw Objection(
        reason: Objection.notAdmitted,
        detail: "\(header.author) has not admitted what its device wrote")
    }
    return VouchedKey(key: key, awaitsAdmission: true)
  }

  /// Admits what one of this agency's devices wrote: from now on it may go on to others.
  /// - Throws: `Objection` where the device's key does not count now; then it waits for a review.
  func admit(_ header: ChangeHeader, in intake: Intake) throws -> Admission {
    if let known = try admission(of: header.id) { return known }
    let counts = partnership.devices[me.agency]?.counts(header.key, at: intake.now) ?? false
    guard counts || intake.isReviewed else {
      throw Objection(
        reason: Objection.revokedDevice,
        detail: "the key of \(intake.peer) does not count any more: an administrator may let it in",
        isHeld: true)
    }
    guard let key = intake.admitter else {
      throw Objection(
        reason: Objection.notAdmitted, detail: "the agency's key is not at hand", isHeld: true,
        until: intake.now)
    }
    return try Admission(of: header.id, at: intake.now, isReviewed: !counts, signedBy: key)
  }

  /// That a change was admitted; nothing where the author's own key signed it.
  func admission(of change: ChangeID) throws -> Admission? {
    guard let row = try row("SELECT bytes FROM admission WHERE change = ?", [change.bytes]) else {
      return nil
    }
    return try Admission(row["bytes"] as Data)
  }

  func keep(_ admission: Admission, of change: ChangeID) throws {
    try run(
      "INSERT INTO admission VALUES (?, ?) ON CONFLICT DO NOTHING",
      [change.bytes, admission.encoded()])
  }

  /// Whether a change may go to a peer at all: what a device signed goes from that device to its
  /// agency as it is, and everywhere else with the agency's admission.
  func mayGo(_ header: ChangeHeader, to peer: NodeName) throws -> Bool {
    guard partnership.signer(of: header).isDevice, !(me.isDevice && isWithinAgency(peer)) else {
      return true
    }
    return try knowsDevices(peer)
      && exists("SELECT 1 FROM admission WHERE change = ?", [header.id.bytes])
  }

  /// Whether a peer can read what only a later minor version has: a node that never said hello here
  /// gets nothing yet in any case.
  func knowsDevices(_ peer: NodeName) throws -> Bool {
    try knows(Hello.minorWithDevices, peer)
  }

  func knows(_ minor: UInt32, _ peer: NodeName) throws -> Bool {
    let stored = try number(Self.minorKey(peer))
    return stored == 0 || stored > Int64(minor)
  }

  func noteMinorVersion(_ minor: UInt32, of peer: NodeName) throws {
    let stored = Int64(minor) + 1
    if try number(Self.minorKey(peer)) != stored {
      try setNumber(Self.minorKey(peer), to: stored)
      // What it could not read before goes now.
      try setNumber("documents for \(peer)", to: -1)
    }
  }

  private static func minorKey(_ peer: NodeName) -> String { "minor version of \(peer)" }
}
