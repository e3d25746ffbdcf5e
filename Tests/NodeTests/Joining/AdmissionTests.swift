import Agreements
import Casework
import Foundation
import Node
import Records
import Replica
import TestSupport
import Testing
import Transport

/// Schools that are admitted by the hundred: all are checked first, and each row says what became of it.
@Suite(.serialized) struct AdmissionTests {
  private let folder: TemporaryFolder
  private let police: LocalNode
  private let schools: SchoolDirectory

  init() throws {
    folder = try TemporaryFolder()
    police = try TestNodes.partners(in: folder).police
    schools = try SchoolDirectory(
      csv: try repositoryText("Protocol/data/sheffield-schools.csv"), source: "schools")
  }

  /// Writes a school's card into a folder of cards.
  @discardableResult
  private func card(
    _ urn: String, name: String = "A school", key: UInt8 = 1, kind: AgencyKind = .school,
    federation: String = "concord", in cards: String = "cards"
  ) throws -> String {
    let agency = try #require(AgencyID(urn.contains(".") ? urn : "school.\(urn)"))
    let key = try #require(SigningKey(seed: Data(repeating: key, count: 32)))
    let authority = try CertificateAuthority(for: agency, federation: federation, now: Date())
    let document = try Card(
      agency: agency, federation: federation, kind: kind, name: name, endpoint: "127.0.0.1:1",
      signingKey: key.publicKey, authority: authority.der
    ).document(signedBy: key)
    let path = "\(folder.path)/\(cards)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    let file = "\(path)/\(agency).card"
    try DocumentFile([document]).text.write(toFile: file, atomically: true, encoding: .utf8)
    return file
  }

  private func plan(
    _ path: String = "cards", takesUnlisted: Bool = false
  ) throws -> AdmissionPlan {
    try police.planAdmissions(
      of: try AdmissionCandidate.all(in: "\(folder.path)/\(path)"), comparingWith: schools,
      takesUnlisted: takesUnlisted)
  }

  private func outcomes(_ plan: AdmissionPlan) -> [String: AdmissionPlan.Row.Outcome] {
    plan.rows.reduce(into: [:]) { $0[$1.agency?.description ?? $1.place] = $1.outcome }
  }

  private func members() throws -> Int {
    try police.replica.partnership().members["sheffield-encompass"]?.count ?? 0
  }

  private func write(_ text: String, to name: String) throws {
    try text.write(toFile: "\(folder.path)/\(name)", atomically: true, encoding: .utf8)
  }

  @Test func allOpenSchoolsOfACityJoinInOneTransaction() throws {
    let open = schools.schools.filter(\.isOpen).prefix(150)
    for school in open { try card("\(school.urn)", name: school.name) }
    let first = try plan()
    #expect(first.rows.count == 150)
    #expect(first.rows.allSatisfy { $0.outcome == .admitted && $0.note == nil })
    #expect(try members() == 0, "a plan writes nothing")
    let documents = try police.replica.documents().count
    try police.carryOut(first)
    #expect(try members() == 150)
    #expect(try police.replica.documents().count == documents + 150)
    // Once more: nothing is doubled, and each gets the same deed again.
    let again = try plan()
    #expect(again.rows.allSatisfy { $0.outcome == .member })
    #expect(again.rows.map { again.file(for: $0) } == first.rows.map { first.file(for: $0) })
    try police.carryOut(again)
    #expect(try police.replica.documents().count == documents + 150)
  }

  @Test func aFileThatWasHandedOutIsWhatTheSchoolJoinsWith() throws {
    let school = try TestNodes.node("school.106982", .school, in: folder)
    try FileManager.default.createDirectory(
      atPath: "\(folder.path)/cards", withIntermediateDirectories: true)
    try write(DocumentFile([try school.card()]).text, to: "cards/abbey.card")
    let plan = try plan()
    try police.carryOut(plan)
    let row = try #require(plan.rows.first)
    #expect(row.note == "its card says school.106982")
    let file = try #require(plan.file(for: row))
    #expect(try school.join(file, source: "deed").lineage == "sheffield-encompass")
  }

