import Agreements
import Foundation
import Records
import TestSupport
import Testing

/// What is written about devices reads as it was written, and nothing else does.
struct DeviceDocumentTests {
  private let agency: TestAgency
  private let device: TestDevice

  init() throws {
    agency = try TestAgency("police.south-yorkshire", .police)
    device = TestDevice(agency, "car-1")
  }

  @Test func aDelegationReadsAsWritten() throws {
    let document = try device.delegation(serial: 3)
    let delegation = try Delegation(document, source: "test")
    #expect(delegation.node == device.name)
    #expect(delegation.key == device.key.publicKey)
    #expect(delegation.serial == 3)
    #expect(delegation.covers(delegation.from))
    #expect(!delegation.covers(delegation.until))
    // Others learn this much of a device and no more.
    let keys = document.text.split(separator: "\n").compactMap { $0.split(separator: ":").first }
    #expect(keys == ["delegation", "node", "key", "serial", "from", "until"])
  }

  @Test func anEnrolmentReadsAsWritten() throws {
    let record = try #require(RecordID("11111111-1111-4111-8111-111111111111"))
    for scope in [
      DeviceScope(), DeviceScope(labels: [], caseload: []),
      DeviceScope(labels: ["identity", "notice"], caseload: [record]),
    ] {
      let enrolment = try device.enrolment(scope, at: TestPartnership.now)
      #expect(try Enrolment(enrolment.document, source: "test").terms.scope == scope)
    }
  }

  @Test func aRequestHasToBeSignedByItsOwnKey() throws {
    let document = try DeviceRequest.document(
      of: device.name, tlsKey: Data("key".utf8), key: device.key)
    let text = DocumentFile([document]).text
    let request = try DeviceRequest(file: text, source: "test")
    #expect(request.node == device.name && request.signingKey == device.key.publicKey)
    #expect(throws: DocumentError.self) {
      try DeviceRequest(
        file: text.replacingOccurrences(of: "node: car-1", with: "node: car-2"), source: "test")
    }
    #expect(throws: DocumentError.self) {
      try DeviceRequest(file: DocumentFile([try agency.card()]).text, source: "test")
    }
  }

  @Test(
    "what is wrong in a delegation is said",
    arguments: [
      ("node: car-1", "node: agency"), ("node: car-1", "node: Car 1"),
      ("serial: 1", "serial: 0"), ("serial: 1", "serial: 01"), ("until: 2028", "until: 2020"),
      ("key: ", "key: x"), ("from: ", "since: "),
    ])
  func spoilt(part: String, by other: String) throws {
    let document = try device.delegation(serial: 1)
    let text = document.text.replacingOccurrences(of: part, with: other)
    #expect(text != document.text)
    #expect(throws: DocumentError.self) {
      try Delegation(
        SignedDocument(kind: .delegation, body: Data(text.utf8)), source: "test")
    }
  }

  @Test func anAdmissionReadsAsWrittenAndHoldsForItsChangeAlone() throws {
    let change = try #require(ChangeID(Data(repeating: 7, count: 32)))
    let other = try #require(ChangeID(Data(repeating: 8, count: 32)))
    for isReviewed in [false, true] {
      let admission = try Admission(
        of: change, at: TestPartnership.now, isReviewed: isReviewed, signedBy: agency.key)
      let read = try Admission(admission.encoded())
      #expect(read == admission)
      #expect(read.holds(for: change, by: agency.key.publicKey))
      #expect(!read.holds(for: other, by: agency.key.publicKey))
      #expect(!read.holds(for: change, by: device.key.publicKey))
      let changed = Admission(
        admittedAt: read.admittedAt, isReviewed: !isReviewed, signature: read.signature)
      #expect(!changed.holds(for: change, by: agency.key.publicKey))
    }
    #expect(throws: ChangeError.self) { try Admission(Data(count: 200)) }
    #expect(throws: ChangeError.self) { try Admission(Data()) }
  }
}
