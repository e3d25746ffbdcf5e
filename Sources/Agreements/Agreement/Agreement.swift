import FoundationEssentials
public import Records

/// One version of a data sharing agreement, read from the text that its principals sign.
public struct Agreement: Hashable, Sendable {
  /// The text and whatever signatures it has.
  public let document: SignedDocument
  /// The name under which versions follow each other.
  public let lineage: String
  public let version: Int
  /// The version before, for all but the first.
  public let previous: Digest?
  /// The base profile's name.
  public let profile: String
  public let overlays: [String]
  public let purpose: String
  public let legalBasis: [String]
  public let starts: LocalDate
  /// When the parties mean to look at it again; from then on nodes warn.
  public let review: LocalDate?
  /// The last day on which anything is shared.
  public let ends: LocalDate
  public let principals: [AgencyID]
  /// Who may admit members of a kind.
  public let admits: [AgencyKind: [AgencyID]]
  public let grants: [Grant]
  /// Who is told meanwhile on days without school; nobody where the parties agreed nothing.
  public let deferral: Deferral?
  /// When an unopened notification goes on to whom; where nothing is agreed, the practice's times.
  public let escalation: EscalationTimes?
  /// Whom a Key Adult may call for advice, as the parties say it: the Teachers' Helpline, its number and
  /// hours (practice of Operation Encompass).
  public let helpline: String?
  /// The exact profile texts, base first; empty in a template.
  public let profiles: [ProfileReference]
  /// The principals' cards; empty in a template.
  public let cards: [AgencyID: Card]

  /// The version's digest, as headers and hellos name it.
  public var digest: Digest { document.id }
  /// The first instant at which this version judges writes: midnight UTC.
  public var startsAt: Instant { Instant(utc: starts) }
  /// The first instant at which nothing is shared any more.
  public var endsAt: Instant { Instant(utc: ends.advanced(byDays: 1)) }

  /// The principals whose valid signature is missing.
  public var missingSignatures: [AgencyID] {
    principals.filter { agency in
      guard let card = cards[agency] else { return true }
      return !document.isSigned(by: agency, key: card.signingKey)
    }
  }

  /// Whether all principals have signed.
  public var isComplete: Bool { missingSignatures.isEmpty }
}

extension Agreement {
  static let templateKeys = [
    "agreement", "version", "profile", "overlays", "purpose", "legal_basis", "starts", "review",
    "ends", "principals", "admits", "grants", "deferral", "escalation",
    "helpline",
  ]
  static let draftedKeys = ["previous", "profiles", "cards"]

  /// Reads a template: what people write, before cards and profiles are pinned.
  /// - Throws: `DocumentError` with the line.
  public init(template text: String, source: String) throws(DocumentError) {
    let document = SignedDocument(kind: .agreement, body: Data(text.utf8))
    let fields = try YAMLReader(text, source: source).mapping(Self.templateKeys)
    try self.init(document, fields, profiles: [], cards: [:], previous: nil)
    try AgreementParts.checkSense(self, fields)
  }

  /// Reads a drafted agreement, signed or not.
  /// - Throws: `DocumentError` with the line.
  public init(_ document: SignedDocument, source: String) throws(DocumentError) {
    guard document.kind == .agreement else {
      throw DocumentError(source: source, problem: "expected an agreement")
    }
    let fields = try YAMLReader(document.text, source: source).mapping(
      Self.templateKeys + Self.draftedKeys)
    let profiles = try fields.required("profiles").list().map {
      item throws(DocumentError) -> ProfileReference in
      let keys = try item.mapping(["name", "version", "sha256"])
      return ProfileReference(
        name: try keys.required("name").name(), version: try keys.required("version").integer(),
        digest: try keys.required("sha256").digest())
    }
    var cards: [AgencyID: Card] = [:]
    for item in try fields.required("cards").list() {
      let card = try Card(file: try item.text(), source: source)
      guard cards.updateValue(card, forKey: card.agency) == nil else {
        throw item.fail("the card of \(card.agency) stands twice")
      }
    }
    let previous = try fields.optional("previous")?.digest()
    try self.init(document, fields, profiles: profiles, cards: cards, previous: previous)
    let wanted = [profile] + overlays
    guard profiles.map(\.name) == wanted else {
      throw DocumentError(
        source: source, problem: "profiles: expected \(wanted.joined(separator: ", "))")
    }
    guard cards.keys.sorted() == principals.sorted() else {
      throw DocumentError(source: source, problem: "cards: expected one for each principal")
    }
    guard Set(cards.values.map(\.federation)).count == 1 else {
      throw DocumentError(source: source, problem: "cards: the principals' federations differ")
    }
  }

  private init(
    _ document: SignedDocument, _ fields: YAMLFields, profiles: [ProfileReference],
    cards: [AgencyID: Card], previous: Digest?
  ) throws(DocumentError) {
    self.document = document
    self.profiles = profiles
    self.cards = cards
    self.previous = previous
    lineage = try fields.required("agreement").name()
    let highest = Limits.Document.version
    version = try fields.required("version").read("a whole number from 1 to \(highest)") { text in
      Int(text).flatMap { 1...highest ~= $0 ? $0 : nil }
    }
    let base = try fields.required("profile").name()
    profile = base
    let listed = try fields.list("overlays") { item throws(DocumentError) in try item.name() }
    overlays = listed.filter { $0 != base }
    purpose = try fields.required("purpose").line()
    legalBasis = try fields.list("legal_basis") { item throws(DocumentError) in try item.line() }
    guard !legalBasis.isEmpty else {
      throw try fields.required("legal_basis").fail("expected at least one")
    }
    starts = try fields.required("starts").date()
    review = try fields.optional("review")?.date()
    ends = try fields.required("ends").date()
    guard starts <= ends else { throw try fields.required("ends").fail("lies before starts") }
    principals = try fields.list("principals") { item throws(DocumentError) in try item.agency() }
    admits = try AgreementParts.admits(fields)
    grants = try AgreementParts.grants(fields)
    deferral = try fields.optional("deferral").map(Deferral.init)
    escalation = try fields.optional("escalation").map(EscalationTimes.init)
    helpline = try fields.optional("helpline")?.line()
    try AgreementParts.check(self, fields)
  }
}
