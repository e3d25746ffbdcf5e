import Casework
import Foundation
import Records
import Simulation
import TestSupport
import Testing

/// Notifications from issue to action, over as much time as it takes: time is a value.
@Suite struct DeliveryTests {
  private let police: AgencyID
  private let school: AgencyID
  private var generator = SeededGenerator(seed: 1)

  init() throws {
    police = try #require(AgencyID("police.here"))
    school = try #require(AgencyID("school.100001"))
  }

  private func record(_ type: String, _ fields: [String: [CaseRecord.Entry]]) -> CaseRecord {
    var generator = SystemRandomNumberGenerator()
    return CaseRecord(id: RecordID(using: &generator), type: type, fields: fields)
  }

  private func notification(issued: Instant, due: Instant) -> CaseRecord {
    func by(_ value: Value) -> [CaseRecord.Entry] { [.init(value, by: police, at: issued)] }
    return record(
      "notification",
      [
        "school": by(.agency(school)), "issued_at": by(.instant(issued)),
        "due_at": by(.instant(due)), "occurred_at": by(.instant(issued)),
      ])
  }

  private func delivery(
    of notification: CaseRecord, _ states: [(DeliveryState, Instant)]
  ) -> CaseRecord {
    record(
      "delivery",
      [
        "notification": [
          .init(
            .reference(notification.id), by: school, at: states.first?.1 ?? .init(utc: .distant))
        ],
        "state": states.map { .init(.term($0.0.rawValue), by: school, at: $0.1) },
      ])
  }

  private func readiness(_ roles: [KeyAdultRole], trainedUntil: LocalDate? = nil) -> Readiness {
    let now = Instant(milliseconds: 0)
    let adults = roles.map { role in
      record(
        "key_adult",
        [
          "school": [.init(.agency(school), by: school, at: now)],
          "role": [.init(.term(role.rawValue), by: school, at: now)],
        ])
    }
    let training = trainedUntil.map { end in
      record(
        "training",
        [
          "school": [.init(.agency(school), by: school, at: now)],
          "role": [.init(.term("key-adult"), by: school, at: now)],
          "completed_on": [.init(.date(.distant), by: school, at: now)],
          "expires_on": [.init(.date(end), by: school, at: now)],
        ])
    }
    return Readiness(
      of: school, keyAdults: adults, training: training.map { [$0] } ?? [], on: .distant)
  }

  @Test func theFurthestStateCountsWhateverCameFirst() throws {
    let start = try #require(Instant("2027-05-01T21:40:00Z"))
    let issued = notification(issued: start, due: start.advanced(byMilliseconds: 3_600_000))
    let ledger = delivery(
      of: issued,
      [
        (.opened, start.advanced(byMilliseconds: 2000)),
        (.delivered, start.advanced(byMilliseconds: 1000)),
      ])
    let other = delivery(of: notification(issued: start, due: start), [(.actedOn, start)])
    let found = NotificationCase(issued, deliveries: [other, ledger], responses: [])
    #expect(found.state == .opened)
    #expect(found.reached(.delivered) == start.advanced(byMilliseconds: 1000))
    #expect(found.wasInTime == true)
    #expect(!found.isLate(at: start.advanced(byMilliseconds: 7_200_000)))
    let response = record(
      "response",
      [
        "notification": [.init(.reference(issued.id), by: school, at: start)],
        "acted_on": [.init(.boolean(true), by: school, at: start.advanced(byMilliseconds: 9000))],
      ])
    let acted = NotificationCase(issued, deliveries: [ledger], responses: [response])
    #expect(acted.state == .actedOn && acted.isSettled)
  }

