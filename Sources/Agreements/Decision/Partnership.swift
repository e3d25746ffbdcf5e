import FoundationEssentials
public import Records

/// All that is agreed, as one node knows it: agreement versions, profiles, members. Built from the
/// signed documents that the node holds; what a document may not do has no effect here.
public struct Partnership: Sendable {
  /// Complete versions of each agreement, oldest first.
  public private(set) var lineages: [String: [Term]] = [:]
  /// The next version of an agreement, while signatures are missing.
  public private(set) var pending: [String: Term] = [:]
  /// Members by agreement.
  public private(set) var members: [String: [AgencyID: Membership]] = [:]
  /// Documents that have no effect, and why.
  public private(set) var ineffective: [Digest: String] = [:]
  private var files: [ProfileFile] = []

  /// One agreement version and the profile it pins.
  public struct Term: Hashable, Sendable {
    public let agreement: Agreement
    public let profile: Profile
  }

  /// Reads documents in any order.
  public init(_ documents: [SignedDocument] = []) {
    for document in documents where document.kind == .profile { read(document) }
    let agreements = documents.filter { $0.kind == .agreement }
    for agreement in agreements.sorted(by: { Self.version($0) < Self.version($1) }) {
      read(agreement)
    }
    for document in documents where document.kind == .membership { read(document) }
  }

  /// With one membership more, which changes nothing for anybody else: where hundreds of schools
  /// join, not every document is read anew for each.
  public func adding(membership document: SignedDocument) -> Partnership {
    var partnership = self
    partnership.read(document)
    return partnership
  }

  /// The version that judges writes of this time: in force from its start to the next one's.
  public func term(of lineage: String, at time: Instant) -> Term? {
    lineages[lineage]?.last { $0.agreement.startsAt <= time }
  }

  /// Every agreement's version in force at this time, by name; ended ones too.
  public func terms(at time: Instant) -> [Term] {
    lineages.keys.sorted().compactMap { term(of: $0, at: time) }
  }

  /// The version of exactly this digest.
  public func term(digest: Digest) -> Term? {
    lineages.values.joined().first { $0.agreement.digest == digest }
  }

  /// The card that an agreement version pins for a party, principal or member.
  public func card(of agency: AgencyID, in agreement: Agreement) -> Card? {
    agreement.cards[agency] ?? members[agreement.lineage]?[agency]?.card
  }

  /// The newest card pinned for an agency anywhere.
  public func card(of agency: AgencyID) -> Card? {
    for lineage in lineages.keys.sorted() {
      for term in lineages[lineage, default: []].reversed() {
        if let card = card(of: agency, in: term.agreement) { return card }
      }
    }
    return nil
  }

  /// Every agency that is a party to some agreement.
  public var parties: [AgencyID] {
    var parties: Set<AgencyID> = []
    for terms in lineages.values { parties.formUnion(terms.flatMap(\.agreement.principals)) }
    for members in members.values { parties.formUnion(members.keys) }
    return parties.sorted()
  }

  /// The agencies that this one syncs with: principals with every party, members with principals.
  public func peers(of agency: AgencyID) -> [AgencyID] {
    var peers: Set<AgencyID> = []
    for (lineage, terms) in lineages {
      let principals = Set(terms.last?.agreement.principals ?? [])
      let members = Set((members[lineage] ?? [:]).keys)
      if principals.contains(agency) {
        peers.formUnion(principals.union(members))
      } else if members.contains(agency) {
        peers.formUnion(principals)
      }
    }
    return peers.subtracting([agency]).sorted()
  }

  /// A field's definition in whichever newest version has it.
  public func field(_ name: String, of type: String) -> (field: Field, profile: Profile)? {
    for lineage in lineages.keys.sorted() {
      guard let profile = lineages[lineage]?.last?.profile else { continue }
      if name == Field.person.name { return (.person, profile) }
      if let field = profile.field(name, of: type) { return (field, profile) }
    }
    return nil
  }

  /// A record type as the newest versions define it.
  public func recordType(_ name: String) -> RecordType? {
    lineages.keys.sorted().lazy
      .compactMap { lineages[$0]?.last?.profile.recordTypes[name] }.first
  }

  private mutating func read(_ document: SignedDocument) {
    do throws(DocumentError) {
      switch document.kind {
      case .profile: files.append(try ProfileFile(document, source: "profile"))
      case .agreement: try add(try Agreement(document, source: "agreement"))
      case .membership: try addMember(document)
      case .card: break
      }
    } catch {
      ineffective[document.id] = error.description
    }
  }

