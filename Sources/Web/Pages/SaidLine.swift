import Agreements
import Casework
import Node
import Records
import Replica

/// What a person says is not right about them, beside what professionals wrote.
struct SaidLine: Sendable {
  let words: String
  let about: String
  let answer: String

  /// What people said of a record, as far as somebody sees the fields that it is about.
  static func lines(of id: RecordID, _ type: String, _ visit: Visit) throws -> [SaidLine] {
    let partnership = try visit.desk.replica.partnership()
    return try visit.desk.replica.corrections(of: id).compactMap { correction in
      guard visit.sees(correction.field, of: type) else { return nil }
      let title = partnership.field(correction.field, of: type)?.field.title ?? correction.field
      let when = PeopleTime.spoken(correction.at, now: visit.now)
      return SaidLine(
        words: Excerpt.of(correction.words, bytes: Excerpt.besideBytes),
        about: "\(correction.askedBy) about \(title), \(when)",
        answer: correction.decision.map {
          "\(Words.term($0.outcome)): \(Excerpt.of($0.reason, bytes: Excerpt.lineBytes))"
        } ?? "Not answered yet.")
    }
  }
}
