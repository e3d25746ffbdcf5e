import FoundationEssentials
public import Records

/// All that is agreed, as one node knows it: agreement versions, profiles, members. Built from the
/// signed documents that the node holds; what a document may not do has no effect here.
public struct Partnership: Sendable {
  /// Complete versions of each agreement, oldest first.
  public private(set) var lineages: [String: [Term]] = [:]
  /// The next version of an agreement, while signatures are missing.
  public private(set) var pending: [String: Term] = [:]
  /// Members by agreement, each by its newest deed.
  public internal(set) var members: [String: [AgencyID: Membership]] = [:]
  /// What suspensions and exits amount to, by agreement and agency.
  public internal(set) var standings: [String: [AgencyID: Standing]] = [:]
  /// Changes that count although they came late.
  public internal(set) var releases: [ChangeID: [Release]] = [:]
  /// Delegations and revocations whose signature holds, by agency.
  public internal(set) var devices: [AgencyID: Devices] = [:]
  /// Rotations whose signatures hold, by agency, in the order in which they came.
  var rotations: [AgencyID: [KeyRotation]] = [:]
  /// Documents that have no effect, and why.
  public internal(set) var ineffective: [Digest: String] = [:]
  /// Deeds whose signature holds, and of them those with the keys that count.
  var deeds: [String: [AgencyID: [Accession]]] = [:]
  var accessions: [String: [AgencyID: [Accession]]] = [:]
  /// Suspensions, exits and releases as they came; what they amount to depends on the others.
  var notices: [SignedDocument] = []
  /// Delegations and revocations as they came.
  var deviceDocuments: [SignedDocument] = []
  /// The parties that some grant lets read what no route leads to them for.
  public internal(set) var unroutedReaders: Set<AgencyID> = []
  var unroutedRecipients: Set<Grant.Recipient> = []
  /// What documents were found to say so far, for every `Partnership` that follows this one.
  public let readings: DocumentReadings
  private var files: [ProfileFile] = []
  /// The newest profiles of all agreements in one, and where they do not say the same.
  private var joined: Profile?
  private(set) var clashes: [ProfileClash] = []
  /// The agreements' names in order.
  private(set) var names: [String] = []

  /// The same versions by their digests.
  private var byDigest: [Digest: Term] = [:]

  /// One agreement version and the profile it pins. A class, since it is asked for with every write.
  public final class Term: Hashable, Sendable {
    public let agreement: Agreement
    public let profile: Profile

    init(agreement: Agreement, profile: Profile) {
      self.agreement = agreement
      self.profile = profile
    }

    public static func == (left: Term, right: Term) -> Bool {
      left === right || (left.agreement == right.agreement && left.profile == right.profile)
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(agreement.digest) }
  }

  /// Reads documents in any order. Only of two first versions of one agreement the earlier in the
  /// list counts: whom this node trusted first.
  /// - Parameter readings: what documents were found to say before; what is in it is not read again.
  public init(
    _ documents: [SignedDocument] = [], readings: DocumentReadings = DocumentReadings()
  ) {
    self.readings = readings
    for document in documents where document.kind == .profile { read(document) }
    for document in documents where document.kind == .rotation { note(rotation: document) }
    notices = documents.filter { [.suspension, .exit, .release].contains($0.kind) }
    deviceDocuments = documents.filter { [.delegation, .revocation].contains($0.kind) }
    for agreement in ordered(documents.filter { $0.kind == .agreement }) { read(agreement) }
    for document in documents where document.kind == .membership { read(document) }
    settleRotations()
    readNotices()
    for document in deviceDocuments { readDevice(document) }
  }

  /// With one membership more, which changes nothing for anybody else: where hundreds of schools
  /// join, not every document is read anew for each.
  public func adding(membership document: SignedDocument) -> Partnership {
    var partnership = self
    partnership.read(document)
    partnership.settleRotations()
    let agency = (try? readings.membership(document))?.card.agency.description ?? ""
    if notices.contains(where: { $0.text.contains(agency) }) { partnership.readNotices() }
    // What the deed's keys had signed for devices before it came.
    let early = deviceDocuments.filter {
      ineffective[$0.id] != nil && $0.text.contains(agency)
    }
    for device in early { partnership.readDevice(device) }
    return partnership
  }

  /// Takes in one delegation or revocation more, which changes nothing for anybody else: a force has
  /// thousands of laptops.
  /// - Returns: whether it has an effect.
  public mutating func add(device document: SignedDocument) -> Bool {
    deviceDocuments.append(document)
    readDevice(document)
    return ineffective[document.id] == nil
  }

