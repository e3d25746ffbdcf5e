import Records
public import Replica

/// What a person said of a field, as scripts see it.
public struct CorrectionFacts: Encodable, Sendable {
  public let correction: Int64
  public let record: String
  public let field: String
  public let words: String
  public let by: String
  public let at: String
  public let outcome: String?
  public let reason: String?
  public let decided_by: String?

  /// Facts of a correction.
  public init(_ correction: Correction) {
    self.correction = correction.id
    record = correction.record.description
    field = correction.field
    words = correction.words
    by = correction.askedBy
    at = correction.at.description
    outcome = correction.decision?.outcome
    reason = correction.decision?.reason
    decided_by = correction.decision?.person
  }
}