  /// The place of an agreement in the order of reading; one that cannot be read comes first.
  private static func version(_ document: SignedDocument) -> Int {
    (try? Agreement(document, source: "agreement"))?.version ?? 0
  }

  private mutating func add(_ agreement: Agreement) throws(DocumentError) {
    func fail(_ problem: String) -> DocumentError {
      DocumentError(source: "\(agreement.lineage) \(agreement.version)", problem: problem)
    }
    let profile = try agreement.mergedProfile(from: files)
    try agreement.check(against: profile, source: agreement.lineage)
    let earlier = lineages[agreement.lineage, default: []]
    guard agreement.version == earlier.count + 1,
      agreement.previous == earlier.last?.agreement.digest
    else { throw fail("does not follow the version that is adopted here") }
    if let last = earlier.last, agreement.starts <= last.agreement.starts {
      throw fail("starts no later than the version before")
    }
    if let redefined = redefinition(in: profile) { throw fail(redefined) }
    let term = Term(agreement: agreement, profile: profile)
    if agreement.isComplete {
      lineages[agreement.lineage] = earlier + [term]
    } else if !earlier.isEmpty {
      pending[agreement.lineage] = term
    } else {
      let missing = agreement.missingSignatures.map(\.description).joined(separator: ", ")
      throw fail("the signature of \(missing) is missing")
    }
  }

  /// A field's type and merge rule never change under one name.
  private func redefinition(in profile: Profile) -> String? {
    for type in profile.recordTypes.values.sorted(by: { $0.name < $1.name }) {
      for field in type.fields {
        guard let known = self.field(field.name, of: type.name)?.field else { continue }
        if known.type != field.type || known.rule != field.rule {
          return "\(type.name).\(field.name) has another type or merge rule than before"
        }
      }
    }
    return nil
  }

  private mutating func addMember(_ document: SignedDocument) throws(DocumentError) {
    let membership = try Membership(document, source: "membership")
    let card = membership.card
    func fail(_ problem: String) -> DocumentError {
      DocumentError(source: "membership of \(card.agency)", problem: problem)
    }
    guard let agreement = lineages[membership.lineage]?.last?.agreement else {
      throw fail("the agreement \(membership.lineage) is not adopted here")
    }
    let admitter = membership.admittedBy
    guard agreement.admits[card.kind]?.contains(admitter) == true else {
      throw fail("\(admitter) may not admit a \(card.kind.rawValue) under \(agreement.lineage)")
    }
    guard let admitterCard = agreement.cards[admitter],
      document.isSigned(by: admitter, key: admitterCard.signingKey)
    else { throw fail("it is not signed by \(admitter)") }
    guard card.federation == admitterCard.federation else { throw fail("another federation") }
    guard !agreement.principals.contains(card.agency) else { throw fail("already a principal") }
    if let known = members[membership.lineage]?[card.agency], !known.card.pins(card) {
      throw fail("the agency is a member already, with other keys")
    }
    members[membership.lineage, default: [:]][card.agency] = membership
  }
}

extension Partnership {
  /// The names of all record types that some agreement's newest profile has.
  public var recordTypeNames: [String] {
    Set(lineages.values.compactMap { $0.last }.flatMap { $0.profile.recordTypes.keys }).sorted()
  }

  /// Every document that a party needs to judge what it is sent: profiles before the agreements
  /// that pin them, agreements oldest first, then the deeds of their members.
  public func documentsConcerning(_ agency: AgencyID) -> [SignedDocument] {
    var documents: [SignedDocument] = []
    func add(_ document: SignedDocument) {
      if !documents.contains(where: { $0.id == document.id }) { documents.append(document) }
    }
    for lineage in lineages.keys.sorted() {
      let terms = lineages[lineage, default: []] + [pending[lineage]].compactMap { $0 }
      guard terms.contains(where: { card(of: agency, in: $0.agreement) != nil }) else { continue }
      for term in terms {
        for file in files where term.agreement.profiles.contains(file.reference) {
          add(file.document)
        }
        add(term.agreement.document)
      }
      for member in (members[lineage] ?? [:]).values.sorted(by: { $0.card.agency < $1.card.agency })
      {
        add(member.document)
      }
    }
    return documents
  }
}
