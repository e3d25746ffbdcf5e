import Agreements
import FoundationEssentials
import GRDB
import Records
import SyncProtocol

/// What a peer has had of a write, as far as this node knows.
private enum Standing: Equatable {
  /// Nothing.
  case none
  /// It came from there.
  case came
  /// It was disclosed, and stands.
  case disclosed
  /// It was disclosed and has to go again: the peer may or may not have it.
  case uncertain
  /// It was disclosed, and the peer is known to lack it.
  case lacking
  /// It came from there, and the peer has lost it.
  case returning
}

extension Store {
  /// Puts into a selection what of one change a peer may have and has not had, one entry for each
  /// agreement that allows something, and the retraction of what it has had and may no longer have.
  func take(
    _ group: [LoggedWrite], into selection: inout Selection, for peer: NodeName, now: Instant
  ) throws {
    guard let header = group.first?.header, let proof = try proof(of: header.id),
      try mayGo(header, to: peer)
    else { return }
    let isTheirs = isAuthor(peer, of: header, towards: me)
    var allowed: [Digest: [(Opening, SharedChange.Justification)]] = [:]
    for logged in group where !selection.chosen.contains(logged.id) {
      let standing = try standing(of: logged, with: peer)
      if standing == .came || standing == .disclosed { continue }
      if standing == .none && isTheirs { continue }
      guard !logged.write.isWithheld, !logged.isDisputed else { continue }
      guard !selection.isRelearning || isTheirs else { continue }
      let decision = try disclosure(of: logged, to: peer, now: now)
      if let (agreement, justification) = try justification(decision, of: logged) {
        allowed[agreement, default: []].append((logged.opening, justification))
        selection.chosen.insert(logged.id)
      } else if standing == .lacking {
        selection.lapsed.append(logged.id)
      }
    }
    let admission = try admission(of: header.id)
    for (agreement, parts) in allowed.sorted(by: { $0.key < $1.key }) {
      let change = DisclosedChange(header: header, proof: proof, openings: parts.map(\.0))
      let shared = SharedChange(
        change: change, agreement: agreement, justifications: parts.map(\.1),
        admission: admission)
      if let shared { selection.add(.change(shared)) }
    }
    if !selection.isRelearning { try retract(group, into: &selection, for: peer, now: now) }
  }

  /// Retracts what a peer has had of these writes and may no longer have.
  func retract(
    _ writes: [LoggedWrite], into selection: inout Selection, for peer: NodeName, now: Instant
  ) throws {
    var reasons: [String: [WriteID]] = [:]
    for logged in writes where !selection.chosen.contains(logged.id) {
      let standing = try standing(of: logged, with: peer)
      guard standing == .disclosed || standing == .uncertain,
        !isAuthor(peer, of: logged.header, towards: me)
      else { continue }
      if logged.write.isWithheld {
        reasons["erased", default: []].append(logged.id)
        selection.chosen.insert(logged.id)
      } else if let reason = try disclosure(of: logged, to: peer, now: now).retraction {
        reasons[reason, default: []].append(logged.id)
        selection.chosen.insert(logged.id)
      }
    }
    for (reason, ids) in reasons.sorted(by: { $0.key < $1.key }) {
      for start in stride(from: 0, to: ids.count, by: Limits.Link.idsInMessage) {
        let part = ids.dropFirst(start).prefix(Limits.Link.idsInMessage)
        selection.add(.retraction(Retraction(writes: part, reason: reason)))
      }
    }
  }

  /// The agreement and the grant under which a write goes. What its own author gets back goes under
  /// the reserved name `author`; what goes to the agency's own device under `own-device`.
  func justification(
    _ decision: Decision, of logged: LoggedWrite
  ) throws -> (Digest, SharedChange.Justification)? {
    switch decision.rule {
    case .author:
      return (logged.header.agreement, SharedChange.Justification(grant: "author", route: nil))
    case .ownDevice:
      return try heldUnder(logged).map {
        ($0, SharedChange.Justification(grant: "own-device", route: nil))
      }
    default: break
    }
    guard let grant = decision.grant, let agreement = decision.agreement else { return nil }
    return (agreement, SharedChange.Justification(grant: grant, route: decision.route))
  }

  private func standing(of logged: LoggedWrite, with peer: NodeName) throws -> Standing {
    let key: StatementArguments = [peer.description, logged.id.bytes]
    if try exists("SELECT 1 FROM give_back WHERE peer = ? AND write_id = ?", key) {
      return .returning
    }
    let disclosed = try row(
      "SELECT resend FROM disclosure WHERE peer = ? AND write_id = ? AND retracted_at IS NULL", key)
    switch disclosed?["resend"] as Int? {
    case 0?: return .disclosed
    case 1?: return .uncertain
    case .some: return .lacking
    case nil: break
    }
    // What it wrote itself and got back it has disclosed to whoever gave it back.
    if isAuthor(me, of: logged.header, towards: peer) { return .none }
    let came = try exists("SELECT 1 FROM justification WHERE sender = ? AND write_id = ?", key)
    return came ? .came : .none
  }
}
