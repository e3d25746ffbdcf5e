import Agreements
public import Casework
public import Records
import Replica

/// Child protection files on their way to another school.
extension CaseDesk {
  /// Those that have not come, the latest first.
  /// - Throws: `ReplicaError`.
  public func waitingTransfers() throws -> [FileTransfer] {
    FileTransfer.waiting(try caseRecords("file_transfer").map(FileTransfer.init))
  }

  /// One transfer.
  /// - Throws: `ReplicaError.notFound`.
  public func transfer(_ id: RecordID) throws -> FileTransfer {
    FileTransfer(try caseRecord(id, type: "file_transfer"))
  }

  /// Notes that a child has moved and its file has to follow, within five school days of the school that
  /// it goes to. Noted again, the same transfer is found.
  /// - Throws: `NodeError` where the two schools are one or no school is known to send it, or
  ///   `ReplicaError`.
  public func startTransfer(
    of child: RecordID, from: AgencyID?, to school: AgencyID, movedOn: LocalDate, person: String?
  ) throws -> (transfer: FileTransfer, isNew: Bool) {
    let record = try caseRecord(child, type: "child")
    let registered = record.agencies("school").filter { $0 != school }
    let own = agency.namedKind == .school ? agency : nil
    guard let sender = from ?? own ?? registered.first, sender != school else {
      throw NodeError("from: say which school sends the file")
    }
    for party in [sender, school] where party.namedKind != .school {
      throw NodeError("\(party) is no school")
    }
    try requireOpen(school)
    let id = CaseIDs.transfer(of: child, to: school, on: movedOn)
    if (try? caseRecord(id, type: "file_transfer")) != nil { return (try transfer(id), false) }
    let due = FileTransfer.due(after: movedOn, at: try caseFiles.calendar(of: school))
    let fields = [
      ("child", "\(child)"), ("from_school", "\(sender)"), ("to_school", "\(school)"),
      ("moved_on", "\(movedOn)"), ("due_on", "\(due)"),
    ]
    _ = try put([
      Edit(
        type: "file_transfer", record: id,
        assignments: fields.map { .set(field: $0.0, text: $0.1) }, person: person)
    ])
    return (try transfer(id), true)
  }

  /// A file for a school that nobody knows would be chased for ever and never come. Who takes part only
  /// principals know: a school without a list of schools has to be believed.
  private func requireOpen(_ school: AgencyID) throws {
    let schools = try caseFiles.schoolRouting()
    if schools == nil, try agreed({ $0.lineage }).isEmpty { return }
    if let schools, let urn = try? URN(String(school.local)) {
      switch schools.destination(of: urn) {
      case .school(let open, let via):
        try require(via.isEmpty, "to: \(school) has closed; school.\(open) follows it")
        return
      case .choice(let open, _):
        let list = open.map { "school.\($0)" }.joined(separator: ", ")
        throw NodeError("to: \(school) has closed; one of \(list) follows it")
      case .none(.unknown): break
      case .none: throw NodeError("to: \(school) is not open")
      }
    }
    try require(
      try replica.partnership().parties.contains(school),
      "to: \(school) takes no part here and is in no list of open schools (concord route schools)")
  }

  /// Says that the file was sent. The school that it comes from does.
  /// - Throws: `NodeError` where it comes from another, or `ReplicaError`.
  public func sendFile(_ id: RecordID, person: String?) throws {
    let found = try transfer(id)
    try require(agency == found.from, "\(id) comes from \(Self.words(found.from)), which says so")
    if found.sentOn == nil { try enter("sent_on", of: id, person) }
  }

  /// Confirms that the file has come. The school that it goes to does.
  /// - Throws: `NodeError` where it goes to another, or `ReplicaError`.
  public func receiveFile(_ id: RecordID, person: String?) throws {
    let found = try transfer(id)
    try require(agency == found.to, "\(id) goes to \(Self.words(found.to)), which confirms it")
    if found.receivedOn == nil { try enter("received_on", of: id, person) }
  }

  /// What chases files that have not come: the school that waits for them does, or the council in the
  /// stead of one whose node does not run.
  func dueChases() throws -> [Edit] {
    let today = LondonTime(now).date
    return try waitingTransfers().filter { $0.isToBeChased(by: agency, on: today) }.map {
      Edit(
        type: "file_transfer", record: $0.id,
        assignments: [.add(field: "chased_on", text: "\(today)")])
    }
  }

  private func enter(_ field: String, of id: RecordID, _ person: String?) throws {
    let today = LondonTime(now).date
    _ = try put([
      Edit(
        type: "file_transfer", record: id, assignments: [.add(field: field, text: "\(today)")],
        person: person)
    ])
  }

  private func require(_ condition: Bool, _ problem: String) throws {
    guard condition else { throw NodeError(problem) }
  }

  private static func words(_ agency: AgencyID?) -> String {
    agency.map(\.description) ?? "another school"
  }
}