  @Test func whoMustNotOpenItIsPassedOverAtOnce() throws {
    let start = try #require(Instant("2027-05-01T21:40:00Z"))
    let due = start.advanced(byMilliseconds: 3_600_000)
    func step(_ notFor: [KeyAdultRole], _ roles: [KeyAdultRole]) -> EscalationStep {
      var fields = notification(issued: start, due: due).fields
      fields["not_for"] = notFor.map { .init(.term($0.rawValue), by: police, at: start) }
      let waiting = NotificationCase(
        record("notification", fields), deliveries: [], responses: [])
      return EscalationPolicy().step(for: waiting, readiness: readiness(roles), at: start)
    }
    let all = KeyAdultRole.allCases
    #expect(step([], all) == .none)
    #expect(step([.keyAdult], all) == .secondKeyAdult)
    #expect(step([.keyAdult], [.keyAdult, .head]) == .head)
    #expect(step([.keyAdult, .secondKeyAdult], all) == .head)
    #expect(step([.keyAdult, .head], [.keyAdult]) == .hub)
    // The Key Adult opens it; nobody has to be told early.
    #expect(step([.secondKeyAdult], all) == .none)
  }

  @Test func escalationGoesRoundWhoIsNotThere() throws {
    let start = try #require(Instant("2027-05-01T21:40:00Z"))
    let due = start.advanced(byMilliseconds: 3_600_000)
    let waiting = NotificationCase(
      notification(issued: start, due: due), deliveries: [], responses: [])
    let policy = EscalationPolicy()
    func step(_ readiness: Readiness, minutes: Int64) -> EscalationStep {
      policy.step(
        for: waiting, readiness: readiness, at: due.advanced(byMilliseconds: minutes * 60_000))
    }
    let all = readiness(KeyAdultRole.allCases)
    #expect(
      [-1, 0, 29, 30, 59, 60].map { step(all, minutes: $0) }
        == [.none, .secondKeyAdult, .secondKeyAdult, .head, .head, .hub])
    #expect(step(readiness([.keyAdult, .head]), minutes: 0) == .head)
    #expect(step(readiness([.keyAdult]), minutes: 0) == .hub)
    #expect(step(readiness([]), minutes: -1) == .none)
    #expect(policy.next(for: waiting, readiness: all, after: start) == due)
    #expect(
      policy.next(for: waiting, readiness: readiness([.keyAdult]), after: due) == nil,
      "the hub knows already")
  }

  @Test func whoIsToldLateHasAsLongToOpenIt() throws {
    let due = try #require(Instant("2027-05-04T07:45:00Z"))
    let issued = due.advanced(byMilliseconds: 7_200_000)
    let waiting = NotificationCase(
      notification(issued: issued, due: due), deliveries: [], responses: [])
    let (policy, all) = (EscalationPolicy(), readiness(KeyAdultRole.allCases))
    let steps = [0, 30, 60].map { minutes in
      policy.step(
        for: waiting, readiness: all, at: issued.advanced(byMilliseconds: minutes * 60_000))
    }
    #expect(steps == [.secondKeyAdult, .head, .hub])
    #expect(
      policy.next(for: waiting, readiness: all, after: issued)
        == issued.advanced(byMilliseconds: 1_800_000))
    #expect(waiting.isLate(at: issued))
  }

  @Test func whatASchoolLacksIsSaid() throws {
    let future = try #require(LocalDate("2099-01-01"))
    #expect(readiness(KeyAdultRole.allCases, trainedUntil: future).isReady)
    #expect(readiness([.keyAdult, .head], trainedUntil: future).isReady)
    let past = try #require(LocalDate("1990-01-01"))
    #expect(
      readiness([.keyAdult], trainedUntil: past).lacks == [.noCover, .trainingExpired(past)])
    #expect(readiness([]).lacks == [.noKeyAdult, .noCover, .noTraining])
  }

  @Test func theInboxShowsWhatIsLateFirst() throws {
    let now = try #require(Instant("2027-05-04T09:00:00Z"))
    func waiting(_ minutes: Int64) -> NotificationCase {
      NotificationCase(
        notification(issued: now, due: now.advanced(byMilliseconds: minutes * 60_000)),
        deliveries: [], responses: [])
    }
    let (late, later, soon) = (waiting(-60), waiting(-30), waiting(30))
    let settled = notification(issued: now, due: now)
    let done = NotificationCase(
      settled, deliveries: [delivery(of: settled, [(.actedOn, now)])], responses: [])
    #expect(Inbox.waiting([soon, done, later, late], at: now) == [late, later, soon])
  }

  /// A whole term, hour by hour: every incident gets a deadline before the next school day, nothing
  /// unopened stays below its step, and nothing that was opened rises further.
  @Test func aTermIsPlayedThrough() throws {
    let terms = try TermDatesFile(
      Data(try repositoryText("Protocol/data/sheffield-term-dates.json").utf8), source: "terms")
    let calendar = try terms.calendar()
    let (policy, ready) = (EscalationPolicy(), readiness(KeyAdultRole.allCases))
    var generator = SeededGenerator(seed: 7)
    let start = try #require(Instant("2026-09-01T00:00:00Z"))
    var issued: [(record: CaseRecord, deadline: NotificationDeadline, opened: Instant?)] = []
    for hour in 0..<(24 * 110) where Int.random(in: 0..<6, using: &generator) == 0 {
      let at = start.advanced(byMilliseconds: Int64(hour) * 3_600_000)
      let deadline = NotificationDeadline.due(after: at, at: calendar)
      let wait = Int64.random(in: -600...300, using: &generator) * 60_000
      let isOpened = Int.random(in: 0..<10, using: &generator) > 0
      issued.append(
        (
          notification(issued: at, due: deadline.at), deadline,
          isOpened ? max(at, deadline.at.advanced(byMilliseconds: wait)) : nil
        ))
    }
    #expect(issued.count > 300)
    var late = 0
    for (record, deadline, opened) in issued {
      #expect(!deadline.isAssumed)
      let day = LondonTime(deadline.at).date
      #expect(try calendar.status(of: day) == .schoolDay)
      let ledger = opened.map { [delivery(of: record, [(.opened, $0)])] } ?? []
      for minutes in [Int64(-1), 0, 30, 60, 1440] {
        let now = deadline.at.advanced(byMilliseconds: minutes * 60_000)
        let isOpen = opened.map { $0 <= now } ?? false
        let found = NotificationCase(
          record, deliveries: isOpen ? ledger : [], responses: [])
        let step = policy.step(for: found, readiness: ready, at: now)
        if isOpen || minutes < 0 {
          #expect(step == .none)
        } else {
          #expect(step == (minutes < 30 ? .secondKeyAdult : minutes < 60 ? .head : .hub))
        }
      }
      if opened.map({ $0 > deadline.at }) ?? true { late += 1 }
    }
    print("A term: \(issued.count) notifications, \(late) opened late or never.")
    #expect(late > 0 && late < issued.count)
  }

  @Test func somebodyIsToldOnceAndAtEachStep() {
    var generator = SystemRandomNumberGenerator()
    let (one, other) = (RecordID(using: &generator), RecordID(using: &generator))
    var alert = WaitingAlert()
    alert.see([:])
    #expect(!alert.isDue)
    alert.see([one: .none])
    #expect(alert.isDue)
    // Until somebody was told it stays due, also where nothing is new.
    alert.see([one: .none])
    #expect(alert.isDue)
    alert.sent()
    alert.see([one: .none])
    #expect(!alert.isDue)
    alert.see([one: .none, other: .none])
    #expect(alert.isDue)
    alert.sent()
    alert.see([one: .head, other: .none])
    #expect(alert.isDue)
    // Opened before anybody could be told: nothing waits any more.
    alert.see([:])
    #expect(!alert.isDue)
  }
}

extension LocalDate {
  /// A day long ago.
  fileprivate static let distant = LocalDate(daysSinceEpoch: 10_000)
}
