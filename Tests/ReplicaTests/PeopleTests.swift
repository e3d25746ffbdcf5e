import Foundation
import GRDB
import Records
import Replica
import TestSupport
import Testing

/// Accounts, sessions and the audit of one node, in a real file.
struct PeopleTests {
  private let folder: TemporaryFolder
  private let replica: LocalReplica
  private let start = Instant(milliseconds: 1_800_000_000_000)

  init() throws {
    folder = try TemporaryFolder()
    let me = NodeName(agency: try #require(AgencyID("school.106982")))
    replica = try LocalReplica(path: folder.path + "/replica.sqlite", me: me, creating: true)
    try replica.put(account())
  }

  private func account(disabled: Instant? = nil) -> Account {
    Account(
      name: "key", title: "Key Adult", role: "key-adult", secret: Data([1, 2]), createdAt: start,
      disabledAt: disabled)
  }

  private func token(_ text: String) -> Records.Digest {
    TaggedHash.digest("test", Data(text.utf8))
  }

  private func signedIn(_ text: String, after minutes: Int64) throws -> Bool {
    try replica.signedIn(
      token(text), idle: 1_800_000, longest: 36_000_000,
      at: start.advanced(byMilliseconds: minutes * 60_000)) != nil
  }

  @Test func whoDoesNothingIsSignedOut() throws {
    try replica.signIn("key", token: token("one"), longest: 36_000_000, at: start)
    #expect(try signedIn("one", after: 29))
    // What a page asks by itself does not count.
    #expect(
      try replica.signedIn(
        token("one"), idle: 1_800_000, longest: 36_000_000, isActive: false,
        at: start.advanced(byMilliseconds: 50 * 60_000)) != nil)
    // The look counted: the half hour begins anew.
    #expect(try signedIn("one", after: 58))
    #expect(try !signedIn("one", after: 89))
    // Once out, out for good.
    #expect(try !signedIn("one", after: 58))
    #expect(try !signedIn("two", after: 1))
  }

  @Test func nobodyStaysForEver() throws {
    try replica.signIn("key", token: token("one"), longest: 36_000_000, at: start)
    for minutes in stride(from: Int64(20), through: 600, by: 20) {
      #expect(try signedIn("one", after: minutes))
    }
    #expect(try !signedIn("one", after: 601))
  }

  @Test func aChangedAccountSignsEverybodyOut() throws {
    try replica.signIn("key", token: token("one"), longest: 36_000_000, at: start)
    try replica.put(account(disabled: start))
    #expect(try !signedIn("one", after: 1))
    try replica.put(account())
    #expect(try !signedIn("one", after: 1))
  }

  @Test func failuresAreCountedByNameAndAddressAndForgotten() throws {
    for minute in Int64(0)..<3 {
      try replica.noteFailedSignIn(
        "key", from: "192.0.2.1", at: start.advanced(byMilliseconds: minute * 60_000))
    }
    let now = start.advanced(byMilliseconds: 180_000)
    let found = try replica.failedSignIns(
      "key", from: "192.0.2.2", since: start.advanced(byMilliseconds: -1))
    #expect(found.account.count == 3 && found.address.count == 0)
    #expect(found.account.last == start.advanced(byMilliseconds: 120_000))
    try replica.signIn("key", token: token("one"), longest: 36_000_000, at: now)
    #expect(try replica.failedSignIns("key", from: "192.0.2.1", since: start).account.count == 0)
  }

  private func fill() throws {
    for number in 0..<5 {
      try replica.audit([
        AuditEntry(
          at: start.advanced(byMilliseconds: Int64(number)), account: "key", role: "key-adult",
          action: "viewed", detail: "\(number)")
      ])
    }
  }

  @Test func theAuditHoldsUntilItIsTouched() throws {
    try fill()
    #expect(try replica.brokenAuditEntry(among: 100) == nil)
    #expect(try replica.auditEntries(atMost: 2).map(\.detail) == ["4", "3"])
  }

  @Test func whatSomebodyMayNotSeeDoesNotShortenTheAudit() throws {
    try fill()
    func shown(_ limit: Int, without hidden: Set<String>) throws -> [String] {
      try replica.auditEntries(atMost: limit) { !hidden.contains($0.detail) }.map(\.detail)
    }
    #expect(try shown(2, without: ["4", "3", "1"]) == ["2", "0"])
    #expect(try shown(2, without: []) == ["4", "3"])
    #expect(try shown(9, without: ["4"]) == ["3", "2", "1", "0"])
    #expect(try shown(2, without: ["0", "1", "2", "3", "4"]) == [])
  }

  @Test(arguments: [
    ("UPDATE audit SET detail = 'x' WHERE sequence = 3", 3),
    ("UPDATE audit SET at = at + 1 WHERE sequence = 2", 2),
    ("DELETE FROM audit WHERE sequence = 3", 3),
    ("UPDATE audit SET sequence = 9 WHERE sequence = 5", 5),
    ("UPDATE audit SET account = 'head' WHERE sequence = 1", 1),
  ])
  func whatIsChangedInTheAuditIsFound(sql: String, entry: Int64) throws {
    try fill()
    let file = try DatabaseQueue(path: folder.path + "/replica.sqlite")
    try file.write { try $0.execute(sql: sql) }
    #expect(try replica.brokenAuditEntry(among: 100) == entry)
  }
}
