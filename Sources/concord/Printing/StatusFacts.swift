import Agreements
import Casework
import Foundation
import Node
import Records
import Replica

struct StatusFacts: Encodable {
  struct LinkFacts: Encodable {
    let agency: String
    let connected: Bool
    let waiting: Int
    /// Null before the first sync.
    @OrNull var last_sync: String?
  }

  /// One of the agency's devices that is let in now.
  struct DeviceLinkFacts: Encodable {
    let device: String
    let connected: Bool
    let waiting: Int
    let last_sync: String?
  }

  let agency: String
  /// Which of the agency's devices this is; absent at its own node.
  let device: String?
  /// The agreement in force; null without one.
  @OrNull var agreement: String?
  @OrNull var version: Int?
  /// Agreements that are adopted and have not started, or lack signatures.
  let coming: [ComingAgreement]
  let running: Bool
  let links: [LinkFacts]
  let devices: [DeviceLinkFacts]
  let quarantined: Int
  let conflicts: Int
  /// Agencies from which this node, restored from a backup, has still to learn what it lost.
  let relearning: [String]
  let warnings: [String]
  /// Notifications whose deadline no calendar gives for certain.
  let assumed: [AssumedFacts]

  init(_ node: LocalNode) async throws {
    let now = node.clock.now()
    let partnership = try node.replica.partnership()
    let daemon = await node.runningNode()
    let connected = daemon.connected
    // It has the folder, whether or not it answers.
    let (isThere, silence): (Bool, [String]) =
      switch daemon {
      case .absent: (false, [])
      case .silent: (true, ["\(RunningNode.silence): \(RunningNode.remedy)"])
      case .linked: (true, [])
      }
    let syncs = try node.replica.lastSyncs()
    let term = partnership.terms(at: now).first
    agency = node.agency.description
    _agreement = OrNull(wrappedValue: term?.agreement.lineage)
    _version = OrNull(wrappedValue: term?.agreement.version)
    coming = ComingAgreement.all(of: partnership, at: now)
    running = isThere
    links = try node.peers().map { peer in
      let name = NodeName(agency: peer)
      return LinkFacts(
        agency: peer.description, connected: connected?.contains(name) ?? false,
        waiting: try node.replica.waiting(for: name, now: now),
        last_sync: OrNull(wrappedValue: syncs[name]?.description))
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
    relearning = try node.replica.relearning().map(\.description)
    conflicts = try relearning.isEmpty ? node.replica.conflicts().count : 0
    warnings =
      silence + partnership.warnings(at: now) + (try node.replica.quarantineOverflow().map(\.text))
      + (try node.endingCalendars().map(\.description))
      + (try node.expiring().map(\.description))
      + (try node.replica.unfinishedErasures() == 0
        ? [] : ["keys of what was erased are not destroyed yet: the key ring cannot be written"])
      + (try node.replica.staleKeyRingCopies().map {
        "the copy of the key ring at \($0) still opens what was erased since: it cannot be written"
      })
    assumed = try relearning.isEmpty ? AssumedFacts.all(at: node) : []
  }

  var text: String {
    let name = agency + (device.map { "/\($0)" } ?? "")
    var lines = ["\(name), \(running ? "running" : "not running")"]
    if let agreement { lines.append("agreement \(agreement), version \(version ?? 0)") }
    lines += coming.map(\.text)
    if agreement == nil, coming.isEmpty { lines.append("no agreement yet") }
    for link in links {
      let state = link.connected ? "connected" : "not connected"
      let last = link.last_sync.map { "last in step \($0)" } ?? "never in step"
      lines.append("  \(link.agency): \(state), \(link.waiting) waiting, \(last)")
    }
    for device in devices {
      let state = device.connected ? "connected" : "not connected"
      let last = device.last_sync.map { "last in step \($0)" } ?? "never in step"
      lines.append("  device \(device.device): \(state), \(device.waiting) waiting, \(last)")
    }
    lines.append("\(quarantined) kept aside, \(conflicts) waiting for a choice")
    if !relearning.isEmpty {
      lines.append(
        "Restored from a backup: waiting for \(relearning.joined(separator: ", ")) to tell what it "
          + "lost; until then nothing is shown, written or sent")
    }
    lines += warnings.map { "Warning: \($0)" }
    lines += assumed.map { "Warning: notification \($0.notification): \($0.why)" }
    return lines.map(PrintableText.shown).joined(separator: "\n")
  }
}

/// A value whose key is always there: scripts read null where there is none.
@propertyWrapper
struct OrNull<Value: Encodable>: Encodable {
  var wrappedValue: Value?

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(wrappedValue)
  }
}

/// An agreement version that is adopted and not in force: its time has not come, or signatures lack.
struct ComingAgreement: Encodable {
  let agreement: String
  let version: Int
  let starts: String
  let missing_signatures: [String]

  private init(_ agreement: Agreement) {
    self.agreement = agreement.lineage
    version = agreement.version
    starts = agreement.starts.description
    missing_signatures = agreement.missingSignatures.map(\.description)
  }

  static func all(of partnership: Partnership, at now: Instant) -> [ComingAgreement] {
    let later = partnership.lineages.values.joined().map(\.agreement).filter { now < $0.startsAt }
    let unsigned = partnership.pending.values.map(\.agreement)
    return (later + unsigned).sorted { ($0.lineage, $0.version) < ($1.lineage, $1.version) }
      .map(ComingAgreement.init)
  }

  var text: String {
    let name = "agreement \(agreement), version \(version)"
    guard !missing_signatures.isEmpty else { return "\(name), is adopted and starts on \(starts)" }
    return
      "\(name), lacks the signature of \(missing_signatures.joined(separator: ", ")): until then "
      + "the version before is in force, and only what both allow is shared"
  }
}

/// A notification that waits with a deadline that had to be assumed.
struct AssumedFacts: Encodable {
  let notification: String
  let why: String

  static func all(at node: LocalNode) throws -> [AssumedFacts] {
    let waiting = Inbox.waiting(try node.notifications(), at: node.clock.now())
    return try waiting.compactMap { found in
      try node.assumption(about: found).map {
        AssumedFacts(notification: found.id.description, why: $0.description)
      }
    }
  }
}
