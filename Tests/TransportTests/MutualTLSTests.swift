import Foundation
import NIOPosix
import Records
import SyncProtocol
import Testing

@testable import Transport

/// Who is let in. Each refusal is one logged line, and the others are served as before.
@Suite(.serialized) struct MutualTLSTests {
  @Test func twoNodesThatHavePinnedEachOtherTalk() async throws {
    let listening = try await Listening()
    defer { listening.stop() }
    let connection = try await listening.dial(as: listening.care)
    #expect(connection.peer == listening.police.node)
    #expect(try await listening.answers(connection))
  }

  private func isRefused(
    _ listening: Listening, _ words: String, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let lines = try await listening.journal.take("connection refused")
    #expect(lines.count == 1, "\(lines)", sourceLocation: sourceLocation)
    #expect(lines.first?.contains(words) ?? false, "\(lines)", sourceLocation: sourceLocation)
    #expect(try await listening.serves(), "others are served", sourceLocation: sourceLocation)
  }

  /// Dials and says something; one who is refused learns it then, if not before.
  private func knock(_ listening: Listening, as agency: TLSAgency) async {
    guard let connection = try? await listening.dial(as: agency) else { return }
    let answered = (try? await listening.answers(connection)) ?? false
    #expect(!answered)
  }

  @Test func anAgencyThatNobodyPinnedIsRefused() async throws {
    let listening = try await Listening()
    defer { listening.stop() }
    await knock(listening, as: try TLSAgency("school.999001"))
    try await isRefused(listening, "not from a CA that is pinned here")
  }

  @Test func aCertificateThatNamesAnotherAgencyIsRefused() async throws {
    let listening = try await Listening()
    defer { listening.stop() }
    // Care's own CA signs a certificate in the name of a school.
    await knock(listening, as: try TLSAgency("school.999001", signedBy: listening.care))
    try await isRefused(listening, "school.999001")
  }

  @Test func anotherAgencysDeviceIsRefused() async throws {
    let listening = try await Listening()
    defer { listening.stop() }
    // Care's CA rightly signs for care's laptop; that syncs with care's own node and nobody else.
    await knock(
      listening, as: try TLSAgency("care.there", node: "laptop", signedBy: listening.care))
    try await isRefused(listening, "care.there/laptop: a device")
  }

  @Test func anOwnDeviceIsLetInWithTheCertificateItWasGivenLast() async throws {
    let listening = try await Listening(devices: ["car-1"])
    defer { listening.stop() }
    let car = try #require(listening.devices["car-1"])
    #expect(try await listening.answers(try await listening.dial(as: car)))
    _ = try await listening.journal.take("closed in order")
    let older = try TLSAgency("police.here", node: "car-1", signedBy: listening.police)
    await knock(listening, as: older)
    try await isRefused(listening, "police.here/car-1 showed a certificate that was replaced")
  }

  @Test func anOwnDeviceThatDoesNotCountIsRefused() async throws {
    let listening = try await Listening(devices: ["car-1"])
    defer { listening.stop() }
    let van = try TLSAgency("police.here", node: "van-2", signedBy: listening.police)
    await knock(listening, as: van)
    try await isRefused(listening, "police.here/van-2 is not let in: it was revoked")
  }

  @Test func anotherAgencysCADoesNotMakeAnOwnDevice() async throws {
    let listening = try await Listening(devices: ["car-1"])
    defer { listening.stop() }
    await knock(
      listening, as: try TLSAgency("police.here", node: "car-1", signedBy: listening.care))
    try await isRefused(listening, "the CA pinned for it did not sign it")
  }

  @Test func theAgencysOwnNodeIsNoDeviceOfIts() async throws {
    let listening = try await Listening(devices: ["car-1"])
    defer { listening.stop() }
    await knock(listening, as: listening.police)
    try await isRefused(listening, "police.here/agency: that is this node's own agency")
  }

