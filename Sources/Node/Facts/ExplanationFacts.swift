public import Agreements
import Records
public import Replica

/// Whether an agency gets a field, and by which rule, for which purpose and on which legal basis.
public struct ExplanationFacts: Encodable, Sendable {
  public let shared: Bool
  public let reason: String
  public let rule: String
  public let agreement: String?
  public let version: Int?
  public let purpose: String?
  public let legal_basis: [String]?

  /// Facts of a decision, in the words of the agreement that decided.
  public init(_ explanation: Explanation, _ partnership: Partnership) {
    let decision = explanation.decision
    shared = decision.isAllowed
    reason =
      explanation.hasValue || !decision.isAllowed
      ? decision.reason : "\(decision.reason), but no value is here yet"
    rule = decision.ruleName
    agreement = decision.lineage
    version = decision.version
    let agreed = decision.agreement.flatMap { partnership.term(digest: $0)?.agreement }
    let grant = agreed?.grants.first { $0.id == decision.grant }
    purpose = grant?.purpose ?? agreed?.purpose
    legal_basis = grant.map { $0.legalBasis.isEmpty ? agreed?.legalBasis ?? [] : $0.legalBasis }
  }
}
