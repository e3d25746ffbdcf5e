public import Agreements
import Casework
public import Records
import Replica

/// How a node is, as `status` prints it.
public struct StatusFacts: Encodable, Sendable {
  /// How it stands with one agency.
  public struct LinkFacts: Encodable, Sendable {
    public let agency: String
    public let connected: Bool
    public let waiting: Int
    /// Null before the first sync.
    @OrNull public var last_sync: String?
  }

  /// One of the agency's devices that is let in now.
  public struct DeviceLinkFacts: Encodable, Sendable {
    public let device: String
    public let connected: Bool
    public let waiting: Int
    public let last_sync: String?
  }

  public let agency: String
  /// Which of the agency's devices this is; absent at its own node.
  public let device: String?
  /// The agreement in force; null without one.
  @OrNull public var agreement: String?
  @OrNull public var version: Int?
  /// Agreements that are adopted and have not started, or lack signatures.
  public let coming: [ComingAgreement]
  public let running: Bool
  public let links: [LinkFacts]
  public let devices: [DeviceLinkFacts]
  public let quarantined: Int
  /// Absent for a program, which may not see all of them.
  public let conflicts: Int?
  /// Agencies from which this node, restored from a backup, has still to learn what it lost.
  public let relearning: [String]
  public let warnings: [String]
  /// Notifications whose deadline no calendar gives for certain; absent for a program, which may not see all.
  public let assumed: [AssumedFacts]?

  /// Facts of a node.
  /// - Parameter ofCasework: whether they say something of its records too, if only how many.
  /// - Throws: `ReplicaError`.
  public init(_ node: LocalNode, ofCasework: Bool = true) async throws {
    let now = node.clock.now()
    let partnership = try node.replica.partnership()
    let daemon = await node.runningNode()
    let connected = daemon.links?.connected
    let silence: [String] =
      if case .silent = daemon { ["\(RunningNode.silence): \(RunningNode.remedy)"] } else { [] }
    let syncs = try node.replica.lastSyncs()
    let term = partnership.terms(at: now).first
    agency = node.agency.description
    _agreement = OrNull(wrappedValue: term?.agreement.lineage)
    _version = OrNull(wrappedValue: term?.agreement.version)
    coming = ComingAgreement.all(of: partnership, at: now)
    running = daemon.isThere
    links = try node.peers().map { peer in
      let name = NodeName(agency: peer)
      return LinkFacts(
        agency: peer.description, connected: connected?.contains(name) ?? false,
        waiting: try node.replica.waiting(for: name, now: now),
        last_sync: syncs[name]?.description)
    }
    device = node.configuration.device
    devices =
      try node.configuration.device == nil
      ? node.devices().filter(\.counts).map { device in
        DeviceLinkFacts(
          device: device.node.node, connected: connected?.contains(device.node) ?? false,
          waiting: try node.replica.waiting(for: device.node, now: now),
          last_sync: syncs[device.node]?.description)
      } : []
    quarantined = try node.replica.quarantine().count
    let casework = try ofCasework ? OfRecords(node) : nil
    relearning = try (casework?.relearning ?? node.replica.relearning()).map(\.description)
    conflicts = casework?.conflicts
    warnings =
      silence + partnership.warnings(at: now) + (try node.replica.quarantineOverflow().map(\.text))
      + (try node.endingCalendars().map(\.description))
      + (try node.expiring().map(\.description))
      + (try node.replica.unfinishedErasures() == 0
        ? [] : ["keys of what was erased are not destroyed yet: the key ring cannot be written"])
      + (try node.replica.staleKeyRingCopies().map {
        "the copy of the key ring at \($0) still opens what was erased since: it cannot be written"
      })
    assumed = casework?.assumed
  }

  /// What is said of the records, which a node that relearns does not read.
  private struct OfRecords {
    var relearning: [AgencyID]
    var conflicts = 0
    var assumed: [AssumedFacts] = []

    init(_ node: LocalNode) throws {
      relearning = try node.replica.relearning()
      guard relearning.isEmpty else { return }
      do {
        conflicts = try node.replica.conflicts().count
        assumed = try AssumedFacts.all(at: node)
      } catch ReplicaError.relearning(let agencies) {
        // A peer's hello may tell the node of its restore at any moment.
        (relearning, conflicts, assumed) = (agencies, 0, [])
      }
    }
  }
}

/// An agreement version that is adopted and not in force: its time has not come, or signatures lack.
public struct ComingAgreement: Encodable, Sendable {
  public let agreement: String
  public let version: Int
  public let starts: String
  public let missing_signatures: [String]

  private init(_ agreement: Agreement) {
    self.agreement = agreement.lineage
    version = agreement.version
    starts = agreement.starts.description
    missing_signatures = agreement.missingSignatures.map(\.description)
  }

  /// All of them, by name and version.
  public static func all(of partnership: Partnership, at now: Instant) -> [ComingAgreement] {
    let later = partnership.lineages.values.joined().map(\.agreement).filter { now < $0.startsAt }
    let unsigned = partnership.pending.values.map(\.agreement)
    return (later + unsigned).sorted { ($0.lineage, $0.version) < ($1.lineage, $1.version) }
      .map(ComingAgreement.init)
  }
}

/// A notification that waits with a deadline that had to be assumed.
public struct AssumedFacts: Encodable, Sendable {
  public let notification: String
  public let why: String

  static func all(at node: LocalNode) throws -> [AssumedFacts] {
    let waiting = Inbox.waiting(try node.notifications(), at: node.clock.now())
    return try waiting.compactMap { found in
      try node.assumption(about: found).map {
        AssumedFacts(notification: found.id.description, why: $0.description)
      }
    }
  }
}
