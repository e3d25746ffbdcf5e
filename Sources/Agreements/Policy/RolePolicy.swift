import Records

/// What somebody may do at their own agency. What the agency itself may do comes first: a duty never
/// widens what an agreement allows.
public enum Duty: String, Hashable, Sendable, CaseIterable {
  case record
  case notify
  case answer
  case judge
  case resolve
  case plan
  case hear
  case restrict
  /// Looking once at what is kept from them, with a reason that its owner is told (break glass).
  case override
  case figures
  case audit
  /// Records whose time is over: they are kept for a reason or destroyed.
  case retain
  case accounts
  /// The node itself: its links, what was set aside, what is to be seen to.
  case node
}

/// An agency's own policy: its roles, what each sees and does, and how long somebody stays signed in.
public struct RolePolicy: Hashable, Sendable {
  /// How long somebody who does nothing stays signed in, in milliseconds.
  public let idle: Int64
  /// After how long everybody signs in anew, in milliseconds.
  public let longest: Int64
  public let roles: [Role]

  /// One role.
  public struct Role: Hashable, Sendable {
    public let name: String
    public let title: String
    /// The labels of fields that it sees; nothing for all.
    public let labels: Set<String>?
    public let duties: Set<Duty>
    /// In which role of a school its people open notifications, by the core profile's word.
    public let opensAs: String?

    /// Whether it sees fields with a label.
    public func sees(_ label: String) -> Bool { labels?.contains(label) ?? true }

    /// Whether it has a duty.
    public func may(_ duty: Duty) -> Bool { duties.contains(duty) }
  }

  /// The role of that name.
  public func role(_ name: String) -> Role? { roles.first { $0.name == name } }
}

extension RolePolicy {
  /// Reads a policy's text.
  /// - Throws: `DocumentError` that names the line.
  public init(_ text: String, source: String) throws(DocumentError) {
    let fields = try YAMLReader(text, source: source).mapping(
      ["policy", "version", "sessions", "roles"])
    guard try fields.required("policy").text() == "roles",
      try fields.required("version").integer() == 1
    else { throw try fields.required("policy").fail("expected roles, version 1") }
    let sessions = try fields.required("sessions").mapping(["idle_minutes", "hours"])
    idle = try Self.number(sessions, "idle_minutes", upTo: 240) * 60_000
    longest = try Self.number(sessions, "hours", upTo: 24) * 3_600_000
    roles = try fields.required("roles").entries().map { name, reader throws(DocumentError) in
      try Role(name, reader)
    }
    guard !roles.isEmpty else { throw try fields.required("roles").fail("expected at least one") }
  }

  private static func number(
    _ fields: YAMLFields, _ key: String, upTo most: Int64
  ) throws(DocumentError) -> Int64 {
    try fields.required(key).read("a whole number from 1 to \(most)") { text in
      Int64(text).flatMap { 1...most ~= $0 ? $0 : nil }
    }
  }
}

extension RolePolicy.Role {
  fileprivate init(_ name: String, _ reader: YAMLReader) throws(DocumentError) {
    guard Name.isValid(name) else { throw reader.fail("expected a role's name in lower case") }
    let fields = try reader.mapping(["title", "sees", "may", "opens_as"])
    self.name = name
    title = try fields.required("title").line()
    let seen = try fields.required("sees")
    if (try? seen.text()) == "all" {
      labels = nil
    } else {
      labels = Set(try seen.list().map { item throws(DocumentError) in try item.name() })
    }
    let expected = "one of \(Duty.allCases.map(\.rawValue).joined(separator: ", "))"
    duties = Set(
      try fields.required("may").list().map { item throws(DocumentError) in
        try item.read(expected) { Duty(rawValue: $0) }
      })
    opensAs = try fields.optional("opens_as")?.name()
  }
}
