import Agreements
import Casework
import FoundationEssentials
import Records
import Replica

/// A notification that an officer issues, and what the officer has to enter first.
struct IssueTask: Sendable {
  let child: RecordID
  let incident: RecordID
  let occurredAt: Instant
  /// What is entered where it is not there yet: the child, and the incident.
  let records: [Edit]
  let context: String
}

extension PlanMaker {
  /// Times of day on the wall at which somebody with a role looks at what waits, in minutes since
  /// midnight.
  private static let looks: [(role: KeyAdultRole, minutes: [Int])] = [
    (.keyAdult, [500, 750, 930]), (.secondKeyAdult, [560, 780]), (.head, [600, 960]),
  ]
  /// The council's officer looks once a day, at weekends too.
  private static let officerLooks = 540

  /// Who is at the schools, what happens to children, and who looks when.
  mutating func doCasework(_ load: CaseLoad) {
    if cast.isLazy { return doAreaCasework(load) }
    for school in schools.dropFirst(load.unready) { staff(school, from: 0) }
    let children = (0..<load.children).compactMap { _ in
      schools.randomElement(using: &generator).map { (RecordID(using: &generator), $0) }
    }
    every(load.incidents) { maker, at, until in
      maker.incident(load, children, occurred: at, issued: until)
    }
    for school in schools { attend(school, load) }
    for officer in nodes([.care]) {
      for day in days { look(officer, .keyAdult, on: day, Self.officerLooks) }
    }
  }

  private var days: [LocalDate] {
    let count = Int((scenario.begins + scenario.duration) / 86_400_000)
    return (0...count).map { cast.firstDay.advanced(byDays: $0) }
  }

  private mutating func staff(_ school: Int, from beginning: Int64) {
    let id = cast.players[school].id.description
    for role in KeyAdultRole.allCases {
      let edit = Edit(
        type: "key_adult", record: RecordID(using: &generator),
        assignments: [
          .set(field: "school", text: id), .set(field: "role", text: role.rawValue),
        ])
      add(
        at: beginning + Int64.random(in: 1000..<60_000, using: &generator),
        .write(node: school, edit))
    }
    let training = Edit(
      type: "training", record: RecordID(using: &generator),
      assignments: [
        .set(field: "school", text: id), .add(field: "role", text: KeyAdultRole.keyAdult.rawValue),
        .add(field: "completed_on", text: cast.firstDay.advanced(byDays: -30).description),
        .add(field: "expires_on", text: cast.firstDay.advanced(byDays: 700).description),
      ])
    add(
      at: beginning + Int64.random(in: 1000..<60_000, using: &generator),
      .write(node: school, training))
  }

  private mutating func incident(
    _ load: CaseLoad, _ children: [(RecordID, Int)], occurred: Int64, issued: Int64
  ) {
    guard let police = nodes([.police]).randomElement(using: &generator),
      let (child, school) = children.randomElement(using: &generator)
    else { return }
    let incident = RecordID(using: &generator)
    let occurredAt = Instant(utc: cast.firstDay)
      .advanced(byMilliseconds: scenario.begins + occurred)
    let number = actions.count
    let task = IssueTask(
      child: child, incident: incident, occurredAt: occurredAt,
      records: [
        Edit(
          type: "child", record: child,
          assignments: [
            .set(field: "name", text: "Child \(Marker.text(action: number, value: 0))"),
            .set(field: "school", text: cast.players[school].id.description),
          ] + council(of: school)),
        Edit(
          type: "incident", record: incident,
          assignments: [
            .set(field: "occurred_at", text: occurredAt.description),
            .add(field: "children", text: child.description),
            .set(
              field: "circumstances",
              text: "Circumstances \(Marker.text(action: number, value: 1))"),
          ] + grade()),
      ],
      context: "Context \(Marker.text(action: number, value: 2))")
    add(at: issued, .issue(node: police, task))
    if draws(load.repeated) {
      add(
        at: issued + Int64.random(in: 1..<7_200_000, using: &generator), .issue(node: police, task))
    }
    if draws(load.withdrawn) {
      add(
        at: issued + Int64.random(in: 60_000..<86_400_000, using: &generator),
        .withdraw(node: police, task))
    }
  }

  /// Where a force has several councils, the child's record names its own.
  private func council(of school: Int) -> [Edit.Assignment] {
    cast.council(of: school).map { [.set(field: "council", text: $0.description)] } ?? []
  }

  /// In an area the officer grades the risk, which every agency does for itself.
  private mutating func grade() -> [Edit.Assignment] {
    let terms = edits.profile.vocabularies["risk"]?.terms ?? []
    guard cast.isLazy, let term = terms.randomElement(using: &generator) else { return [] }
    return [.set(field: "risk_grade", text: term)]
  }

  private mutating func draws(_ ofHundred: Int) -> Bool {
    Int.random(in: 0..<100, using: &generator) < ofHundred
  }

  /// In an area a school begins some hours before the first notification to it, and is staffed then.
  private mutating func doAreaCasework(_ load: CaseLoad) {
    let schools = schools
    let children = (0..<load.children).compactMap { _ in
      schools.randomElement(using: &generator).map { (RecordID(using: &generator), $0) }
    }
    every(load.incidents) { maker, at, until in
      guard let (child, school) = children.randomElement(using: &maker.generator) else { return }
      maker.incident(load, [(child, school)], occurred: at, issued: until)
      maker.joining[school] = min(maker.joining[school] ?? .max, until)
    }
    for (number, school) in joining.keys.sorted().enumerated() {
      let before = Int64.random(in: 3_600_000...43_200_000, using: &generator)
      let at = max(60_000, (joining[school] ?? 0) - before)
      add(at: at, .join(node: school))
      if number >= load.unready * joining.count / max(1, schools.count) { staff(school, from: at) }
      attend(school, load, from: at)
    }
  }

  private mutating func attend(_ school: Int, _ load: CaseLoad, from beginning: Int64 = 0) {
    var away: [Range<Int64>] = []
    every(load.absences) { _, at, until in away.append(at..<max(at + 1, until)) }
    for day in days where !day.isWeekend && moment(day, 1440) > beginning {
      for (role, times) in Self.looks {
        for minutes in times {
          let isAway = role == .keyAdult && away.contains { $0.contains(moment(day, minutes)) }
          if !isAway { look(school, role, on: day, minutes) }
        }
      }
    }
  }

  private mutating func look(_ node: Int, _ role: KeyAdultRole, on day: LocalDate, _ minutes: Int) {
    let at = moment(day, minutes) + Int64.random(in: 0..<600_000, using: &generator)
    guard at > 0, at < scenario.duration else { return }
    add(at: at, .attend(node: node, role))
  }

  /// A time on the wall, from the beginning.
  private func moment(_ day: LocalDate, _ minutes: Int) -> Int64 {
    LondonTime(date: day, minutes: minutes).instant.milliseconds
      - Instant(utc: cast.firstDay).milliseconds - scenario.begins
  }
}
