import Casework
import Foundation
import Node
import Records
import Replica
import Simulation
import TestSupport
import Testing

/// Somebody's casework at a node of a test, over a real replica.
final class TestDesk: CaseDesk {
  let node: SimulatedNode
  let caseFiles: CaseFiles
  private var generator: SeededGenerator

  init(_ node: SimulatedNode, in folder: String, seed: UInt64) {
    self.node = node
    caseFiles = CaseFiles("\(folder)/\(node.name.agency)")
    generator = SeededGenerator(seed: seed)
  }

  var agency: AgencyID { node.name.agency }
  var replica: LocalReplica { node.replica }
  var now: Instant { node.now }

  func newRecordID() -> RecordID { RecordID(using: &generator) }

  func put(_ edits: [Edit]) throws -> [ChangeID] {
    for edit in edits { try checkPlausible(edit) }
    return try node.put(edits, using: &generator)
  }

  /// Writes a new record; a field with a plus sign is added to.
  @discardableResult
  func make(_ type: String, _ fields: (String, String)..., id: RecordID? = nil) throws -> RecordID {
    let id = id ?? newRecordID()
    let assignments = fields.map { name, text -> Edit.Assignment in
      name.hasSuffix("+")
        ? .add(field: String(name.dropLast()), text: text) : .set(field: name, text: text)
    }
    _ = try put([Edit(type: type, record: id, assignments: assignments)])
    return id
  }

  /// What the daemon does every few seconds.
  func keepLedger() throws {
    var open = OpenCases()
    _ = try keepLedger(&open)
  }

  func values(_ record: RecordID, _ field: String) throws -> [String] {
    try node.values(record, field)
  }

  /// What an action is refused with; nothing where it is not.
  func refusal(_ action: (TestDesk) throws -> Void) -> String? {
    do {
      try action(self)
      return nil
    } catch {
      return "\(error)"
    }
  }
}

/// Sheffield's police and social care, and two schools, each with a real replica in a folder.
struct CaseNetwork {
  let folder: TemporaryFolder
  let police: TestDesk
  let care: TestDesk
  let school: TestDesk
  let other: TestDesk
  private var generator = SeededGenerator(seed: 7)

  /// Of the list of schools of a test: one is closed without a successor, one has one, one has two.
  static let schools = """
    URN,EstablishmentName,LA (name),PhaseOfEducation (name),Gender (name),EstablishmentStatus (name)
    106982,Example A,Sheffield,Primary,Mixed,Open
    107010,Example B,Sheffield,Primary,Mixed,Open
    107011,Example C,Sheffield,Primary,Mixed,Closed
    107012,Example D,Sheffield,Primary,Mixed,Closed
    107013,Example E,Sheffield,Primary,Mixed,Closed
    107809,Example F,Leeds,Primary,Mixed,Open

    """
  static let links = """
    URN,LinkURN,LinkName,LinkType,LinkEstablishedDate
    107012,107010,Example B,Successor,01-09-2020
    107013,106982,Example A,Successor,01-09-2020
    107013,107010,Example B,Successor,01-09-2020

    """

  /// - Parameter practice: what the agreement says beyond the template.
  init(practice: String = "") throws {
    folder = try TemporaryFolder()
    let partnership = try TestPartnership(
      template: try repositoryText("Protocol/agreements/sheffield-encompass.yaml") + practice,
      profiles: [try repositoryText("Protocol/profiles/core.yaml")],
      principals: [
        try TestAgency("police.south-yorkshire", .police),
        try TestAgency("care.E08000019", .care),
      ],
      members: try ["school.106982", "school.107010"].map { try TestAgency($0, .school) })
    let path = folder.path
    let desks = try partnership.nodes(in: folder).enumerated().map {
      TestDesk($1, in: path, seed: UInt64($0 + 1))
    }
    (police, care, school, other) = (desks[0], desks[1], desks[2], desks[3])
  }

  /// Writes a file into the folder.
  func write(_ text: String, as name: String) throws -> String {
    let path = "\(folder.path)/\(name)"
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  /// Gives the police the lists of schools.
  func takeLists() throws {
    let files = police.caseFiles
    try FileManager.default.createDirectory(
      atPath: "\(folder.path)/\(police.agency)", withIntermediateDirectories: true)
    _ = try files.takeSchools(
      try write(Self.schools, as: "schools.csv"), links: try write(Self.links, as: "links.csv"))
  }

  /// Each school meets both principals, who meet each other; twice, so that what goes the long way has
  /// arrived.
  mutating func meet() throws {
    for _ in 0..<2 {
      for (left, right) in [
        (police, care), (police, school), (police, other), (care, school), (care, other),
      ] {
        try exchange(left.node, right.node, using: &generator)
      }
    }
  }

  /// Whether any byte of a node's files is of a text.
  func holds(_ desk: TestDesk, _ text: String) throws -> Bool {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    return try names.filter { $0.hasPrefix("\(desk.agency).sqlite") }.contains {
      let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/\($0)"))
      return bytes.range(of: Data(text.utf8)) != nil
    }
  }

  /// A child at the first school, and an incident of the night before.
  func recorded(
    school: String = "school.106982"
  ) throws -> (child: RecordID, incident: RecordID) {
    let child = try police.make(
      "child", ("name", "NAME-marker"), ("date_of_birth", "2016-03-04"), ("school", school))
    let incident = try police.make(
      "incident", ("occurred_at", "2027-05-03T21:40:00Z"), ("reference", "REFERENCE-marker"),
      ("child_words", "WORDS-marker"), ("children+", "\(child)"))
    return (child, incident)
  }

  func request(_ child: RecordID, _ incident: RecordID) -> NotifyRequest {
    var request = NotifyRequest(child: child)
    request.incident = incident
    request.context = "CONTEXT-marker"
    return request
  }
}
