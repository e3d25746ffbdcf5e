import Node

/// One thing that a program can ask for: what routes it, checks it, answers it and describes it. There is no other
/// list of them.
struct ProgramOperation: Sendable {
  let id: String
  let method: Method
  /// Its place below `/api/v1`; `{id}` stands for what is named there.
  let path: String
  let summary: String
  /// What the token has to be for; nothing where any token does.
  let scope: TokenScope?
  var parameters: [Parameter] = []
  var body: Schema?
  /// A body that a reader of the document may try.
  var example: JSON?
  let answers: [AnswerForm]
  /// With which statuses it may refuse, besides those of its form (`statuses`).
  var refusals: Set<Int> = []
  let run: Run

  enum Method: String, Sendable, CaseIterable {
    case get = "GET"
    case post = "POST"
    case patch = "PATCH"
  }

  /// How it is answered: on a thread that may block, or by waiting.
  enum Run: Sendable {
    case blocking(@Sendable (Asked) throws -> Answer)
    case waiting(@Sendable (Asked) async throws -> Answer)
  }

  /// A part of the address, or a header.
  struct Parameter: Sendable {
    let name: String
    let place: Place
    let schema: Schema
    let words: String
    var isRequired = false
    /// One that a reader of the document may try.
    var example: JSON?

    enum Place: String, Sendable {
      case path, query, header
    }
  }

  /// What is answered where it is done.
  struct AnswerForm: Sendable {
    let status: Int
    let words: String
    let schema: Schema
    /// The headers that come with it, and what they say.
    var headers: [String: String] = [:]
    /// Under which member the answer names the record that `getRecord` reads next.
    var leadsTo: String?
  }

  /// All statuses with which it may refuse.
  var statuses: Set<Int> {
    // A parameter that is none of the operation's is refused everywhere (422).
    var statuses: Set = [400, 401, 403, 405, 422, 429, 500, 503]
    if parameters.contains(where: { $0.place == .path }) { statuses.insert(404) }
    if body != nil { statuses.formUnion([413, 415]) }
    return statuses.union(refusals)
  }

  /// What an address names, where it is this operation's.
  func names(in segments: [String]) -> [String: String]? {
    let own = path.split(separator: "/").map(String.init)
    guard own.count == segments.count else { return nil }
    var names: [String: String] = [:]
    for (part, segment) in zip(own, segments) {
      if part.hasPrefix("{") {
        names[String(part.dropFirst().dropLast())] = segment
      } else if part != segment {
        return nil
      }
    }
    return names
  }
}

/// What is answered.
struct Answer: Sendable {
  var status = 200
  let body: any Encodable & Sendable
  var headers: [String: String] = [:]

  init(_ body: any Encodable & Sendable) { self.body = body }
}

extension ProgramOperation.Parameter {
  static let record = ProgramOperation.Parameter(
    name: "id", place: .path, schema: .recordID, words: "The record's id.", isRequired: true)
  static let type = ProgramOperation.Parameter(
    name: "type", place: .path, schema: .name, words: "The records' type, as child.",
    isRequired: true, example: "child")
  static let requestKey = ProgramOperation.Parameter(
    name: "Idempotency-Key", place: .header, schema: .text(.requestKey),
    words: "A key of this request alone: sent again with it within 30 days, it is not done twice.")

  static func limit(_ most: Int64) -> ProgramOperation.Parameter {
    ProgramOperation.Parameter(
      name: "limit", place: .query, schema: .integer(1...most),
      words: "How many at most; \(min(50, most)) where nothing is said.")
  }

  /// Of a list that goes on page by page.
  static let paging = [
    limit(100),
    query("skip", .integer(0...1_000_000), "How many come before: the `next` of a page."),
  ]

  static func query(
    _ name: String, _ schema: Schema, _ words: String, isRequired: Bool = false
  ) -> ProgramOperation.Parameter {
    ProgramOperation.Parameter(
      name: name, place: .query, schema: schema, words: words, isRequired: isRequired)
  }
}