  /// The version that judges writes of this time: in force from its start to the next one's.
  public func term(of lineage: String, at time: Instant) -> Term? {
    lineages[lineage]?.last { $0.agreement.startsAt <= time }
  }

  /// Every agreement's version in force at this time, by name; ended ones too.
  public func terms(at time: Instant) -> [Term] {
    names.compactMap { term(of: $0, at: time) }
  }

  /// The version of exactly this digest.
  public func term(digest: Digest) -> Term? { byDigest[digest] }

  /// The card that an agreement version pins for a party: a principal, or a member that one who may
  /// admit it under this version has admitted.
  public func card(of agency: AgencyID, in agreement: Agreement) -> Card? {
    agreement.cards[agency]
      ?? accessions[agreement.lineage]?[agency]?.last { $0.counts(in: agreement) }?.membership.card
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

  /// Every profile that an agreement pins, one that still lacks signatures too.
  public var pinnedProfiles: Set<Digest> {
    let terms = Array(lineages.values.joined()) + Array(pending.values)
    return Set(terms.flatMap { $0.agreement.profiles.map(\.digest) })
  }

  /// Every agency that is a party to some agreement.
  public var parties: [AgencyID] {
    var parties: Set<AgencyID> = []
    for terms in lineages.values { parties.formUnion(terms.flatMap(\.agreement.principals)) }
    for members in members.values { parties.formUnion(members.keys) }
    return parties.sorted()
  }

  /// The agencies that this one has links with: principals with every party, members with principals.
  ///
  /// Whom a later version drops, and whom it suspends, stays a peer: it must hear of it, though no
  /// change goes either way. Who has left stays one while its earlier writes may come in.
  public func peers(of agency: AgencyID, at now: Instant) -> [AgencyID] {
    var peers: Set<AgencyID> = []
    for (lineage, terms) in lineages where isReachable(agency, in: lineage, at: now) {
      let running = terms.filter { now < $0.agreement.endsAt } + terms.suffix(1)
      let principals = Set(running.flatMap(\.agreement.principals))
      let members = Set((members[lineage] ?? [:]).keys)
      if principals.contains(agency) {
        peers.formUnion(principals.union(members).filter { isReachable($0, in: lineage, at: now) })
      } else if members.contains(agency) {
        peers.formUnion(principals.filter { isReachable($0, in: lineage, at: now) })
      }
    }
    return peers.subtracting([agency]).sorted()
  }

  /// A field's definition, with the newest profiles of all agreements in one.
  public func field(_ name: String, of type: String) -> (field: Field, profile: Profile)? {
    guard let joined, let field = Self.definition(name, of: type, in: joined) else { return nil }
    return (field, joined)
  }

  /// All fields of a type by name, each as `field` finds it.
  public func fields(of type: String) -> [String: (field: Field, profile: Profile)] {
    guard let joined else { return [:] }
    return ((joined.recordTypes[type]?.fields ?? []) + [.person]).reduce(into: [:]) {
      found, field in
      found[field.name] = (field, joined)
    }
  }

  /// A field's definition in the version of an agreement that judges writes of a time.
  public func field(
    _ name: String, of type: String, lineage: String, at time: Instant
  ) -> (field: Field, profile: Profile)? {
    guard let profile = term(of: lineage, at: time)?.profile else { return nil }
    if name == Field.person.name { return (.person, profile) }
    return profile.field(name, of: type).map { ($0, profile) }
  }

  /// What cells, routes and conflicts are derived by, beside the log: where it changes with a new
  /// version, they are derived anew.
  public func derivesAlike(_ other: Partnership) -> Bool {
    func basis(_ partnership: Partnership) -> [String: [Profile]] {
      partnership.lineages.mapValues { $0.map(\.profile) }
    }
    func rights(_ partnership: Partnership) -> [String: [[Grant]]] {
      partnership.lineages.mapValues { $0.map { $0.agreement.grants.filter { !$0.lower.isEmpty } } }
    }
    let known = Set(other.lineages.keys)
    return known.allSatisfy { lineage in
      basis(self)[lineage]?.last == basis(other)[lineage]?.last
        && rights(self)[lineage] == rights(other)[lineage]
    } && Set(lineages.keys) == known
  }

  /// A record type with the fields that the newest profile of any agreement gives it.
  public func recordType(_ name: String) -> RecordType? { joined?.recordTypes[name] }

  /// The terms of a vocabulary, in their order; none where no profile has it.
  public func terms(of vocabulary: String) -> [String] {
    joined?.vocabularies[vocabulary]?.terms ?? []
  }

  private mutating func read(_ document: SignedDocument) {
    do throws(DocumentError) {
      switch document.kind {
      case .profile: files.append(try readings.file(document))
      case .agreement:
        let (agreement, missing) = try readings.agreement(document)
        try add(agreement, missing: missing)
      case .membership: try addMember(document)
      case .card, .suspension, .exit, .release, .delegation, .revocation, .rotation, .enrolment,
        .deviceRequest:
        break
      }
    } catch {
      ineffective[document.id] = error.description
    }
  }

  /// Agreements in the order of reading: by version, complete ones first, then those that lack
  /// fewer signatures, then by digest. First versions keep their order; what cannot be read is first.
  private func ordered(_ documents: [SignedDocument]) -> [SignedDocument] {
    let read = documents.enumerated().map { place, document in
      let reading = try? readings.agreement(document)
      let version = reading?.agreement.version ?? 0
      return (
        document: document, key: [version, reading?.missing.count ?? 0, version > 1 ? 0 : place]
      )
    }
    return read.sorted { left, right in
      left.key == right.key
        ? left.document.id < right.document.id : left.key.lexicographicallyPrecedes(right.key)
    }.map(\.document)
  }

  private mutating func add(
    _ agreement: Agreement, missing: [AgencyID]
  ) throws(DocumentError) {
    func fail(_ problem: String) -> DocumentError {
      DocumentError(source: "\(agreement.lineage) \(agreement.version)", problem: problem)
    }
    let profile = try readings.profile(of: agreement, from: files)
    let earlier = lineages[agreement.lineage, default: []]
    guard agreement.version == earlier.count + 1,
      agreement.previous == earlier.last?.agreement.digest
    else { throw fail("does not follow the version that is adopted here") }
    if let last = earlier.last?.agreement, let problem = objection(to: agreement, after: last) {
      throw fail(problem)
    }
    if let redefined = redefinition(in: profile) { throw fail(redefined) }
    let term = Term(agreement: agreement, profile: profile)
    noteUnroutedReaders(of: agreement)
    if missing.isEmpty {
      lineages[agreement.lineage] = earlier + [term]
      byDigest[agreement.digest] = term
      pending[agreement.lineage] = nil
      join()
    } else if !earlier.isEmpty {
      pending[agreement.lineage] = pending[agreement.lineage] ?? term
    } else {
      let names = missing.map(\.description).joined(separator: ", ")
      throw fail("the signature of \(names) is missing")
    }
  }

  private mutating func join() {
    names = lineages.keys.sorted()
    let newest = lineages.keys.sorted().compactMap { lineage in
      lineages[lineage]?.last.map { (lineage: lineage, profile: $0.profile) }
    }
    let found = Profile.joining(newest)
    joined = found?.profile
    clashes = found?.clashes ?? []
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
}

extension Partnership {
  /// The names of all record types that some agreement's newest profile has.
  public var recordTypeNames: [String] {
    joined.map { $0.recordTypes.keys.sorted() } ?? []
  }

  /// Every document that a party needs to judge what it is sent: profiles before the agreements
  /// that pin them, agreements oldest first, then the deeds of their members, then who is suspended
  /// or has left, and what was released. Of deeds a member has its own; those of others it needs only
  /// with what they wrote, and hundreds of schools join.
  /// - Parameter isDevice: whether it is for a device of the agency's own, which has what the agency has.
  public func documentsConcerning(
    _ agency: AgencyID, isDevice: Bool = false
  ) -> [SignedDocument] {
    var documents: [SignedDocument] = []
    var known: Set<Digest> = []
    func add(_ document: SignedDocument) {
      if known.insert(document.id).inserted { documents.append(document) }
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
      // A deed may be signed with a key that one of these passed on to, and a member's rotation needs its deed.
      rotationDocuments(of: terms.flatMap(\.agreement.principals)).forEach(add)
      let hasAll = isDevice || isPrincipal(agency, in: lineage)
      let members = hasAll ? (accessions[lineage] ?? [:]).keys.sorted() : [agency]
      for member in members { deeds(of: member, in: lineage).forEach(add) }
      for notice in notices(of: lineage, concerning: agency) { add(notice) }
      rotationDocuments(of: members).forEach(add)
      for document in deviceDocuments(of: lineage) { add(document) }
    }
    return documents
  }
}
