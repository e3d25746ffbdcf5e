import Agreements
import Casework
import Node
import Records
import Replica

/// One request of somebody who is signed in.
struct Visit: Sendable {
  let desk: ViewedDesk
  let index: CaseIndex.State
  let hidden: Hidden
  /// What they typed; of a page that is only looked at, nothing.
  var form: Form
  /// What is named in the address, as `id`.
  let parameters: [String: String]
  /// Figures, which take long to count.
  let figures: FigureCounter
  /// Whether a node runs on the folder and how its links are, for a page that asks.
  let running: RunningNode

  var viewer: Viewer { desk.viewer }
  var now: Instant { desk.now }
  var today: LocalDate { LondonTime(desk.now).date }

  /// What may be said of an error beside a form, in the page's words: what the command line says names
  /// fields and options that nobody sees here. What says that there is no such record is thrown on, since
  /// it must not differ from one that is hidden.
  static func words(_ error: any Error) throws -> String {
    switch error {
    case ReplicaError.notFound, ReplicaError.otherType: throw error
    case ReplicaError.mayNotWrite: return "Your agency may not write this under the agreement"
    case ReplicaError.alreadyIssued: return "This stands already and cannot be changed"
    case ReplicaError.value: return "What you typed cannot be understood here. Look at it once more"
    case ReplicaError.diskFull:
      return "The disk of this machine is full: nothing was saved. Tell whoever looks after Concord"
    case ReplicaError.relearning:
      return "This node was restored and waits for the others. Try again in a while"
    case is ReplicaError, is NodeError:
      return
        "This could not be done, and nothing was changed. Look at the page once more, then try again"
    default: throw error
    }
  }

  /// The record that the address names.
  func recordID(_ name: String = "id") -> RecordID? { parameters[name].flatMap(RecordID.init) }

  /// Whether their role has a duty.
  func may(_ duty: Duty) -> Bool { viewer.role.may(duty) }

  /// What an agency is called: by its card, a school also by the list of schools, or else by its id.
  func name(of agency: AgencyID) -> String {
    (try? desk.replica.partnership())?.card(of: agency)?.name ?? schoolName(of: agency)
      ?? agency.description
  }

  private func schoolName(of agency: AgencyID) -> String? {
    guard agency.namedKind == .school, let urn = try? URN(String(agency.local)) else { return nil }
    return (try? desk.caseFiles.directory())?.school(urn)?.name
  }

  /// A moment as people say it.
  func spoken(_ instant: Instant?) -> String? {
    instant.map { PeopleTime.spoken($0, now: now) }
  }

  /// A day as people say it.
  func spoken(_ date: LocalDate?) -> String? {
    date.map { PeopleTime.spoken($0, today: today) }
  }

  /// What a child is called; `A child` where that is not known here.
  func childName(_ id: RecordID?) -> String {
    guard let id, let record = try? desk.caseRecord(id, type: "child") else { return "A child" }
    let names = record.entries("name").compactMap(\.value.words)
    guard !names.isEmpty else { return "A child" }
    return Excerpt.of(names.joined(separator: " or "), bytes: Excerpt.lineBytes)
  }
}

/// A page of the site: what it shows, and what it does with what somebody typed there.
protocol Page: Sendable {
  /// Its place, as `/children/:id`.
  var path: String { get }
  /// What somebody's role must have for it; nothing where everybody may.
  var duty: Duty? { get }
  /// Whether the running node is asked for its links first.
  var asksNode: Bool { get }
  func show(_ visit: Visit) throws -> Reply
  func act(_ visit: Visit) throws -> Reply
}

extension Page {
  var duty: Duty? { nil }
  var asksNode: Bool { false }
  func act(_ visit: Visit) throws -> Reply { .notFound }
}
