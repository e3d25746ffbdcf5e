public import Agreements
import GRDB
public import Records

/// Why the replica refused or failed. Nothing of the operation was kept.
public enum ReplicaError: Error, Sendable, CustomStringConvertible {
  /// Said of what is not there and of what is hidden alike.
  case notFound(RecordID)
  case noAgreement
  case unknownType(String, known: [String])
  case unknownField(String, type: String, known: [String])
  case otherType(RecordID, type: String)
  case value(ValueError)
  case notWithRule(field: String, rule: MergeRule, problem: String)
  case mayNotWrite(field: String, Decision)
  /// The field was written once and stands.
  case alreadyIssued(field: String)
  case notInConflict(field: String)
  /// A new record's fields cannot be cleared.
  case nothingToWrite
  case unseen(field: String, others: Int)
  case document(DocumentError)
  case change(ChangeError)
  case diskFull
  case storage(String)
  case otherNode(String)
  /// The node was restored from a backup and does not know all of its own past yet.
  case relearning(from: [AgencyID])
  case notRelearning(from: AgencyID)
  /// The node has begun or ended relearning since the link was established.
  case linkBeginsAnew
  /// A restriction is lifted by the agency that set it alone.
  case sealedBy(AgencyID, field: String)
  /// A peer makes this node owe it more and more, and takes nothing.
  case tooMuchDue(NodeName)
  /// This node's clock was ahead when it wrote the value that stands.
  case stampedAhead(field: String, until: Instant)
  /// No entry of the quarantine has this id.
  case notInQuarantine(Int64)
  /// An entry of the quarantine may not be applied, whatever an administrator says.
  case notReleasable(Int64, reason: String)
  /// An entry waits for its time.
  case heldUntil(Int64, Instant)
  case refusedAlready(Int64)
  /// A legal hold keeps the record from being erased.
  case onHold(RecordID)
  case nothingToErase
  /// A restriction that is in force is lifted, not erased.
  case stillSeals(RecordID)
  /// No hold on a record, no request and no correction has this name.
  case noHold(RecordID)
  case noRequest(Int64)
  case requestClosed(Int64)
  case requestExtended(Int64)
  case noCorrection(Int64)
  /// The file is no database, or parts of it cannot be read.
  case damaged(path: String)
  /// The key ring is missing, damaged, or another's.
  case keyRing(String)

  public var description: String {
    switch self {
    case .notFound(let id): "no record \(id) here"
    case .noAgreement: "no agreement is in force here (concord agreement adopt, or concord join)"
    case .unknownType(let type, let known):
      "no record type \(type): expected one of \(known.joined(separator: ", "))"
    case .unknownField(let field, let type, let known):
      "\(type) has no field \(field): expected one of \(known.joined(separator: ", "))"
    case .otherType(let id, let type): "record \(id) is of type \(type)"
    case .value(let error): error.description
    case .notWithRule(let field, let rule, let problem):
      "\(field) merges by \(rule.rawValue): \(problem)"
    case .mayNotWrite(let field, let decision):
      "\(field) may not be written: \(decision.reason)"
        + (decision.lineage.map { " (\($0) version \(decision.version ?? 0))" } ?? "")
    case .alreadyIssued(let field): "\(field) was written once and stands"
    case .notInConflict(let field): "\(field) is not in conflict"
    case .nothingToWrite: "there is nothing to write: a new record needs a value"
    case .unseen(let field, let others):
      "\(field) has \(others) more value\(others == 1 ? "" : "s") than --seen names: look again"
    case .document(let error): error.description
    case .change(.equivocation(let field, _, _)):
      "\(field) stands twice in one edit: write it once"
    case .change(let error): error.description
    case .diskFull: "the disk is full: nothing was written; free some space and try again"
    case .storage(let problem): "the replica cannot be read or written: \(problem)"
    case .otherNode(let name): "the replica belongs to \(name)"
    case .relearning(let agencies):
      "this node was restored from a backup and waits for "
        + agencies.map(\.description).joined(separator: ", ")
        + " to tell what it lost (concord run, or concord resume DIR --accept-missing AGENCY)"
    case .sealedBy(let agency, let field):
      "\(field) was set by \(agency), which alone can lift it; a restriction of your own can add to it"
    case .stampedAhead(let field, let until):
      "\(field) was last written by a clock that was ahead: it can be replaced from \(until) on"
    case .tooMuchDue(let peer):
      "\(Limits.Storage.due) receipts wait for \(peer): it must take them before it is heard further"
    case .notRelearning(let agency): "nothing is awaited from \(agency)"
    case .linkBeginsAnew: "what this node may send has changed: the link begins anew"
    case .notInQuarantine(let id): "no entry \(id) in the quarantine (concord quarantine DIR)"
    case .notReleasable(let id, let reason):
      "entry \(id) cannot be released (\(reason)); it can be refused for good"
    case .heldUntil(let id, let time):
      "entry \(id) is stamped ahead of its time: it is tried again by itself at \(time)"
    case .onHold(let id):
      "record \(id), or what it refers to, is under a legal hold: nothing was erased (concord hold list DIR)"
    case .nothingToErase: "there is nothing to erase: no value is here"
    case .stillSeals(let id):
      "restriction \(id) is in force: lift it first (concord put DIR restriction --id \(id) kept_from=)"
    case .noHold(let id): "no hold on record \(id) (concord hold list DIR)"
    case .noRequest(let id): "no request \(id) (concord access list DIR)"
    case .requestClosed(let id): "request \(id) is closed"
    case .requestExtended(let id): "request \(id) was extended already: the law allows it once"
    case .noCorrection(let id): "no correction \(id) that waits for a decision"
    case .refusedAlready(let id): "entry \(id) was refused for good before"
    case .keyRing(let problem): problem
    case .damaged(let path):
      "\(path) is damaged: stop the node, keep the file, and put back a copy of the node's folder; what "
        + "it had sent since comes back from its peers"
    }
  }

  /// - Parameter path: the replica's file, where it is known.
  static func wrapped(_ error: any Error, in path: String? = nil) -> ReplicaError {
    switch error {
    case let error as ReplicaError: error
    case let error as ValueError: .value(error)
    case let error as DocumentError: .document(error)
    case let error as ChangeError: .change(error)
    case let error as DatabaseError where error.resultCode == .SQLITE_FULL: .diskFull
    case let error as DatabaseError
    where [.SQLITE_NOTADB, .SQLITE_CORRUPT].contains(error.resultCode):
      .damaged(path: path ?? "the replica")
    // The message names tables and constraints, never a bound value.
    case let error as DatabaseError:
      .storage("SQLite \(error.extendedResultCode.rawValue): \(error.message ?? "no message")")
    default: .storage("\(type(of: error))")
    }
  }
}
