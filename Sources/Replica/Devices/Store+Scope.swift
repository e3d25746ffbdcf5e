import Agreements
import FoundationEssentials
import GRDB
import Records

/// What passes between an agency's node and its devices: all that the agency holds, as far as the
/// device's role sees it and its caseload reaches.
extension Store {
  /// Whether another node of this agency may have a write that is here.
  func ownDisclosure(of logged: LoggedWrite, to peer: NodeName) throws -> Decision {
    let header = logged.header
    if isAuthor(peer, of: header, towards: me) { return .withinAgency(.author) }
    guard isOwnDevice(peer) else {
      // A device gives its agency what it wrote itself, and nothing else is its to give.
      return .withinAgency(
        isAuthor(me, of: header, towards: peer) ? .author : .outsideCaseload)
    }
    let decision = try scopeDecision(
      logged.write.field, of: header.record, type: header.recordType, for: peer)
    if decision.isAllowed, case .reference(let target) = logged.write.value,
      try !seesSomething(of: target, of: peer)
    {
      return .withinAgency(.outsideCaseload)
    }
    return decision
  }

  /// Whether a device's scope covers a field of a record, whoever wrote it.
  func scopeDecision(
    _ field: String, of record: RecordID, type: String, for peer: NodeName
  ) throws -> Decision {
    guard let scope = try scope(of: peer) else { return .withinAgency(.outsideCaseload) }
    let label = partnership.field(field, of: type)?.field.label
    if type == Self.restrictionType, Self.shieldingFields.contains(field) {
      let isReached = try reachesSealed(by: record, scope, of: peer)
      return .withinAgency(isReached ? .ownDevice : .outsideCaseload)
    }
    guard let label, scope.sees(label) else {
      return .withinAgency(.outsideRole(label: label ?? ""))
    }
    let isReached = try reaches(record, scope, of: peer)
    return .withinAgency(isReached ? .ownDevice : .outsideCaseload)
  }

  /// What a device's own pages need of a restriction to keep a record from the people whom it names:
  /// whatever the device's role sees, for without them it would show the record to just these people. The
  /// reason is not among them.
  private static let shieldingFields: Set<String> = ["record", "fields", "people"]

  /// Whether what a restriction seals may be on a device: the restriction itself is one reference further
  /// away from the caseload than the record is.
  private func reachesSealed(
    by restriction: RecordID, _ scope: Reach, of peer: NodeName
  ) throws -> Bool {
    if try reaches(restriction, scope, of: peer) { return true }
    return try rows("SELECT target FROM reference WHERE record = ?", [restriction.bytes])
      .contains { try reaches(try $0.id("target"), scope, of: peer) }
  }

  /// The agreement under which this agency holds a write.
  func heldUnder(_ logged: LoggedWrite) throws -> Digest? {
    if logged.header.author == me.agency { return logged.header.agreement }
    return try held(logged.at).map(\.reason.agreement).min()
  }

  /// What a device's role sees, and of which records; the caseload itself stays in its table.
  struct Reach {
    let labels: Set<String>?
    let hasCaseload: Bool

    func sees(_ label: String) -> Bool { labels?.contains(label) ?? true }
  }

  func scope(of peer: NodeName) throws -> Reach? {
    try row("SELECT labels, has_caseload FROM device WHERE node = ?", [peer.description]).map {
      let labels: String? = $0["labels"]
      return Reach(
        labels: labels.map { Set($0.split(separator: " ").map(String.init)) },
        hasCaseload: $0["has_caseload"])
    }
  }

  /// Whether a record is of a device's caseload, refers to one that is, or is referred to by one,
  /// through at most two references.
  private func reaches(_ record: RecordID, _ scope: Reach, of peer: NodeName) throws -> Bool {
    guard scope.hasCaseload else { return true }
    return try exists(
      """
      WITH RECURSIVE onward (record, distance) AS (
        VALUES (?1, 0)
        UNION SELECT r.target, onward.distance + 1 FROM onward
        JOIN reference r ON r.record = onward.record WHERE onward.distance < 2),
      back (record, distance) AS (
        VALUES (?1, 0)
        UNION SELECT r.record, back.distance + 1 FROM back
        JOIN reference r ON r.target = back.record WHERE back.distance < 2)
      SELECT 1 FROM device_caseload c WHERE c.node = ?2
      AND (c.record IN (SELECT record FROM onward) OR c.record IN (SELECT record FROM back))
      LIMIT 1
      """, [record.bytes, peer.description])
  }

  /// A reference tells that its target exists: it goes where some value of the target may go.
  private func seesSomething(of target: RecordID, of peer: NodeName) throws -> Bool {
    guard let type = try type(of: target), let scope = try scope(of: peer),
      try reaches(target, scope, of: peer)
    else { return false }
    return try fieldsWithValues(of: target).contains { name in
      partnership.field(name, of: type).map { scope.sees($0.field.label) } ?? false
    }
  }

  /// By what a device's scope was set last, for the terms of its link.
  func scopeDigest(of peer: NodeName) throws -> Data {
    try row("SELECT enrolment FROM device WHERE node = ?", [peer.description])?["enrolment"]
      ?? Data()
  }

  /// What a device begins on a home visit is of its caseload from then on, until an administrator sets
  /// the caseload anew.
  func noteCaseload(_ header: ChangeHeader, from peer: NodeName) throws {
    guard isOwnDevice(peer), try scope(of: peer)?.hasCaseload == true,
      try type(of: header.record) == nil
    else { return }
    try run(
      "INSERT INTO device_caseload VALUES (?, ?) ON CONFLICT DO NOTHING",
      [peer.description, header.record.bytes])
  }

  /// Has records looked at again whose reach a reference may have changed, for devices with a caseload:
  /// what refers to it or is referred to by it through at most two.
  func lookAgainForDevices(from record: RecordID, to targets: Set<RecordID>) throws {
    let devices = try rows("SELECT node FROM device WHERE has_caseload = 1")
      .compactMap { NodeName($0["node"]) }
    guard !devices.isEmpty, !me.isDevice else { return }
    let known = Set(try peers())
    var concerned = Set([record] + (try neighbours(of: record))).union(targets)
    for target in targets {
      concerned.formUnion(
        try rows("SELECT target FROM reference WHERE record = ?", [target.bytes]).map {
          try $0.id("target")
        })
    }
    try lookAgain(at: concerned.sorted(), for: devices.filter { known.contains($0) })
  }
}
