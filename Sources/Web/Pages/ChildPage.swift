import Agreements
import Casework
import Node
import Records
import Replica

/// All that is known of a child, as far as somebody may see it: what happened, how agencies see it, plans,
/// the child's own words.
struct ChildPage: Page {
  let path = "/children/:id"

  struct Model: Sendable {
    let here: String
    let problems: [Form.Problem]
    let name: String
    let facts: [Fact]
    let hasConflict: Bool
    let sharing: String
    let history: String
    let answers: AnswerLinks?
    let events: [Event]
    let moreEvents: String?
    let incidents: [Incident]
    let moreIncidents: String?
    /// Said of an incident where nothing shows how agencies see it.
    let unseen: String
    let plans: [PlanLine]
    let voices: [VoiceModel]
    let moreVoices: String?
    let isUnheard: Bool
    /// Whether their words may be there without this person's seeing them.
    let isOutOfSight: Bool
    /// What people say is not right here.
    let said: [SaidLine]
    let hear: VoiceForm?
    let isHearing: Bool
    let keptFrom: KeptFromModel?
    let isKeeping: Bool
  }

  /// One thing that happened.
  struct Event: Sendable {
    let when: String
    let what: String
    let by: String
    let address: String?
  }

  /// One incident with how each agency sees it.
  struct Incident: Sendable {
    let title: String
    let address: String
    let views: ViewsModel?
  }

  /// More stand in the chronology: a page has to load in a car.
  private static let mostIncidents = 20
  private static let mostVoices = 12

  func show(_ visit: Visit) throws -> Reply {
    guard let id = visit.recordID() else { return .notFound }
    let record = try visit.desk.caseRecord(id, type: "child")
    try visit.desk.audit("viewed", of: [id])
    let long = Instant(milliseconds: 0)
    let incidents = try visit.desk.related("incident", to: id).sorted {
      $0.instant("occurred_at") ?? long > $1.instant("occurred_at") ?? long
    }
    let day = LocalDate(daysSinceEpoch: 0)
    let voices = try visit.desk.related("voice", to: id).compactMap(FamilyPlan.Voice.init)
      .sorted { $0.askedOn ?? day > $1.askedOn ?? day }
    let hearsThem = visit.sees("words", of: "voice")
    let (events, count) = try Chronology.events(of: id, incidents, voices, visit)
    let conflicts = try !visit.desk.reader.conflicts(of: id).isEmpty
    var screen = Screen(
      "Child", "child",
      Model(
        here: "/children/\(id)", problems: visit.form.problems, name: visit.childName(id),
        facts: Fact.of(
          record,
          [
            "name", "date_of_birth", "school", "address", "upn", "nhs_number", "languages", "needs",
          ],
          visit), hasConflict: conflicts && visit.may(.resolve), sharing: "/records/\(id)/sharing",
        history: "/records/\(id)/history", answers: AnswerLinks(id, visit), events: events,
        moreEvents: count > events.count
          ? "Only the newest \(events.count) of \(count) are shown." : nil,
        incidents: try incidents.prefix(Self.mostIncidents).map { try incident($0, visit) },
        moreIncidents: incidents.count > Self.mostIncidents
          ? "Only the newest \(Self.mostIncidents) of \(incidents.count) are shown. "
            + "Under “What happened” the others have their pages." : nil,
        unseen: visit.sees("category", of: "incident")
          ? "No agency has said yet how it sees it." : "Nothing that you can see.",
        plans: visit.may(.plan)
          ? try visit.desk.plans(of: id).map { PlanLine($0, visit) }
          : [],
        voices: voices.prefix(Self.mostVoices).map { VoiceModel($0, visit) },
        moreVoices: voices.count > Self.mostVoices
          ? "Only the newest \(Self.mostVoices) of \(voices.count) are shown." : nil,
        isUnheard: hearsThem && !voices.contains(where: \.isHeard),
        isOutOfSight: !hearsThem && voices.isEmpty,
        said: try SaidLine.lines(of: id, "child", visit), hear: VoiceForm(visit),
        isHearing: visit.form.isTyped(in: "hear"),
        keptFrom: try KeptFromModel(id, visit), isKeeping: visit.form.isTyped(in: "restrict")))
    screen.hasProblems = !visit.form.isSound
    return .page(screen)
  }

  func act(_ visit: Visit) throws -> Reply {
    guard let id = visit.recordID() else { return .notFound }
    _ = try visit.desk.caseRecord(id, type: "child")
    var visit = visit
    switch visit.form.text("do") {
    case "hear" where visit.may(.hear):
      guard try VoiceForm.hear(about: id, &visit) else { return try show(visit) }
    case "restrict" where visit.may(.restrict):
      guard try KeptFromModel.restrict(id, &visit) else { return try show(visit) }
    case "lift" where visit.may(.restrict): try KeptFromModel.lift(visit)
    default: return .notTheirs
    }
    return .redirect("/children/\(id)")
  }

  private func incident(_ record: CaseRecord, _ visit: Visit) throws -> Incident {
    Incident(
      title: record.instant("occurred_at").map { PeopleTime.text($0) } ?? "An incident",
      address: "/incidents/\(record.id)", views: try ViewsModel(record, visit))
  }
}

extension ViewedDesk {
  /// The records of a type that refer to another, as far as they may be seen.
  func related(_ type: String, to id: RecordID) throws -> [CaseRecord] {
    guard try replica.partnership().recordType(type) != nil else { return [] }
    return try reader.records(ofType: type, referringTo: id).map {
      try caseRecord($0.id, type: type)
    }
  }
}

/// What happened, newest first.
enum Chronology {
  private static let most = 100

