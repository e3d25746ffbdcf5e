import Agreements
import FoundationEssentials
import GRDB
import Records
import SyncProtocol

/// What a peer has had of a write, as far as this node knows.
enum PeerStanding: Equatable {
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

/// What a peer has had of one change.
struct PeerStandings {
  fileprivate let disclosed: [Int: Disclosed]
  fileprivate let came: Places
  fileprivate let returning: Set<WriteID>

  func standing(of logged: LoggedWrite) -> PeerStanding {
    if returning.contains(logged.id) { return .returning }
    if let disclosed = disclosed[logged.at.place], disclosed.retractedAt == nil {
      switch disclosed.resend {
      case 0: return .disclosed
      case 1: return .uncertain
      default: return .lacking
      }
    }
    return came.contains(logged.at.place) ? .came : .none
  }
}

extension Store {
  /// What a peer has had of the writes of one change.
  func standings(of writes: [LoggedWrite], with peer: NodeName) throws -> PeerStandings {
    guard let first = writes.first else {
      return PeerStandings(disclosed: [:], came: Places(), returning: [])
    }
    // What it wrote itself and got back it has disclosed to whoever gave it back.
    let isOwn = isAuthor(me, of: first.header, towards: peer)
    var came = Places()
    for part in isOwn ? [] : try held(first.at.change) where part.reason.sender == peer {
      came.formUnion(part.places)
    }
    var returning: Set<WriteID> = []
    if try givesBack(to: peer) {
      for logged in writes {
        let isReturning = try exists(
          "SELECT 1 FROM give_back WHERE peer = ? AND write_id = ?",
          [peer.description, logged.id.bytes])
        if isReturning { returning.insert(logged.id) }
      }
    }
    return PeerStandings(
      disclosed: try disclosed(first.at.change, to: peer),
      came: came, returning: returning)
  }

  /// Puts into a selection what of one change a peer may have and has not had, one entry for each
  /// agreement that allows something, and the retraction of what it has had and may no longer have.
  func take(
    _ group: [LoggedWrite], into selection: inout Selection, for peer: NodeName, now: Instant
  ) throws {
    guard let first = group.first, try mayGo(first.header, to: peer),
      let proof = try proof(of: first.at.change)
    else { return }
    let (header, number) = (first.header, first.at.change)
    let isTheirs = isAuthor(peer, of: header, towards: me)
    let standings = try standings(of: group, with: peer)
    var allowed: [Digest: [(WriteID, Opening, SharedChange.Justification)]] = [:]
    for logged in group where !selection.chosen.contains(logged.at) {
      let standing = standings.standing(of: logged)
      if standing == .came || standing == .disclosed { continue }
      if standing == .none && isTheirs { continue }
      guard !logged.write.isWithheld, !logged.isDisputed else { continue }
      guard !selection.isRelearning || isTheirs else { continue }
      let decision = try disclosure(of: logged, to: peer, now: now)
      if let (agreement, justification) = try justification(decision, of: logged) {
        allowed[agreement, default: []].append((logged.id, logged.opening, justification))
        selection.chosen.insert(logged.at)
      } else if standing == .lacking {
        selection.lapsed.append(logged.at)
      }
    }
    if !allowed.isEmpty {
      let admission = try admission(of: header.id)
      for (agreement, parts) in allowed.sorted(by: { $0.key < $1.key }) {
        let change = DisclosedChange(header: header, proof: proof, openings: parts.map(\.1))
        let shared = SharedChange(
          change: change, agreement: agreement, justifications: parts.map(\.2),
          admission: admission, ids: parts.map(\.0))
        if let shared {
          for deed in try deeds(of: header.author, for: peer, beside: selection) {
            selection.add(.document(deed))
          }
          selection.add(.change(shared), number: number)
        }
      }
    }
    if !selection.isRelearning {
      try retract(group, standings, into: &selection, for: peer, now: now)
    }
  }

  /// Retracts what a peer has had of these writes of one change and may no longer have.
  func retract(
    _ writes: [LoggedWrite], _ standings: PeerStandings, into selection: inout Selection,
    for peer: NodeName, now: Instant
  ) throws {
    var reasons: [String: [LoggedWrite]] = [:]
    for logged in writes where !selection.chosen.contains(logged.at) {
      let standing = standings.standing(of: logged)
      guard standing == .disclosed || standing == .uncertain,
        // What the agency erased its own device has to erase too, also where it wrote it.
        !isAuthor(peer, of: logged.header, towards: me)
          || (logged.write.isWithheld && isOwnDevice(peer))
      else { continue }
      if logged.write.isWithheld {
        reasons["erased", default: []].append(logged)
        selection.chosen.insert(logged.at)
      } else if let reason = try disclosure(of: logged, to: peer, now: now).retraction {
        reasons[reason, default: []].append(logged)
        selection.chosen.insert(logged.at)
      }
    }
    for (reason, writes) in reasons.sorted(by: { $0.key < $1.key }) {
      selection.retract(writes, because: reason)
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
}
