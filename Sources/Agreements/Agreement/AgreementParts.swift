import FoundationEssentials
import Records

/// Reads the parts of an agreement's text.
enum AgreementParts {
  static func admits(_ fields: YAMLFields) throws(DocumentError) -> [AgencyKind: [AgencyID]] {
    var admits: [AgencyKind: [AgencyID]] = [:]
    for (key, value) in try fields.optional("admits")?.entries() ?? [] {
      guard let kind = AgencyKind(rawValue: key) else {
        throw value.fail("expected a kind of agency, as school")
      }
      var admitters: [AgencyID] = []
      for item in try value.list() { admitters.append(try item.agency()) }
      admits[kind] = admitters
    }
    return admits
  }

  static func grants(_ fields: YAMLFields) throws(DocumentError) -> [Grant] {
    var grants: [Grant] = []
    for item in try fields.required("grants").list() {
      let grant = try grant(item)
      guard !grants.contains(where: { $0.id == grant.id }) else {
        throw item.fail("the grant id \(grant.id) stands twice")
      }
      grants.append(grant)
    }
    return grants
  }

  static func check(_ agreement: Agreement, _ fields: YAMLFields) throws(DocumentError) {
    let principals = Set(agreement.principals)
    guard principals.count > 1, principals.count == agreement.principals.count else {
      throw try fields.required("principals").fail("expected two or more different agencies")
    }
    if let officer = agreement.deferral?.officer, !principals.contains(officer) {
      throw try fields.required("deferral").fail("the officer \(officer) is no principal")
    }
    for (kind, admitters) in agreement.admits.sorted(by: { $0.key < $1.key }) {
      for admitter in admitters where !principals.contains(admitter) {
        throw try fields.required("admits").fail(
          "\(admitter) may not admit a \(kind.rawValue): it is no principal")
      }
    }
  }

  /// Checks of a template what would look agreed and have no effect, or another than the parties
  /// think. What was signed is read as it stands: all nodes must read it alike.
  static func checkSense(_ agreement: Agreement, _ fields: YAMLFields) throws(DocumentError) {
    if let review = agreement.review,
      !(agreement.starts...agreement.ends).contains(review)
    {
      throw try fields.required("review").fail("lies before starts or after ends")
    }
    let items = try fields.required("grants").list()
    for (grant, item) in zip(agreement.grants, items) {
      try checkSense(grant, of: agreement, item)
    }
  }

  private static func checkSense(
    _ grant: Grant, of agreement: Agreement, _ item: YAMLReader
  ) throws(DocumentError) {
    let fields = try item.mapping(grantKeys)
    for key in ["read", "write", "lower"] {
      guard let list = fields.optional(key), try list.list().isEmpty else { continue }
      throw list.fail("expected at least one field; leave the key out where there is none")
    }
    guard fields.optional("read") != nil || fields.optional("write") != nil else {
      throw item.fail("grant \(grant.id): expected read, write or both")
    }
    // A kind may get its first member or principal with a later version; a mistyped agency never.
    guard case .agency(let agency) = grant.recipient else { return }
    let mayJoin = agency.namedKind.map { agreement.admits[$0] != nil } ?? false
    guard agreement.principals.contains(agency) || mayJoin else {
      throw item.fail("grant \(grant.id): \(agency) is no principal, and nobody may admit it")
    }
  }

  private static let grantKeys = [
    "id", "to", "read", "write", "lower", "routed", "onward", "purpose", "legal_basis",
  ]

  private static func grant(_ item: YAMLReader) throws(DocumentError) -> Grant {
    let fields = try item.mapping(grantKeys)
    let recipient = try recipient(try fields.required("to"))
    let routedByDefault = recipient == .kind(.school) || isSchool(recipient)
    return Grant(
      id: try fields.required("id").name(),
      recipient: recipient,
      read: try fields.list("read", pattern),
      write: try fields.list("write", pattern),
      lower: try fields.list("lower", pattern),
      isRouted: try fields.optional("routed")?.boolean() ?? routedByDefault,
      isOnward: try fields.optional("onward")?.boolean() ?? false,
      purpose: try fields.optional("purpose")?.line(),
      legalBasis: try fields.list("legal_basis") { item throws(DocumentError) in try item.line() })
  }

  private static func recipient(_ reader: YAMLReader) throws(DocumentError) -> Grant.Recipient {
    let fields = try reader.mapping(["kind", "agency"])
    switch (fields.optional("kind"), fields.optional("agency")) {
    case (let kind?, nil): return .kind(try kind.kind())
    case (nil, let agency?): return .agency(try agency.agency())
    default: throw reader.fail("expected either kind or agency")
    }
  }

  private static func isSchool(_ recipient: Grant.Recipient) -> Bool {
    guard case .agency(let agency) = recipient else { return false }
    return agency.description.hasPrefix("\(AgencyKind.school.rawValue).")
  }

  private static func pattern(_ item: YAMLReader) throws(DocumentError) -> FieldPattern {
    try item.read("record.field, record.* or label:name") { FieldPattern($0) }
  }
}