  static func events(
    of child: RecordID, _ incidents: [CaseRecord], _ voices: [FamilyPlan.Voice], _ visit: Visit
  ) throws -> (shown: [ChildPage.Event], count: Int) {
    var events: [(Instant, ChildPage.Event)] = []
    func add(
      _ at: Instant?, _ what: String, _ by: AgencyID?, _ address: String? = nil,
      day: LocalDate? = nil
    ) {
      guard let at else { return }
      events.append(
        (
          at,
          ChildPage.Event(
            when: visit.spoken(day) ?? PeopleTime.spoken(at, now: visit.now), what: what,
            by: by.map(visit.name) ?? "", address: address)
        ))
    }
    for incident in incidents {
      add(
        incident.instant("occurred_at"), "An incident",
        incident.entries("occurred_at").first?.by, "/incidents/\(incident.id)")
    }
    for record in try visit.desk.related("notification", to: child) {
      let found = try visit.desk.notification(record.id)
      let address = "/notifications/\(found.id)"
      add(
        found.issuedAt, "\(found.school.map(visit.name) ?? "Somebody") is told", found.issuer,
        address)
      for entry in found.ledger where entry.state >= .opened {
        let what = entry.state == .opened ? "The notification is opened" : "The child is supported"
        add(entry.at, what, entry.by, address)
      }
      if let withdrawn = record.entries("withdrawn").last {
        add(withdrawn.at, "The notification is taken back", withdrawn.by, address)
      }
    }
    for voice in voices {
      add(
        voice.askedOn.map { LondonTime(date: $0, minutes: 0).instant },
        "The child is asked", voice.heardBy, day: voice.askedOn)
    }
    return (events.sorted { $0.0 > $1.0 }.prefix(most).map(\.1), events.count)
  }
}

/// Somebody's own words.
struct VoiceModel: Sendable {
  let words: [Fact.Said]
  let wishes: [Fact.Said]
  let consent: String
  let about: String

  private static let mostTexts = 3

  init(_ voice: FamilyPlan.Voice, _ visit: Visit) {
    func said(_ texts: [String], _ field: String) -> [Fact.Said] {
      texts.suffix(Self.mostTexts).map {
        Fact.Said($0, of: voice.id, field, bytes: Excerpt.besideBytes)
      }
    }
    words = said(voice.words, "words")
    wishes = said(voice.wishes, "wishes")
    consent =
      switch voice.consent {
      case "hub": "May be shared with the hub"
      case "hearer-only": "Only with those who heard it"
      case "refused": "They did not want to say"
      default: "Not yet asked"
      }
    let when = voice.askedOn.map { PeopleTime.spoken($0, today: visit.today) } ?? "once"
    let shared = voice.sharedWith.map(visit.name)
    about =
      "\(visit.label(of: voice.about)), asked \(when) by \(visit.name(of: voice.heardBy))"
      + (shared.isEmpty ? "" : "; agreed to share with \(shared.joined(separator: ", "))")
  }
}

/// The form for somebody's own words.
struct VoiceForm: Sendable {
  let number: String
  let asked: DayModel
  let words: FieldModel
  let wishes: FieldModel
  let consent: FieldModel
  let share: [FieldModel]

  init?(_ visit: Visit) {
    guard visit.may(.hear), let partnership = try? visit.desk.replica.partnership(),
      visit.agencyMay(write: ["words"], of: "voice")
    else { return nil }
    var form = visit.form
    form.suggest(day: visit.today, in: "asked")
    number = visit.formNumber(of: "hear")
    asked = form.dayField("asked", "When were they asked?")
    words = form.field("words", "In their own words")
    wishes = form.field("wishes", "What they want")
    consent = form.choice(
      "consent", "What did they agree to?",
      among: [
        ("hub", "It may be shared with those ticked below", nil),
        ("hearer-only", "Only with us", nil), ("refused", "They did not want to say", nil),
      ])
    share = Self.others(partnership, visit).map { agency in
      form.box("share-\(agency)", visit.name(of: agency))
    }
  }

  private static func others(_ partnership: Partnership, _ visit: Visit) -> [AgencyID] {
    partnership.peers(of: visit.desk.agency, at: visit.now).filter { $0.namedKind != .school }
  }

  /// Writes what was said. What is wrong is said at its field, in the page's words.
  static func hear(about id: RecordID, _ visit: inout Visit) throws -> Bool {
    let day = visit.form.day("asked", "The day they were asked")
    if day == nil { visit.form.fail("asked", "Type the day they were asked") }
    if let day, day > visit.today {
      visit.form.fail("asked", "The day they were asked must not be in the future")
    }
    let consent = visit.form.required("consent", "Say what they agreed to")
    let (words, wishes) = (visit.form.text("words"), visit.form.text("wishes"))
    if words == nil, wishes == nil, consent != "refused" {
      visit.form.fail(
        "words", "Write down what they said or what they want, or that they did not want to say")
    }
    let partnership = try visit.desk.replica.partnership()
    let shared = others(partnership, visit).filter { visit.form.isTicked("share-\($0)") }
    if let consent, consent != "hub", let first = shared.first {
      visit.form.fail(
        "share-\(first)",
        "They did not agree that others may have it: take out the ticks, or change what they agreed to"
      )
    }
    guard let day, let consent, visit.form.isSound else { return false }
    var request = VoiceRequest(about: id, askedOn: day, consent: consent)
    request.id = visit.enteredID("voice")
    request.words = words
    request.wishes = wishes
    request.shareWith = shared
    do {
      _ = try visit.desk.record(request)
    } catch {
      visit.form.fail("words", try Visit.words(error))
      return false
    }
    return true
  }
}
