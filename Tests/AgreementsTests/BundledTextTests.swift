import Agreements
import Foundation
import Records
import Testing

/// The profiles and agreement templates that the project ships, as an agency would use them.
struct BundledTextTests {
  @Test("the core profile has every record type of Operation Encompass")
  func coreProfile() throws {
    let profile = try Profile(base: Bundled.profile("core"))
    #expect(
      profile.recordTypes.keys.sorted() == [
        "action", "adult", "child", "delivery", "file_transfer", "incident", "key_adult",
        "notification", "override", "plan", "release", "response", "restriction", "safe_contact",
        "same_child",
        "training", "voice",
      ])
    #expect(profile.field("school", of: "child")?.isRouting == true)
    #expect(profile.field("risk_grade", of: "incident")?.rule == .eachAgency)
    #expect(profile.field("escalation", of: "notification")?.rule == .highest)
    #expect(profile.field("children", of: "incident")?.type == .reference("child"))
    let rules = Set(profile.recordTypes.values.flatMap(\.fields).map(\.rule))
    #expect(rules == Set(MergeRule.allCases), "every merge rule is in use")
  }

  @Test("addresses, adults and reasons have labels of their own")
  func labelsAreAboutSharing() throws {
    let profile = try Profile(base: Bundled.profile("core"))
    #expect(profile.field("address", of: "child")?.label == "address")
    for field in profile.recordTypes["adult"]?.fields ?? [] { #expect(field.label == "family") }
    for name in ["people", "reason"] {
      #expect(profile.field(name, of: "restriction")?.label == Field.person.label)
    }
  }

  @Test("the overlay adds fields, a vocabulary and a term, and changes nothing")
  func overlay() throws {
    let core = try Profile(base: Bundled.profile("core"))
    let merged = try Profile(
      base: Bundled.profile("core"), overlays: [Bundled.profile("oe-plus")])
    #expect(merged.field("family_needs", of: "plan")?.origin == "oe-plus")
    #expect(merged.vocabularies["family-need"]?.origin == "oe-plus")
    let terms = core.vocabularies["category"]?.terms ?? []
    #expect(merged.vocabularies["category"]?.terms == terms + ["coercive-control"])
    for (name, type) in core.recordTypes {
      #expect(merged.recordTypes[name]?.fields.prefix(type.fields.count) == type.fields[...])
    }
  }

  @Test("every template can be drafted, signed and adopted", arguments: Bundled.templates)
  func templates(name: String) throws {
    let partnership = try Bundled.partnership(name).partnership
    #expect(partnership.ineffective.isEmpty)
    #expect(partnership.lineages[name]?.count == 1)
    #expect(partnership.term(of: name, at: Bundled.now) != nil)
  }

  @Test("two overlays bend one partnership, and a school gets the minimal fields alone")
  func minimalFieldsAndAHub() throws {
    let (partnership, school) = try Bundled.partnership("minimal-with-hub")
    let term = try #require(partnership.term(of: "minimal-with-hub", at: Bundled.now))
    #expect(term.profile.field("child_present", of: "notification")?.origin == "minimal-notice")
    #expect(term.profile.field("local_risk_tool", of: "incident")?.origin == "oe-plus")
    let child = RecordID(derivedFrom: TaggedHash.digest("test", Data()))
    func reads(_ agency: AgencyID, _ field: String, _ type: String) throws -> Bool {
      let police = try #require(AgencyID("police.lincolnshire"))
      return partnership.mayRead(
        agency, field, of: type,
        Circumstances(
          routedBy: child, isRestricted: false, now: Bundled.now,
          sender: Circumstances.Sender(police, own: nil))
      ).isAllowed
    }
    let care = try #require(AgencyID("care.E10000019"))
    for field in ["child_present", "welfare_check", "occurred_at"] {
      #expect(try reads(school, field, "notification"))
    }
    #expect(try !reads(school, "context", "notification"))
    #expect(try !reads(school, "child_words", "incident"))
    #expect(try !reads(school, "local_risk_tool", "incident"))
    #expect(try reads(care, "context", "notification"))
    #expect(try reads(care, "local_risk_tool", "incident"))
    #expect(try reads(care, "family_needs", "plan"))
    // The area's own risk tool is for each of the hub to fill in.
    for agency in [care, try #require(AgencyID("police.lincolnshire"))] {
      #expect(
        partnership.mayWrite(
          agency, "local_risk_tool", of: "incident", lineage: "minimal-with-hub", at: Bundled.now
        ).isAllowed)
    }
  }

  @Test("every field can be written by somebody", arguments: Bundled.templates)
  func fieldsAreWritable(name: String) throws {
    let (partnership, _) = try Bundled.partnership(name)
    let term = try #require(partnership.term(of: name, at: Bundled.now))
    for type in term.profile.recordTypes.values {
      // Only a hub has a support service, which holds contacts and releases them.
      let isSupports = ["safe_contact", "release"].contains(type.name)
      for field in type.fields where !isSupports || name == "oe-plus-hub" {
        let writers = partnership.parties.filter {
          partnership.mayWrite($0, field.name, of: type.name, lineage: name, at: Bundled.now)
            .isAllowed
        }
        #expect(!writers.isEmpty, "\(type.name).\(field.name) can be written by nobody")
      }
    }
  }

  @Test("who may read what in Sheffield", arguments: SheffieldReading.table)
  func reading(expectation: SheffieldReading) throws {
    let (partnership, school) = try Bundled.partnership("sheffield-encompass")
    let agencies = ["P": "police.south-yorkshire", "S": school.description, "C": "care.E08000019"]
    for (letter, text) in agencies.sorted(by: { $0.key < $1.key }) {
      let agency = try #require(AgencyID(text))
      for isRouted in [false, true] {
        let decision = partnership.mayRead(
          agency, expectation.field, of: expectation.type,
          Circumstances(
            routedBy: isRouted ? RecordID(Data(count: 16)) : nil, isRestricted: false,
            now: Bundled.now))
        let isExpected =
          expectation.readers.contains(letter)
          || isRouted && expectation.readers.contains("\(letter)*")
        #expect(
          decision.isAllowed == isExpected,
          "\(letter), routed \(isRouted): \(expectation) decided by \(decision.ruleName)")
      }
    }
  }

  @Test("a sealed record is withheld even where a grant and the route allow it")
  func restriction() throws {
    let (partnership, school) = try Bundled.partnership("sheffield-encompass")
    let decision = partnership.mayRead(
      school, "name", of: "child",
      Circumstances(routedBy: RecordID(Data(count: 16)), isRestricted: true, now: Bundled.now))
    #expect(decision.ruleName == "restricted")
  }

  @Test("who may write what in Sheffield")
  func writing() throws {
    let (partnership, school) = try Bundled.partnership("sheffield-encompass")
    func may(_ agency: String, _ field: String, _ type: String) throws -> Bool {
      partnership.mayWrite(
        try #require(AgencyID(agency)), field, of: type, lineage: "sheffield-encompass",
        at: Bundled.now
      ).isAllowed
    }
    let (police, care) = ("police.south-yorkshire", "care.E08000019")
    #expect(try may(police, "issued_at", "notification"))
    #expect(try may(police, "school", "notification"))
    #expect(try !may(care, "school", "notification"))
    #expect(try !may(school.description, "context", "notification"))
    #expect(try may(school.description, "state", "delivery"))
    #expect(try !may(school.description, "school", "child"))
    #expect(try may(care, "address", "child"))
    for agency in [police, care, school.description] {
      #expect(try may(agency, "risk_grade", "incident"))
    }
    #expect(try !may(care, "circumstances", "incident"))
    #expect(
      partnership.mayLower(
        try #require(AgencyID(police)), "escalation", of: "notification",
        lineage: "sheffield-encompass", at: Bundled.now))
    #expect(
      !partnership.mayLower(
        school, "escalation", of: "notification", lineage: "sheffield-encompass", at: Bundled.now))
  }
}

