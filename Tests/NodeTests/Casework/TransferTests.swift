import Casework
import Node
import Records
import TestSupport
import Testing

/// A child protection file on its way between two schools, who have no link with each other (domain rule
/// 24).
@Suite struct TransferTests {
  private static let moved = LocalDate(year: 2027, month: 4, day: 26)

  /// Started by the school that the child leaves, or by the council.
  @Test(arguments: [true, false])
  func theNewSchoolHearsAndTheOldOneHearsThatItCame(isBySchool: Bool) throws {
    var network = try CaseNetwork()
    let (child, _) = try network.recorded()
    try network.meet()
    let starter = isBySchool ? network.school : network.care
    let day = try #require(Self.moved)
    let started = try starter.startTransfer(
      of: child, from: nil, to: network.other.agency, movedOn: day, person: nil)
    try network.meet()
    let id = started.transfer.id
    #expect(try network.other.waitingTransfers().map(\.id) == [id])
    #expect(try network.school.waitingTransfers().map(\.id) == [id])
    try network.school.sendFile(id, person: nil)
    try network.meet()
    #expect(try network.other.transfer(id).sentOn != nil)
    try network.other.receiveFile(id, person: nil)
    try network.meet()
    #expect(try network.school.waitingTransfers().isEmpty)
    #expect(try network.care.waitingTransfers().isEmpty)
    // Police have no part in it.
    #expect(try network.police.caseRecords("file_transfer").isEmpty)
  }

  @Test func aSchoolThatNobodyKnowsIsRefused() throws {
    let network = try CaseNetwork()
    try network.takeLists()
    let (child, _) = try network.recorded()
    func refusal(_ desk: TestDesk, _ school: String) throws -> String {
      let (to, day) = (try #require(AgencyID(school)), try #require(Self.moved))
      return desk.refusal {
        _ = try $0.startTransfer(
          of: child, from: network.school.agency, to: to, movedOn: day, person: nil)
      } ?? ""
    }
    #expect(
      try refusal(network.police, "school.999999").contains("to: school.999999 takes no part"))
    #expect(try refusal(network.police, "school.107011").contains("to: school.107011 is not open"))
    #expect(try refusal(network.police, "school.107012").contains("school.107010 follows it"))
    #expect(try refusal(network.police, "school.107013").contains("one of school.106982"))
  }
}
