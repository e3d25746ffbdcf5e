import Foundation
import Node
import Records
import Replica

/// Why a program did not get what it asked for: problem details (RFC 9457), with a word for programs.
struct Refusal: Error, Sendable {
  let status: Int
  /// A word that does not change, unlike the sentence beside it.
  let code: String
  let detail: String
  /// The scope that its token lacks.
  var scope: TokenScope?
  var mismatch: Mismatch?
  /// After how many seconds it may try again.
  var retryAfter: Int?
  /// The methods with which an address is asked.
  var allowed: [String]?

  init(_ status: Int, _ code: String, _ detail: String) {
    self.status = status
    self.code = code
    self.detail = detail
  }
}

extension Refusal {
  /// Said of what is not there and of what is hidden alike.
  static let notFound = Refusal(404, "not-found", "There is no such thing here.")

  static let noToken = Refusal(
    401, "no-token", "Show a token that counts, as Authorization: Bearer TOKEN.")

  static func lacking(_ scope: TokenScope) -> Refusal {
    var refusal = Refusal(
      403, "missing-scope", "The token does not have the scope \(scope.rawValue).")
    refusal.scope = scope
    return refusal
  }

  static func otherwise(_ mismatch: Mismatch) -> Refusal {
    var refusal = Refusal(
      422, "not-as-declared",
      "\(mismatch.at.isEmpty ? "The body" : mismatch.at): expected \(mismatch.expected).")
    refusal.mismatch = mismatch
    return refusal
  }

  static func role(_ detail: String) -> Refusal { Refusal(403, "role", detail) }

  /// What is said of an error that the node threw; nothing of one that is no answer to what was asked.
  /// - Parameter folder: the node's folder, which is nobody else's business.
  init?(_ error: any Error, folder: String) {
    switch error {
    case let refusal as Refusal: self = refusal
    case let error as ReplicaError: self.init(error)
    case let error as NodeError:
      self.init(
        422, "refused", error.description.replacing(folder, with: "DIR") + ".")
    default: return nil
    }
  }

  private init?(_ error: ReplicaError) {
    let detail = "\(error)."
    switch error {
    case .notFound, .otherType, .unknownType: self = .notFound
    case .unknownField, .value, .notWithRule, .nothingToWrite, .change, .otherRequest:
      self.init(422, "refused", detail)
    case .mayNotWrite: self.init(403, "agreement", detail)
    case .alreadyIssued, .sealedBy, .stampedAhead, .inConflict, .notInConflict:
      self.init(409, "conflict", detail)
    case .unseen:
      self.init(412, "changed", "The record is not as it was read: read it once more.")
    case .noAgreement, .relearning, .diskFull: self.init(503, "unavailable", detail)
    default: return nil
    }
  }
}

extension Refusal: Encodable {
  enum CodingKeys: String, CodingKey {
    case type, title, status, code, detail, scope, at, expected
  }

  func encode(to encoder: any Encoder) throws {
    var members = encoder.container(keyedBy: CodingKeys.self)
    try members.encode("about:blank", forKey: .type)
    try members.encode(Self.titles[status] ?? "Error", forKey: .title)
    try members.encode(status, forKey: .status)
    try members.encode(code, forKey: .code)
    try members.encode(detail, forKey: .detail)
    try members.encodeIfPresent(scope?.rawValue, forKey: .scope)
    try members.encodeIfPresent(mismatch?.at, forKey: .at)
    try members.encodeIfPresent(mismatch?.expected, forKey: .expected)
  }

  /// The statuses' names (RFC 9110, 15), which `about:blank` stands for.
  static let titles = [
    400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
    405: "Method Not Allowed", 409: "Conflict", 412: "Precondition Failed",
    413: "Content Too Large", 415: "Unsupported Media Type", 422: "Unprocessable Content",
    429: "Too Many Requests", 500: "Internal Server Error", 503: "Service Unavailable",
  ]

  static let schema = Schema.named(
    Schema.Component(
      name: "Problem",
      schema: .object([
        .must("type", .words), .must("title", .words), .must("status", .integer(400...599)),
        .must("code", .words, "A word that does not change."),
        .must("detail", .words, "A sentence for people; it may change."),
        .may("scope", .words, "The scope that the token lacks."),
        .may("at", .words, "A JSON Pointer into the body, or a parameter's name."),
        .may("expected", .words),
      ])))
}