/// One line of the table of who may read what; `S*` is the school on the record's route.
struct SheffieldReading: Sendable, CustomTestStringConvertible {
  let type: String
  let field: String
  let readers: Set<String>

  var testDescription: String { "\(type).\(field): \(readers.sorted().joined(separator: " "))" }

  static let table: [SheffieldReading] = [
    ("child", ["name", "date_of_birth"], "P S* C"), ("child", ["school"], "P S* C"),
    ("child", ["upn"], "S* C"), ("child", ["nhs_number"], "C"), ("child", ["address"], "P C"),
    ("child", ["languages", "needs"], "S* C"),
    ("adult", ["name", "role", "children"], "P C"),
    ("incident", ["reference", "occurred_at", "children"], "P S* C"),
    ("incident", ["place", "circumstances", "persons"], "P C"),
    ("incident", ["child_words"], "P S* C"), ("incident", ["risk_grade", "category"], "P C"),
    (
      "notification",
      ["child", "incident", "school", "occurred_at", "context", "guidance", "due_at", "issued_at"],
      "P S* C"
    ),
    ("notification", ["withdrawn"], "P S* C"), ("notification", ["escalation"], "P S* C"),
    ("delivery", ["notification", "state", "at", "by"], "P S* C"),
    (
      "response", ["mode", "welfare_check", "actions", "child_wishes", "do_not_contact_parents"],
      "S* C*"
    ),
    ("response", ["notification", "acted_on", "acted_at"], "P S* C"),
    ("response", ["detail"], "P C"), ("plan", ["family", "needs", "goals", "review_on"], "P C"),
    ("action", ["plan"], "P C"),
    ("action", ["school", "task", "owner", "due_on", "status"], "P S* C"),
    (
      "voice", ["about", "whose", "asked_on", "words", "wishes", "consent", "shared_with"],
      "P* S* C*"
    ),
    ("notification", ["not_for"], "P S* C"), ("same_child", ["children", "verdict"], "P C"),
    (
      "safe_contact",
      ["whose", "number", "times", "code_word", "safety", "workers", "released_to"], ""
    ),
    ("release", ["record", "to", "purpose", "until", "revoked"], ""),
    (
      "file_transfer",
      [
        "child", "from_school", "to_school", "moved_on", "due_on", "sent_on", "received_on",
        "chased_on",
      ], "S* C"
    ),
    ("restriction", ["record", "kept_from", "fields"], "P C"),
    ("restriction", ["people", "reason"], ""),
    ("training", ["school", "role", "course", "completed_on", "expires_on"], "P S* C"),
    ("key_adult", ["school", "role", "cover"], "P S* C"), ("child", ["_person"], ""),
  ].flatMap { type, fields, readers in
    fields.map {
      SheffieldReading(
        type: type, field: $0, readers: Set(readers.split(separator: " ").map(String.init)))
    }
  }
}

