import Foundation
import Records
import Replica
import TestSupport
import Testing
import Transport

@testable import Node

/// Who may sign in, and what keeps others from trying.
@Suite(.serialized) struct SignInTests {
  private let folder: TemporaryFolder
  private let people: People
  private static let password = "three words together"

  init() throws {
    folder = try TemporaryFolder()
    let endpoint = Endpoint(host: "127.0.0.1", port: 7400)
    let node = try LocalNode.create(
      in: NodeFolder(folder.path + "/node"),
      NodeConfiguration(
        agency: try #require(AgencyID("school.106982")), kind: .school, name: "A school",
        listen: endpoint, endpoint: endpoint))
    people = try People(node)
  }

  private func problem(_ body: () throws -> Void) -> String? {
    do {
      try body()
      return nil
    } catch {
      return "\(error)"
    }
  }

  @Test(arguments: [
    ("Key", "key-adult", SignInTests.password, "name: expected"),
    ("key", "captain", SignInTests.password, "role: expected one of officer"),
    ("key", "key-adult", "short", "password: expected at least 12"),
    ("key", "key-adult", "aaaaaaaaaaaaaa", "too easy to guess"),
    ("key", "key-adult", "monkey business", "too easy to guess"),
  ])
  func whatIsNoAccountIsRefused(name: String, role: String, password: String, words: String) {
    let found = problem {
      try people.put(name: name, title: "A", role: role, password: password)
    }
    #expect(found?.contains(words) == true, "\(found ?? "taken")")
  }

  @Test func onlyTheRightPasswordSignsIn() throws {
    try people.put(name: "key", title: "Key Adult", role: "key-adult", password: Self.password)
    // An accent has one meaning, however it was typed.
    try people.put(
      name: "head", title: "Head", role: "head", password: "trois mots ete\u{301} ici")
    #expect(throws: SignInProblem.wrong) {
      try people.signIn("key", password: Self.password + " ", from: "192.0.2.1")
    }
    #expect(throws: SignInProblem.wrong) {
      try people.signIn("nobody", password: Self.password, from: "192.0.2.1")
    }
    let (token, account) = try people.signIn("key", password: Self.password, from: "192.0.2.1")
    #expect(account.role == "key-adult")
    #expect(try people.signedIn(token)?.name == "key")
    #expect(try people.signedIn(token + "x") == nil)
    _ = try people.signIn("head", password: "trois mots et\u{e9} ici", from: "192.0.2.1")
    try people.signOut(token)
    #expect(try people.signedIn(token) == nil)
    // Neither the password nor the token stands in the file.
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/node")
      .filter { $0.hasPrefix("replica.sqlite") }
    for file in files {
      let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/node/\(file)"))
      for secret in [Self.password, token] {
        #expect(bytes.range(of: Data(secret.utf8)) == nil)
      }
    }
  }

  @Test func whoTriesTooOftenWaits() throws {
    try people.put(name: "key", title: "Key Adult", role: "key-adult", password: Self.password)
    for _ in 0..<5 {
      #expect(throws: SignInProblem.wrong) {
        try people.signIn("key", password: "wrong", from: "192.0.2.1")
      }
    }
    // The right one waits as well: otherwise waiting would tell that it is right.
    for password in ["wrong", Self.password] {
      do {
        _ = try people.signIn("key", password: password, from: "192.0.2.9")
        Issue.record("signed in")
      } catch let SignInProblem.wait(seconds) {
        #expect((1...15).contains(seconds))
      }
    }
  }

  @Test(arguments: [
    ("Élodie O'Brien-Smith", ["elodie", "obrien", "smith"]), ("SMITH, Anna", ["smith", "anna"]),
    ("4/3/2016", ["2016-03-04"]), ("2016-03-04", ["2016-03-04"]), ("31/2/2016", ["3122016"]),
    ("  ", []), ("!?", []),
  ])
  func wordsAreFoundHoweverTheyAreTyped(typed: String, words: [String]) {
    #expect(SearchWords.of(typed) == words)
  }
}