  @Test func eachRowSaysWhyItIsRefused() throws {
    let closed = try #require(schools.schools.first { $0.status == "Closed" })
    try card("106982")
    try card("\(closed.urn)")
    try card("999999")
    try card("107010", federation: "elsewhere")
    try card("health.example", kind: .health)
    try write("hello\n", to: "cards/notes.txt")
    try Data([0xFF, 0xD8, 0xFF]).write(
      to: URL(fileURLWithPath: "\(folder.path)/cards/photo.jpg"))
    let found = outcomes(try plan())
    func refused(_ agency: String, _ words: String) {
      guard case .refused(let why)? = found[agency] else {
        Issue.record("\(agency): \(String(describing: found[agency]))")
        return
      }
      #expect(why.contains(words), "\(agency): \(why)")
    }
    #expect(found["school.106982"] == .admitted)
    refused("school.\(closed.urn)", "has school.\(closed.urn) as Closed")
    refused("school.999999", "is the URN right?")
    refused("school.107010", "of the federation elsewhere")
    refused("health.example", "admit an agency of kind health")
    refused("notes.txt", "expected a line")
    refused("photo.jpg", "not a picture of one")
    let all = outcomes(try plan(takesUnlisted: true))
    #expect(all["school.\(closed.urn)"] == .admitted)
    #expect(all["school.999999"] == .admitted)
  }

  @Test func aListIsHeldToItsCards() throws {
    try card("106982")
    try card("107010")
    try write(
      """
      urn,card
      106982,cards/school.106982.card
      107010,cards/school.106982.card
      106982,cards/school.106982.card
      107010,cards/nowhere.card

      """, to: "list.csv")
    let rows = try plan("list.csv").rows
    #expect(rows.map(\.place) == (2...5).map { "list.csv:\($0)" })
    #expect(rows[0].outcome == .admitted)
    let reasons = rows.dropFirst().map { row -> String in
      guard case .refused(let why) = row.outcome else { return "" }
      return why
    }
    #expect(reasons[0].contains("the list says school.107010"))
    #expect(reasons[1].contains("stands at list.csv:2 already"))
    #expect(reasons[2].contains("cannot read"))
  }

  @Test func aMemberWithOtherKeysIsRefusedAndAPrincipalToo() throws {
    try card("106982", key: 1)
    try police.carryOut(try plan())
    try card("106982", key: 2)
    try write(DocumentFile([try police.card()]).text, to: "cards/police.card")
    let found = outcomes(try plan())
    guard case .refused(let keys)? = found["school.106982"],
      case .refused(let kind)? = found["police.south-yorkshire"]
    else {
      Issue.record("\(found)")
      return
    }
    #expect(keys.contains("with other keys"))
    #expect(kind.contains("kind police"))
  }

  @Test func manyAreSuspendedTogetherOrNoneIs() throws {
    let agencies = try ["106982", "107010", "107011"].map { urn in
      try card(urn)
      return try #require(AgencyID("school.\(urn)"))
    }
    try police.carryOut(try plan(takesUnlisted: true))
    func lapses() throws -> Int {
      let partnership = try police.replica.partnership()
      return agencies.count {
        partnership.standing(of: $0, in: "sheffield-encompass").lapse(at: police.clock.now()) != nil
      }
    }
    _ = try police.suspend([agencies[0]], acceptDays: 1, reason: nil, under: nil)
    #expect(throws: NodeError.self) {
      try police.suspend(agencies, acceptDays: 1, reason: nil, under: nil)
    }
    #expect(try lapses() == 1)
    let signed = try police.suspend(
      Array(agencies.dropFirst()), acceptDays: 1, reason: "closed", under: nil)
    #expect(signed.map(\.agency) == Array(agencies.dropFirst()))
    #expect(try lapses() == 3)
    let note = try plan(takesUnlisted: true).rows.first?.note
    #expect(note == "it is suspended: concord reinstate")
    #expect(try police.reinstate(agencies, reason: nil, under: nil).count == 3)
    #expect(try lapses() == 0)
  }
}
