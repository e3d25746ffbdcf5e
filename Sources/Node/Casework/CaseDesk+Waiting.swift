import Agreements
import Casework
public import Records
import Replica

/// A child of an incident of whom nobody has been told: a person decides first.
public struct WaitingRoute: Hashable, Sendable {
  public let child: RecordID
  public let incident: RecordID?
  /// What has to be decided.
  public let reason: String
}

/// What waits for a person before anybody can be told. Nobody is ever dropped (domain rule 3).
extension CaseDesk {
  /// The children of this agency's incidents of whom nobody has been told, and those whose school must
  /// not be told any more.
  /// - Throws: `ReplicaError`, or `SchoolFileError` for the lists of schools.
  public func waitingRoutes() throws -> [WaitingRoute] {
    let partnership = try replica.partnership()
    guard partnership.recordType("incident") != nil,
      partnership.mayWriteAll(agency, ["school", "issued_at"], of: "notification", at: now).term
        != nil
    else { return [] }
    let lists = try caseFiles.lists()
    var told: [RecordID: Set<RecordID>] = [:]
    var waiting: [WaitingRoute] = []
    for found in try notifications() where found.issuer == agency {
      guard let child = found.child else { continue }
      if let incident = found.incident { told[incident, default: []].insert(child) }
      guard found.withdrawn == nil, let school = found.school, school.namedKind == .school,
        try keptFrom(child).contains(school)
      else { continue }
      waiting.append(
        WaitingRoute(
          child: child, incident: found.incident,
          reason: "sealed from \(school) since it was told: notify again"))
    }
    for incident in try caseRecords("incident")
    where incident.entries("occurred_at").first?.by == agency {
      for child in incident.references("children")
      where !told[incident.id, default: []].contains(child) {
        waiting.append(
          WaitingRoute(child: child, incident: incident.id, reason: toDecide(child, by: lists)))
      }
    }
    return waiting.sorted { ($0.reason, $0.child) < ($1.reason, $1.child) }
  }

  /// Why nobody has been told; where nothing stands in the way, that somebody has to.
  private func toDecide(_ child: RecordID, by lists: CaseFiles.Lists) -> String {
    do {
      let (told, _) = try decided(try recipient(of: child, by: lists))
      return "nobody was told yet: notify \(told)"
    } catch {
      return "\(error)"
    }
  }
}