  /// Connections share what they were made with, so that one may resume another; its certificate counts anew.
  @Test func whoResumesAConnectionShowsThatItsCertificateStillHolds() async throws {
    let listening = try await Listening()
    defer { listening.stop() }
    let end = Date().addingTimeInterval(5)
    let brief = try TLSAgency("care.there", signedBy: listening.care, until: end)
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "concord-session-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try await listening.openSSL(
      Data(), as: brief, options: ["-tls1_3", "-sess_out", folder.path])
    #expect(try await listening.journal.take("closed in order").count == 1)
    try await Task.sleep(for: .seconds(max(0, end.timeIntervalSinceNow) + 1.1))
    // Whether the listener offers that at all is the TLS library's affair.
    let isOffered = FileManager.default.fileExists(atPath: folder.path)
    try await listening.openSSL(
      Data(), as: brief, options: ["-tls1_3"] + (isOffered ? ["-sess_in", folder.path] : []))
    try await isRefused(listening, "expired")
  }

  @Test func aDevicesCertificateBelongsToItsKeyAndItsName() throws {
    let police = try TLSAgency("police.here")
    let keyPEM = CertificateAuthority.newKeyPEM()
    let car = NodeName(agency: police.node.agency, node: "car-1")
    let certificate = try police.authority.certify(
      car, federation: "test", publicKey: try CertificateAuthority.publicKey(of: keyPEM),
      from: Date(), until: Date().addingTimeInterval(86_400))
    func identity(
      _ node: NodeName = car, keyPEM: String = keyPEM, authority: Data = police.authority.der
    ) throws -> TLSIdentity {
      try TLSIdentity(
        certificate: certificate, authorities: [authority], keyPEM: keyPEM, for: node,
        federation: "test")
    }
    #expect(throws: Never.self) { try identity() }
    #expect(throws: IdentityError.otherKey) {
      try identity(keyPEM: CertificateAuthority.newKeyPEM())
    }
    #expect(throws: IdentityError.otherNode) { try identity(police.node) }
    #expect(throws: IdentityError.otherNode) {
      try identity(authority: try TLSAgency("police.here").authority.der)
    }
    #expect(throws: IdentityError.unreadableKey) {
      try police.authority.certify(
        car, federation: "test", publicKey: Data("no key".utf8), from: Date(), until: Date())
    }
  }

  @Test func aCertificateThatNamesThisNodesOwnAgencyIsRefused() async throws {
    let listening = try await Listening()
    defer { listening.stop() }
    await knock(listening, as: try TLSAgency("police.here", signedBy: listening.care))
    try await isRefused(listening, "police.here/agency: that is this node's own agency")
  }

  @Test func anExpiredCertificateIsRefusedAsExpired() async throws {
    let listening = try await Listening(careSince: Date().addingTimeInterval(-2 * 365 * 86_400))
    defer { listening.stop() }
    await knock(listening, as: listening.care)
    let lines = try await listening.journal.take("connection refused")
    #expect(lines.count == 1, "\(lines)")
    #expect(lines.first?.contains("care.there/agency expired at") ?? false, "\(lines)")
    // The dialler says the same of an expired listener.
    let old = try TLSAgency(
      "police.here", signedBy: nil, issued: Date().addingTimeInterval(-2 * 365 * 86_400))
    let pins = Pins(federation: "test", authorities: [old.node.agency: [old.authority.der]])
    guard case .expired(old.node, _) = pins.dateProblem(of: old.identity.leaf, now: Date()) else {
      Issue.record("not said to be expired")
      return
    }
    #expect(
      pins.dateProblem(of: old.identity.leaf, now: Date().addingTimeInterval(-400 * 86_400)) == nil)
  }

  @Test func aPinnedCAThatIsNoCertificateKeepsNobodyElseOut() async throws {
    let broken = try #require(AgencyID("school.999001"))
    let listening = try await Listening(pinning: [broken: Data("no certificate".utf8)])
    defer { listening.stop() }
    for _ in 0..<3 { #expect(try await listening.serves()) }
    let lines = try await listening.journal.take("pinned CA skipped")
    #expect(lines.filter { $0.contains("school.999001") }.count == 1, "\(lines)")
    await #expect(throws: PeerError.unreadableAuthority(broken)) {
      _ = try await TLSDialer(
        identity: listening.care.identity, federation: "test",
        group: .singletonMultiThreadedEventLoopGroup
      ).connect(to: listening.endpoint, agency: broken, authorities: [Data("no certificate".utf8)])
    }
  }

  @Test func onlyACACertificateMayBePinned() throws {
    let care = try TLSAgency("care.there")
    #expect(throws: Never.self) { try CertificateAuthority.check(care.authority.der) }
    for (der, error) in [
      (Data(), IdentityError.unreadableCertificate),
      (Data("no certificate".utf8), .unreadableCertificate),
      (care.authority.der.dropLast(), .unreadableCertificate),
      (care.identity.leaf, .noAuthority),
    ] {
      #expect(throws: error) { try CertificateAuthority.check(der) }
    }
  }

  @Test func aCAWithTheRightNameAndAnotherKeyIsRefused() async throws {
    let listening = try await Listening()
    defer { listening.stop() }
    await knock(listening, as: try TLSAgency("care.there"))
    try await isRefused(listening, "not from a CA that is pinned here")
  }

  @Test func anotherFederationIsRefused() async throws {
    let listening = try await Listening()
    defer { listening.stop() }
    await knock(
      listening, as: try TLSAgency("care.there", federation: "other", signedBy: listening.care))
    try await isRefused(listening, "another federation")
  }

  @Test func nobodyWithoutACertificateIsLetIn() async throws {
    let listening = try await Listening()
    defer { listening.stop() }
    try await listening.openSSL(Data(count: 10), as: nil)
    try await isRefused(listening, "no certificate was shown")
  }

  @Test func olderTLSIsRefused() async throws {
    let listening = try await Listening()
    defer { listening.stop() }
    try await listening.openSSL(Data(count: 10), as: listening.care, options: ["-tls1_2"])
    try await isRefused(listening, "TLS 1.3 is not spoken")
  }

  @Test func whatIsNotTLSIsRefused() async throws {
    let listening = try await Listening()
    defer { listening.stop() }
    try await listening.plainText()
    try await isRefused(listening, "is not TLS")
  }

  @Test func theDiallerRefusesAnotherThanItDialled() async throws {
    let listening = try await Listening()
    defer { listening.stop() }
    let stranger = try TLSAgency("police.elsewhere")
    await #expect(throws: (any Error).self) {
      _ = try await listening.dial(as: listening.care, expecting: stranger, pinned: stranger)
    }
    // Even where the right CA is pinned under the wrong name.
    await #expect(throws: PeerError.self) {
      _ = try await listening.dial(as: listening.care, expecting: stranger)
    }
    #expect(try await listening.serves())
  }
}
