public import Records

/// Whether something may be, and exactly why.
public struct Decision: Hashable, Sendable {
  public let rule: Rule
  /// The agreement that decided; nothing where there is none.
  public let lineage: String?
  public let version: Int?
  /// The agreement version's digest, as disclosures name it.
  public let agreement: Digest?

  /// What decided.
  public enum Rule: Hashable, Sendable {
    /// A grant allows it; `route` is the record whose routing field names the recipient.
    case grant(id: String, route: RecordID?)
    /// Who wrote a value may read it.
    case author
    case noAgreement
    case notStarted(LocalDate)
    case ended(LocalDate)
    case notAParty
    case noGrant
    /// These grants cover the field, but the record's route does not name the recipient.
    case notRouted(grants: [String])
    /// The record is sealed from the recipient.
    case restricted
    /// This node holds the value under a grant that does not let it pass the value on.
    case notOnward(grants: [String])
    /// The value refers to a record of which the recipient may see nothing.
    case hiddenTarget
    case unknownField
    /// A newer version that is not signed by all yet does not allow what the one in force does.
    case awaitingSignatures(version: Int)
    case noWriteGrant
    /// The profile in force does not have this term, or no value of this form.
    case unknownValue
    /// Between an agency's node and one of its devices, within the device's scope.
    case ownDevice
    /// The device's role does not see fields of this label.
    case outsideRole(label: String)
    /// The record, or the one that the value refers to, is not of the device's caseload.
    case outsideCaseload
    /// The recipient, the sender or the author is suspended.
    case suspended(AgencyID, since: Instant)
    /// The recipient, the sender or the author has left.
    case left(AgencyID, since: Instant)
  }

  init(_ rule: Rule, _ agreement: Agreement? = nil) {
    self.rule = rule
    lineage = agreement?.lineage
    version = agreement?.version
    self.agreement = agreement?.digest
  }

  private init(_ rule: Rule, like other: Decision) {
    self.rule = rule
    lineage = other.lineage
    version = other.version
    agreement = other.agreement
  }

  /// What an agency decides about one of its own devices: no agreement has a say in it.
  public static func withinAgency(_ rule: Rule) -> Decision { Decision(rule) }

  /// The same agreement's decision, overruled by something that only the holder of the data knows.
  public func overruled(by rule: Rule) -> Decision { Decision(rule, like: self) }

  /// Whether it may be.
  public var isAllowed: Bool {
    switch rule {
    case .grant, .author, .ownDevice: true
    default: false
    }
  }

  /// The grant that allows it.
  public var grant: String? {
    if case .grant(let id, _) = rule { id } else { nil }
  }

  /// The record whose routing field names the recipient, where the grant needs one.
  public var route: RecordID? {
    if case .grant(_, let route) = rule { route } else { nil }
  }

  /// A word for scripts: the grant's id where one decided.
  public var ruleName: String {
    switch rule {
    case .grant(let id, _): id
    case .author: "author"
    case .noAgreement: "no-agreement"
    case .notStarted: "not-started"
    case .ended: "ended"
    case .notAParty: "not-a-party"
    case .noGrant: "no-grant"
    case .notRouted: "not-routed"
    case .restricted: "restricted"
    case .notOnward: "not-onward"
    case .hiddenTarget: "hidden-target"
    case .unknownField: "unknown-field"
    case .awaitingSignatures: "awaiting-signatures"
    case .noWriteGrant: "no-write-grant"
    case .unknownValue: "unknown-value"
    case .ownDevice: "own-device"
    case .outsideRole: "outside-role"
    case .outsideCaseload: "outside-caseload"
    case .suspended: "suspended"
    case .left: "left"
    }
  }

  /// A sentence for people.
  public var reason: String {
    switch rule {
    case .grant(let id, nil): "grant \(id) allows it"
    case .grant(let id, let route?): "grant \(id) allows it, and record \(route) names the agency"
    case .author: "the agency wrote it"
    case .noAgreement: "no agreement is in force here"
    case .notStarted(let day): "the agreement starts on \(day)"
    case .ended(let day): "the agreement ended on \(day)"
    case .notAParty: "the agency is no party to the agreement and no member under it"
    case .noGrant: "no grant lets this agency read the field"
    case .notRouted(let grants):
      "no route leads to the agency: \(Self.names(grants)) covers only records that concern it"
    case .restricted: "the record, or the field in it, is sealed from the agency"
    case .notOnward(let grants):
      "another agency's value, held here under \(Self.names(grants)) that may not be passed on"
    case .hiddenTarget: "it refers to a record of which the agency may see nothing"
    case .unknownField: "the profile in force has no such field"
    case .awaitingSignatures(let version):
      "version \(version), which not all have signed yet, does not allow it"
    case .noWriteGrant: "no grant lets this agency write the field"
    case .unknownValue: "the profile in force has no such value for the field"
    case .ownDevice: "the device is the agency's own, and its scope covers it"
    case .outsideRole(let label): "the device's role does not see fields of label \(label)"
    case .outsideCaseload: "the record is not of the device's caseload"
    case .suspended(let agency, let since): "\(agency) is suspended since \(since)"
    case .left(let agency, let since): "\(agency) has left; the agreement ended for it at \(since)"
    }
  }

  private static func names(_ grants: [String]) -> String {
    "grant" + (grants.count == 1 ? " " : "s ") + grants.joined(separator: ", ")
  }
}

/// What the data says about one record and one recipient when a decision is taken.
public struct Circumstances: Sendable {
  /// The record whose routing field names the recipient, through at most two references.
  public let routedBy: RecordID?
  /// Whether a restriction keeps the recipient away from the record or the field.
  public let isRestricted: Bool
  public let now: Instant
  /// Who would send it; nobody where only the recipient is asked about.
  public let sender: Sender?

  /// Who would send, and where it would send a change of its own, which.
  public struct Sender: Sendable {
    public let agency: AgencyID
    public let own: ChangeHeader?

    /// States who would send what.
    public init(_ agency: AgencyID, own: ChangeHeader? = nil) {
      self.agency = agency
      self.own = own
    }
  }

  /// States what the data says.
  public init(routedBy: RecordID?, isRestricted: Bool, now: Instant, sender: Sender? = nil) {
    self.routedBy = routedBy
    self.isRestricted = isRestricted
    self.now = now
    self.sender = sender
  }
}
