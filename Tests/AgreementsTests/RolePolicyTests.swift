import Agreements
import Testing

/// An agency's policy of roles.
struct RolePolicyTests {
  private func text(_ roles: String, sessions: String = "{idle_minutes: 30, hours: 10}") -> String {
    "policy: roles\nversion: 1\nsessions: \(sessions)\nroles:\n\(roles)"
  }

  @Test func thePolicyThatEveryNodeHasNamesTheRolesOfTheField() throws {
    let policy = try RolePolicy(try Bundled.text("policies/roles.yaml"), source: "roles.yaml")
    let roles = [
      "officer", "supervisor", "key-adult", "second-key-adult", "head", "social-worker", "manager",
      "advocate", "administrator",
    ]
    #expect(policy.roles.map(\.name) == roles)
    // Every label that the policy names is one of the core profile's.
    let profile = try Profile(base: Bundled.profile("core"))
    let labels = Set(profile.recordTypes.values.flatMap(\.fields).map(\.label))
    for role in policy.roles { #expect((role.labels ?? []).isSubset(of: labels)) }
    let administrator = try #require(policy.role("administrator"))
    #expect(labels.allSatisfy { !administrator.sees($0) } && !administrator.may(.override))
    #expect(policy.idle == 1_800_000 && policy.longest == 36_000_000)
  }

  @Test(arguments: [
    ("  a: {title: A, sees: all, may: [fly]}", "expected one of record"),
    ("  a: {title: A, sees: some, may: []}", "roles.a.sees: expected a list"),
    ("  A: {title: A, sees: all, may: []}", "a role's name in lower case"),
    ("  a: {sees: all, may: []}", "title is missing"),
    ("  {}", "expected at least one"),
    ("  a: {title: A, sees: all, may: [], might: []}", "unknown key"),
  ])
  func aMistakeIsNamed(roles: String, words: String) {
    do {
      _ = try RolePolicy(text(roles), source: "policy.yaml")
      Issue.record("\(roles) is taken")
    } catch {
      #expect(error.description.contains(words), "\(error)")
    }
  }

  @Test(arguments: ["{idle_minutes: 0, hours: 10}", "{idle_minutes: 30, hours: 25}", "{hours: 1}"])
  func aSessionHasAnEnd(sessions: String) {
    #expect(throws: DocumentError.self) {
      try RolePolicy(
        text("  a: {title: A, sees: all, may: []}", sessions: sessions), source: "policy.yaml")
    }
  }
}
