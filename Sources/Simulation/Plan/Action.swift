import Agreements
import Casework
import FoundationEssentials
import Records
import Replica

/// One thing that happens in a simulation. A plan's actions keep their numbers when some are left
/// out, and whatever an action draws is drawn from its own number.
struct Action: Sendable {
  let number: Int
  /// Milliseconds from the beginning.
  let at: Int64
  /// When it ends, for what lasts.
  let until: Int64
  let kind: Kind

  enum Kind: Sendable {
    /// A person at a node edits a record.
    case write(node: Int, Edit)
    /// A person settles the node's oldest conflicts.
    case resolve(node: Int)
    /// An officer records an incident and issues its notification.
    case issue(node: Int, IssueTask)
    /// An officer takes a notification back.
    case withdraw(node: Int, IssueTask)
    /// Somebody looks at what waits for their agency.
    case attend(node: Int, KeyAdultRole)
    /// A node begins, since there will be something for it.
    case join(node: Int)
    /// A node is without a network.
    case offline(node: Int)
    /// A principal drafts the next version of the agreement and signs it.
    case draft(node: Int, revision: Int)
    /// A principal signs a version.
    case sign(node: Int, revision: Int)
    case refused(node: Int)
    /// The connection breaks in the frame after this many, with this part of it delivered.
    case cut(from: Int, to: Int, frames: Int, permille: Int)
    case partition(nodes: Set<Int>)
    case oneWay(from: Int, to: Int)
    /// Peers hear of a silent crash only by their time limits.
    case crash(node: Int, isSilent: Bool)
    case repeated(from: Int, to: Int)
    case skew(node: Int, milliseconds: Int64)
    case jump(node: Int, milliseconds: Int64)
    case drift(node: Int, partsPerMillion: Int64)
    /// A node's disk is full or gives errors, until the end.
    case disk(node: Int, DiskFault)
    /// The files of the beginning come back at the end.
    case restore(node: Int)
    case hostile(by: Int, against: Int, HostileAct)
  }

  /// The fault that it is, where it is one.
  var fault: FaultKind? {
    switch kind {
    case .write, .resolve, .issue, .withdraw, .attend, .join, .offline, .draft, .sign: nil
    case .refused: .refused
    case .cut: .cut
    case .partition: .partition
    case .oneWay: .oneWay
    case .crash: .crash
    case .repeated: .repeated
    case .skew: .skew
    case .jump: .jump
    case .drift: .drift
    case .disk(_, .full): .diskFull
    case .disk: .diskError
    case .restore: .restore
    case .hostile: .hostile
    }
  }

  /// What happens, without values.
  func text(_ cast: Cast) -> String {
    func name(_ index: Int) -> String { cast.players[index].id.description }
    switch kind {
    case .write(let node, let edit):
      let fields = edit.assignments.map(\.field).joined(separator: ",")
      return "\(name(node)) writes \(edit.type) \(edit.record) \(fields)"
    case .resolve(let node): return "\(name(node)) settles conflicts"
    case .issue(let node, let task):
      return "\(name(node)) notifies of child \(task.child) and incident \(task.incident)"
    case .withdraw(let node, let task):
      return "\(name(node)) withdraws what it said of incident \(task.incident)"
    case .attend(let node, let role): return "\(name(node)) \(role.rawValue) looks"
    case .join(let node): return "\(name(node)) begins"
    case .offline(let node): return "\(name(node)) offline"
    case .draft(let node, let revision): return "\(name(node)) drafts revision \(revision + 1)"
    case .sign(let node, let revision): return "\(name(node)) signs revision \(revision + 1)"
    case .refused(let node): return "\(name(node)) accepts no connections"
    case .cut(let from, let to, let frames, let permille):
      return "cut \(name(from)) -> \(name(to)) after \(frames) frames at \(permille)/1000"
    case .partition(let nodes):
      return "split off \(nodes.sorted().map(name).joined(separator: ", "))"
    case .oneWay(let from, let to): return "nothing passes \(name(from)) -> \(name(to))"
    case .crash(let node, let isSilent):
      return "\(name(node)) crashes\(isSilent ? " silently" : "")"
    case .repeated(let from, let to): return "a frame \(name(from)) -> \(name(to)) comes twice"
    case .skew(let node, let by): return "\(name(node)) clock wrong by \(by) ms"
    case .jump(let node, let by): return "\(name(node)) clock jumps by \(by) ms"
    case .drift(let node, let ppm): return "\(name(node)) clock drifts by \(ppm) ppm"
    case .disk(let node, .full(let bytes)):
      return "\(name(node)) has \(bytes) bytes of its disk left"
    case .disk(let node, .failingWrites(let count)):
      return "\(name(node)) cannot write after \(count) writes"
    case .disk(let node, .failingSyncs(let count)):
      return "\(name(node)) cannot sync after \(count) syncs"
    case .restore(let node): return "\(name(node)) is copied, and restored later"
    case .hostile(let by, let against, let act):
      return "\(name(by)) against \(name(against)): \(act.rawValue)"
    }
  }
}

/// What a hostile agency does with a valid certificate and key.
enum HostileAct: String, Hashable, Sendable, CaseIterable {
  case forgedAuthor = "forged-author"
  case replay
  case forkedSequence = "forked-sequence"
  case forkedStamp = "forked-stamp"
  case beyondGrant = "beyond-grant"
  case unreadable
  case flood
  case hugeValue = "huge-value"
  case hugeContext = "huge-context"
  case largestContext = "largest-context"
  case hugeRemoval = "huge-removal"
  case future
  case unknownAgreement = "unknown-agreement"
  case otherType = "other-type"
  case badValue = "bad-value"
  case malformedMessage = "malformed-message"
  case garbageFrame = "garbage-frame"
  case brokenChain = "broken-chain"
  case uncommitted
  /// The stamp of somebody else's write.
  case sameStamp = "same-stamp"
  /// Two parts of one change that has to wait for its time.
  case heldParts = "held-parts"
}

/// What is to happen in one run.
struct Plan: Sendable {
  let seed: UInt64
  var actions: [Action]
  /// The records that are written about, by type.
  let records: [String: [RecordID]]
}
