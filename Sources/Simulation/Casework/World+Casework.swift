import Agreements
import Casework
import FoundationEssentials
import Node
import Records
import Replica

/// What officers, Key Adults and clocks do with notifications.
extension World {
  /// How long somebody waits whose node is down or refuses, before they try again.
  private static let patience: Int64 = 1_800_000

  /// An officer records what happened and issues the notification; again until it is done.
  func issue(_ task: IssueTask, at index: Int, action: Int) {
    guard let desk = desk(at: index, drawing: UInt64(action)) else {
      return tryAgain(action, "it is down")
    }
    do {
      for edit in task.records where (try? desk.replica.record(edit.record)) == nil {
        _ = try desk.put([edit])
      }
      var request = NotifyRequest(child: task.child)
      request.incident = task.incident
      request.context = task.context
      let issued = try desk.notify(request)
      caseBook.issued(issued, task, by: index, at: now)
      note("notification \(issued.id) for \(issued.school)\(issued.isNew ? "" : ", again")")
    } catch {
      hindered(error, at: index)
      tryAgain(action, "later")
    }
  }

  /// An officer takes a notification back.
  func withdraw(_ task: IssueTask, at index: Int, action: Int) {
    let id = CaseIDs.notification(
      child: task.child, incident: task.incident, occurredAt: task.occurredAt)
    guard caseBook.cases[id] != nil else { return tryAgain(action, "it was not issued yet") }
    guard let desk = desk(at: index, drawing: UInt64(action)) else {
      return tryAgain(action, "it is down")
    }
    do {
      try desk.withdraw(id, because: "issued by mistake", person: nil)
      caseBook.withdrew(id)
    } catch {
      hindered(error, at: index)
      tryAgain(action, "later")
    }
  }

  /// Somebody looks at what waits: they open what is for them, and later say what they did.
  func attend(_ role: KeyAdultRole, at index: Int, action: Int) {
    guard let station = stations[index], let desk = desk(at: index, drawing: UInt64(action)) else {
      return note("it is down")
    }
    if cast.isLazy, station.isIdle { return }
    do {
      let today = LondonTime(desk.now).date
      let calendar = try desk.caseFiles.calendar(of: desk.agency)
      let isSchool = cast.players[index].kind == .school
      if isSchool, try calendar?.status(of: today) != .schoolDay { return note("it is closed") }
      let open = try station.open.look(at: desk) {
        $0.state == .actedOn || $0.school != nil && $0.school != desk.agency
      }
      station.isIdle = open.isEmpty
      for found in Inbox.waiting(open, at: desk.now) where found.school == desk.agency {
        try look(at: found, as: role, desk)
      }
    } catch {
      hindered(error, at: index)
    }
  }

  private func look(at found: NotificationCase, as role: KeyAdultRole, _ desk: StationDesk) throws {
    guard found.state < .opened else {
      guard role == .keyAdult else { return }
      var response = SchoolResponse()
      response.isActedOn = true
      response.mode = "silent"
      _ = try desk.respond(to: found.id, response)
      return
    }
    guard role == .keyAdult || found.escalation >= role.step else { return }
    let (_, isFirst) = try desk.open(found.id, as: role, person: nil)
    if isFirst { note("\(desk.agency) opens \(found.id)") }
  }

  /// What a real node's daemon does every few seconds.
  func keepLedger(_ station: Station) {
    guard scenario.casework != nil,
      let desk = desk(at: station.index, drawing: 0x1ED6E4)
    else { return }
    do {
      let (entered, watch) = try station.ledger.keep(of: desk, at: desk.now)
      station.ledger = watch
      if entered > 0 { note("\(station.player.id) enters \(entered) in the ledger") }
    } catch {
      station.ledger = LedgerWatch()
      hindered(error, at: station.index)
    }
  }

  private func tryAgain(_ action: Int, _ reason: String) {
    note(reason)
    guard now + Self.patience < scenario.duration else { return }
    queue.add(.begin(action: action), at: now + Self.patience)
  }

  /// A disk may be full and a node may be relearning; everything else is a defect.
  private func hindered(_ error: any Error, at index: Int) {
    guard let station = stations[index] else { return }
    if let error = error as? ReplicaError { return refused(error, at: station) }
    fail(.casework, "\(station.player.id) cannot do its casework: \(error)")
  }
}

extension KeyAdultRole {
  /// From which step on somebody with this role was told.
  fileprivate var step: EscalationStep {
    switch self {
    case .keyAdult: .none
    case .secondKeyAdult: .secondKeyAdult
    case .head: .head
    }
  }
}