/// The files that the project ships, found from this file's place.
enum Bundled {
  static let templates = ["sheffield-encompass", "oe-plus-hub", "minimal-with-hub"]
  static let now = Instant(utc: LocalDate(daysSinceEpoch: 20_790))

  static func text(_ path: String) throws -> String {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return try String(contentsOf: root.appending(path: "Protocol/\(path)"), encoding: .utf8)
  }

  static func profile(_ name: String) throws -> ProfileFile {
    let body = Data(try text("profiles/\(name).yaml").utf8)
    return try ProfileFile(
      SignedDocument(kind: .profile, body: body), source: "profiles/\(name).yaml")
  }

  /// A template drafted with new cards, signed by all principals, and a school admitted under it.
  static func partnership(
    _ name: String
  ) throws -> (partnership: Partnership, school: AgencyID) {
    let template = try text("agreements/\(name).yaml")
    let agreement = try Agreement(template: template, source: name)
    let profiles = try ([agreement.profile] + agreement.overlays).map { try profile($0) }
    let keys = try agreement.principals.map { _ in try key() }
    let cards = try zip(agreement.principals, keys).map { try card($0, signedBy: $1) }
    var document = try Agreement.draft(
      template: template, source: name, cards: cards, profiles: profiles, previous: nil)
    for (agency, key) in zip(agreement.principals, keys) {
      try document.sign(as: agency, with: key)
    }
    let school = try #require(AgencyID("school.100001"))
    let admitter = try #require(agreement.admits[.school]?.first)
    let index = try #require(agreement.principals.firstIndex(of: admitter))
    let deed = try Membership.document(
      of: name, admitting: try card(school, signedBy: try key()), by: admitter,
      on: agreement.starts, key: keys[index])
    return (Partnership(profiles.map(\.document) + [document, deed]), school)
  }

  private static func key() throws -> SigningKey { SigningKey() }

  private static func card(_ agency: AgencyID, signedBy key: SigningKey) throws -> SignedDocument {
    let kind = try #require(
      AgencyKind(rawValue: String(agency.description.prefix { $0 != "." })))
    return try Card(
      agency: agency, federation: "example", kind: kind, name: "Example \(agency)",
      endpoint: "127.0.0.1:7400", signingKey: key.publicKey, authority: Data("example".utf8)
    ).document(signedBy: key)
  }
}
