import Foundation
public import Records
import Replica

/// A person's own words beside what professionals wrote (UK GDPR Art 16).
extension LocalNode {
  /// Records what a person says of a field.
  /// - Returns: its number, and whose text it is about.
  /// - Throws: `ReplicaError.notFound`, `.unknownField`.
  public func addCorrection(
    of record: RecordID, _ field: String, words: String, askedBy: String, by person: String?
  ) throws -> (number: Int64, authors: [AgencyID]) {
    let number = try replica.addCorrection(
      of: record, field, words: words, askedBy: askedBy, by: Self.actor(person), now: now)
    return (number, try authors(of: field, in: record))
  }

  /// Answers what a person said. Whoever wrote the text decides.
  /// - Throws: `NodeError` where another agency wrote it, `ReplicaError.noCorrection`.
  public func decideCorrection(
    _ number: Int64, isAccepted: Bool, reason: String, by person: String?
  ) throws {
    let known = try replica.corrections().first { $0.id == number }
    guard let known else { throw ReplicaError.noCorrection(number) }
    let authors = try authors(of: known.field, in: known.record)
    guard authors.isEmpty || authors.contains(agency) else {
      let names = authors.map(\.description).joined(separator: ", ")
      throw NodeError("\(known.field) was written by \(names): the decision is theirs")
    }
    try replica.decideCorrection(
      number, outcome: isAccepted ? "accepted" : "declined", reason: reason,
      by: Self.actor(person), now: now)
  }

  private func authors(of field: String, in record: RecordID) throws -> [AgencyID] {
    let values = try replica.record(record).field(field)?.values ?? []
    return Set(values.map(\.by)).sorted()
  }
}
