import Foundation
import Records
import SyncProtocol
import Testing
import Transport

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
