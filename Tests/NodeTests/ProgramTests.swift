import Agreements
import Foundation
import Records
import Replica
import TestSupport
import Testing
import Transport

@testable import Node

/// Which tokens count, and what is kept from a program.
struct ProgramTests {
  private let folder: TemporaryFolder
  private let node: LocalNode
  private let programs: Programs

  init() throws {
    folder = try TemporaryFolder()
    let endpoint = Endpoint(host: "127.0.0.1", port: 7400)
    node = try LocalNode.create(
      in: NodeFolder(folder.path + "/node"),
      NodeConfiguration(
        agency: try #require(AgencyID("school.106982")), kind: .school, name: "A school",
        listen: endpoint, endpoint: endpoint))
    programs = Programs(node)
  }

  private func problem(_ token: String) throws -> TokenProblem? {
    do {
      _ = try programs.check(token)
      return nil
    } catch let problem as TokenProblem {
      return problem
    }
  }

  @Test func aTokenCountsUntilItIsTakenBack() throws {
    let (token, kept) = try programs.add(
      "school-system", scopes: [.status, .recordsRead], role: "key-adult", days: 30)
    #expect(token.wholeMatch(of: /concord_1_[A-Za-z0-9_\-]{43}/) != nil)
    let checked = try programs.check(token)
    #expect(checked.id == kept.id && checked.may(.recordsRead) && !checked.may(.recordsWrite))
    #expect(checked.actor == "school-system:1")
    #expect(kept.usedAt == nil)
    #expect(try programs.tokens().map { $0.usedAt == nil } == [false])
    try programs.revoke(kept.id)
    let revoked = try #require(try programs.tokens().first)
    #expect(try problem(token) == .revoked(revoked))
    #expect(throws: NodeError.self) { try programs.revoke(kept.id) }
    #expect(throws: NodeError.self) { try programs.revoke(99) }
    // Its number is nobody else's.
    #expect(try programs.add("school-system", scopes: [.status], role: nil).kept.id == 2)
  }

  @Test func nothingElseIsAToken() throws {
    let (token, _) = try programs.add("school-system", scopes: [.status], role: nil)
    let (other, _) = try programs.add("school-system", scopes: [.status], role: nil)
    let secret = String(
      try #require(token.split(separator: "_", maxSplits: 2, omittingEmptySubsequences: false).last)
    )
    for wrong in [
      "", "concord_", "concord_1", "concord_1_", secret, "concord_2_\(secret)",
      "concord_3_\(secret)",
      "concord_1_\(secret)x", "concord_1_\(secret.dropLast())", "CONCORD_1_\(secret)",
      "concord_1_" + String(repeating: "A", count: 43), "concord__\(secret)", " \(token)",
    ] {
      #expect(try problem(wrong) == .unknown)
    }
    #expect(try problem(token) == nil)
    #expect(try problem(other) == nil)
  }

  @Test func anEndedTokenCountsNoMore() throws {
    let (_, kept) = try programs.add("system", scopes: [.status], role: nil, days: 1)
    #expect(kept.expiresAt == kept.createdAt.advanced(byMilliseconds: 86_400_000))
    #expect(kept.counts(at: kept.expiresAt.advanced(byMilliseconds: -1)))
    #expect(!kept.counts(at: kept.expiresAt))
  }

  @Test(arguments: [
    ("School", [TokenScope.status], nil as String?, 1, "name: expected"),
    ("school", [], nil, 1, "scope: expected at least one"),
    ("school", [.status], nil, 366, "days: expected 1 to 365"),
    ("school", [.status], nil, 0, "days: expected 1 to 365"),
    ("school", [.status], "captain", 1, "role: expected one of"),
    ("school", [.status, .notificationsRead], nil, 1, "role: notifications:read leads to records"),
  ])
  func whatIsNoTokenIsNotGiven(
    name: String, scopes: [TokenScope], role: String?, days: Int, words: String
  ) throws {
    let error = #expect(throws: NodeError.self) {
      try programs.add(name, scopes: Set(scopes), role: role, days: days)
    }
    #expect(error?.description.contains(words) == true)
    #expect(try programs.tokens().isEmpty)
  }

  @Test func theAuditSaysWhoGaveItAndNotWhatItIs() throws {
    let (token, kept) = try programs.add("system", scopes: [.status], role: nil, by: "An admin")
    try programs.revoke(kept.id, by: "An admin")
    let entries = try node.replica.auditEntries(atMost: 10) { _ in true }
    #expect(Set(entries.map(\.action)).isSuperset(of: ["issued-token", "revoked-token"]))
    let said = entries.filter { $0.account == "An admin" }
    #expect(said.count == 2 && said.allSatisfy { $0.detail.contains("system:1") })
    let secret = String(
      try #require(token.split(separator: "_", maxSplits: 2, omittingEmptySubsequences: false).last)
    )
    #expect(entries.allSatisfy { !$0.detail.contains(secret) })
  }

  @Test func whatIsKeptFromAnybodyIsKeptFromAProgram() throws {
    let role = try #require(try node.rolePolicy().role("key-adult"))
    let (_, kept) = try programs.add("system", scopes: [.recordsRead], role: role.name)
    let program = Viewer(kept, role: role)
    let person = Viewer(
      account: Account(
        name: "key", title: "Key Adult", role: role.name, secret: Data(),
        createdAt: Instant(milliseconds: 0)), role: role)
    #expect(program.isMeant(by: ["somebody else"]) && !person.isMeant(by: ["somebody else"]))
    #expect(person.isMeant(by: ["key"]) && person.isMeant(by: ["key adult"]))
    // A restriction that names agencies alone keeps nothing from people here.
    #expect(!program.isMeant(by: []))
  }

  @Test func aTokenThatEndsSoonIsWarnedAbout() throws {
    func warned() throws -> [String] {
      try node.expiring().map(\.description).filter { $0.contains("the token of") }
    }
    _ = try programs.add("system", scopes: [.status], role: nil, days: 20)
    #expect(try warned().count == 1)
    // Another one that outlives it takes its place.
    _ = try programs.add("system", scopes: [.status], role: nil, days: 200)
    #expect(try warned().isEmpty)
  }
}
