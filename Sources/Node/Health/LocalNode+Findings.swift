import Agreements
import Foundation
import Records
import Replica
import Transport

extension LocalNode {
  /// Looks through everything that an administrator has to keep in order, and says what to do about what is not.
  /// - Throws: `ReplicaError` where the replica cannot be read.
  public func findings() async throws -> [Finding] {
    let running = await runningNode()
    return try findings(running, unreached: await unreached(running), readsWholeFile: true)
  }

  /// Dials the peers with which there is no link.
  /// - Returns: why those that were not reached were not; nothing where nobody was dialled.
  private func unreached(_ running: RunningNode) async throws -> [AgencyID: String]? {
    let linked: Set<NodeName>
    switch running {
    case .absent: linked = []
    // Another process that dials would not make it better.
    case .silent: return nil
    case .linked(let links): linked = links.connected
    }
    let peers = try peers().filter { !linked.contains(NodeName(agency: $0)) }
    do {
      return try await unreached(among: peers)
    } catch let error as NodeError {
      // Nothing to show on a link: the findings about keys say what to do.
      return Dictionary(peers.map { ($0, "\(error)") }) { first, _ in first }
    }
  }

  /// - Parameters:
  ///   - running: whether a node runs on the folder, and what it says of its links.
  ///   - unreached: why peers without a link were not reached, where they were dialled.
  ///   - readsWholeFile: whether SQLite looks at every page of the replica, which takes seconds for each gigabyte.
  func findings(
    _ running: RunningNode, unreached: [AgencyID: String]? = nil, readsWholeFile: Bool
  ) throws -> [Finding] {
    var found = try keyFindings() + agreementFindings() + replicaFindings()
    if readsWholeFile {
      found += try replica.damage().map {
        Finding(.problem, "replica", $0, "restore the last backup (concord restore)")
      }
    }
    found += try backupFindings()
    found += try calendarFindings()
    found += try peerFindings(running, unreached)
    return found
  }

  private func keyFindings() throws -> [Finding] {
    var found: [Finding] = []
    do {
      try checkKeys()
    } catch {
      found.append(Finding(.problem, "keys", "\(error)", "nothing can be written until then"))
    }
    if keySeal == nil {
      found.append(
        Finding(
          .advice, "keys", "the private keys lie open in the folder",
          "concord keys seal \(folder.path): who copies the disk has them otherwise"))
    }
    if try replica.unsealedRecords() != 0 {
      found.append(
        Finding(
          .advice, "keys", "values lie on the disk in the open",
          "concord keys seal-records \(folder.path), while the node does not run"))
    }
    for expiry in try expiring() {
      found.append(
        Finding(
          expiry.isPast ? .problem : .advice, "certificates",
          "\(expiry.what) \(expiry.isPast ? "expired" : "expires") on \(expiry.at.utcDate)",
          expiry.remedy))
    }
    if let (rotation, unaware) = try lastRotation(), !unaware.isEmpty {
      found.append(
        Finding(
          .advice, "keys",
          "\(unaware.map(\.description).joined(separator: ", ")) cannot have heard of the rotation of "
            + "\(rotation.terms.from.utcDate)",
          "sync before \(rotation.terms.acceptUntil.utcDate), when the old CA ceases to count"))
    }
    if configuration.testClock {
      found.append(
        Finding(
          .problem, "clock", "test_clock is set: whoever starts the node sets its clock",
          "take test_clock out of \(folder.configuration)"))
    }
    return found
  }

  private func agreementFindings() throws -> [Finding] {
    let partnership = try replica.partnership()
    let now = clock.now()
    guard !partnership.lineages.isEmpty else {
      return [
        Finding(
          .problem, "agreement", "no agreement is adopted here",
          "concord agreement adopt, or concord join with the file of who admits you")
      ]
    }
    var found = partnership.warnings(at: now).map {
      Finding(.problem, "agreement", $0, "draft a next version, and have all principals sign it")
    }
    for (lineage, term) in partnership.pending.sorted(by: { $0.key < $1.key }) {
      let missing = term.agreement.missingSignatures.map(\.description).joined(separator: ", ")
      found.append(
        Finding(
          .advice, "agreement",
          "\(lineage) \(term.agreement.version) lacks the signature of \(missing)",
          "until then only what both versions allow is shared"))
    }
    return found
  }

  private func replicaFindings() throws -> [Finding] {
    var found: [Finding] = []
    let aside = try replica.quarantine().count
    if aside > 0 {
      found.append(
        Finding(
          .advice, "replica", "\(aside) changes were set aside", "concord quarantine \(folder.path)"
        ))
    }
    let relearning = try replica.relearning()
    if !relearning.isEmpty {
      found.append(
        Finding(
          .problem, "replica",
          "this node was restored, and has still to hear from \(relearning.map(\.description).joined(separator: ", "))",
          "let it sync with them, or concord resume \(folder.path) --accept-missing AGENCY"))
    }
    if try replica.unfinishedErasures() > 0 {
      found.append(
        Finding(
          .problem, "replica", "keys of what was erased are not destroyed yet",
          "see that \(folder.keyRing) can be written: nobody is told of the erasure until then"))
    }
    return found
  }

  /// In days: a node writes every school day.
  private static let staleBackup = 2

  private func backupFindings() throws -> [Finding] {
    var found: [Finding] = []
    for path in try replica.staleKeyRingCopies() {
      found.append(
        Finding(
          .problem, "backup", "the copy of the key ring at \(path) opens what was erased since",
          "see that it can be written, and back up again"))
    }
    guard let newest = try lastBackup() else {
      return found + [
        Finding(
          .advice, "backup", "no backup of this node is known here",
          "concord backup \(folder.path) --into FOLDER --keep 30, each night")
      ]
    }
    let age = Date().timeIntervalSince(newest) / 86_400
    if age > Double(Self.staleBackup) {
      found.append(
        Finding(
          .problem, "backup", "the last backup is \(Int(age)) days old",
          "look at concord-backup.timer, or run concord backup \(folder.path)"))
    }
    return found
  }

  private func calendarFindings() throws -> [Finding] {
    guard configuration.device == nil else { return [] }
    return try endingCalendars().map {
      Finding(.advice, "calendars", "\($0)", "concord calendar import \(folder.path) FILE")
    }
  }

  /// In milliseconds: less may be the way of a hello.
  private static let clockTolerance: Int64 = 60_000

  private static let reaching =
    "see that it runs, and that this machine reaches the endpoint on its card"

  private func peerFindings(
    _ running: RunningNode, _ unreached: [AgencyID: String]?
  ) throws -> [Finding] {
    switch running {
    case .absent:
      return [
        Finding(
          .advice, "peers", "the node does not run",
          "systemctl start concord@NAME, or concord run \(folder.path)")
      ]
        + (unreached ?? [:]).sorted { $0.key < $1.key }.map { peer, reason in
          Finding(
            .advice, "peers", "\(peer) was dialled and not reached: \(reason)",
            Self.reaching)
        }
    case .silent: return [Finding(.problem, "peers", RunningNode.silence, RunningNode.remedy)]
    case .linked(let links): return try linkFindings(links, unreached)
    }
  }

  private func linkFindings(
    _ links: RunningNode.Links, _ unreached: [AgencyID: String]?
  ) throws -> [Finding] {
    let syncs = try replica.lastSyncs()
    let clocks = links.clocksAhead.filter { abs($0.value) > Self.clockTolerance }
    let wrong = clocks.sorted { $0.key < $1.key }.map { peer, ahead in
      Finding(
        .problem, "clock",
        "the clock of \(peer) and this one are \(abs(ahead) / 1000) s apart",
        "set the one that is wrong: beyond five minutes what it stamps waits")
    }
    return try wrong
      + peers().filter { !links.connected.contains(NodeName(agency: $0)) }.map { peer in
        let last = syncs[NodeName(agency: peer)].map { "last in step \($0)" } ?? "never in step"
        if let unreached, unreached[peer] == nil {
          return Finding(
            .advice, "peers",
            "there is no link with \(peer) (\(last)), but it answers when dialled",
            "look again in a minute: the node dials by itself; then see what both logs say")
        }
        let reason = unreached?[peer].map { "; dialled now: \($0)" } ?? ""
        return Finding(
          .advice, "peers", "there is no link with \(peer) (\(last)\(reason))",
          Self.reaching)
      }
  }
}
