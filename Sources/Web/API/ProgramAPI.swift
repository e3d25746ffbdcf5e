import Agreements
import Foundation
import Logging
import Node
import Records
import Replica

/// Answers the agency's own programs: each shows a token, sees what its role sees, and is held to what the
/// operations declare.
struct ProgramAPI: Sendable {
  /// Below which address it answers.
  static let root = "/api/v1"
  /// The bytes that a request may bring: one long statement, and room for what escapes it.
  static let bodyBytes = 256 << 10

  private let site: Site
  private let programs: Programs
  /// Tokens that did not count: whoever comes from the same address with one that does is not kept waiting.
  private let failures: RecentRefusals

  /// - Parameter now: by which failures to show a token are forgotten with time.
  init(
    _ site: Site,
    now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
  ) {
    self.site = site
    programs = Programs(site.node)
    failures = RecentRefusals(now: now)
  }

  /// Whether an address is answered here, and by no page.
  static func owns(_ path: String) -> Bool { path == "/api" || path.hasPrefix("/api/") }

  /// One request, as it came.
  struct Call: Sendable {
    let method: String
    /// As it stands in the request, escaped.
    let path: String
    let query: String?
    /// By names in lower case.
    let headers: [String: [String]]
    /// Where it came from.
    let address: String
    /// The body; nothing where it is longer than asked for.
    let body: @Sendable (_ upTo: Int) async -> Data?
  }

  /// What goes back.
  struct Reply: Sendable {
    let status: Int
    let type: String
    let headers: [String: String]
    let body: Data
  }

  /// Answers a request, whatever it is.
  func answer(_ call: Call) async -> Reply {
    do {
      return try await answering(call)
    } catch let refusal as Refusal {
      if refusal.status < 500 {
        site.logRefusal(
          "a request of a program was refused",
          ["status": "\(refusal.status)", "code": "\(refusal.code)"])
      }
      return Self.reply(refusal)
    } catch {
      site.logger.error("the API failed", metadata: ["reason": "\(type(of: error))"])
      return Self.reply(Self.failed)
    }
  }

  private func answering(_ call: Call) async throws -> Reply {
    let (operation, names) = try Self.operation(of: call)
    let (token, shown) = try await token(of: call)
    do {
      return try await answering(call, operation, names, token, shown)
    } catch let refusal as Refusal where refusal.status == 403 {
      try await noteRefused(operation, to: token)
      throw refusal
    }
  }

  private func answering(
    _ call: Call, _ operation: ProgramOperation, _ names: [String: String], _ token: ProgramToken,
    _ shown: String
  ) async throws -> Reply {
    if let scope = operation.scope, !token.may(scope) { throw Refusal.lacking(scope) }
    let reading = RequestReading(operation, call)
    let parameters = try reading.parameters(names)
    let body = try await reading.body()
    let binding = try Self.binding(shown, operation, names, body)
    do {
      let (node, site) = (site.node, site)
      // How a node is can be asked also while it shows no records, as after a restore.
      let needsRole = operation.scope?.needsRole ?? false
      let asked: @Sendable () throws -> Asked = {
        Asked(
          node: node, token: token, viewed: needsRole ? try site.viewed(by: token) : nil,
          parameters: parameters, body: body, binding: binding)
      }
      let answer = try await run(operation, asked)
      return try Self.reply(answer)
    } catch {
      guard let refusal = Refusal(error, folder: site.node.folder.path) else {
        site.logger.error(
          "an operation of the API failed",
          metadata: ["operation": "\(operation.id)", "reason": "\(type(of: error))"])
        throw Self.failed
      }
      throw refusal
    }
  }

  private func run(
    _ operation: ProgramOperation, _ asked: @escaping @Sendable () throws -> Asked
  ) async throws -> Answer {
    switch operation.run {
    case .waiting(let run): return try await run(try await site.workForPrograms(asked))
    case .blocking(let run):
      let node = site.node
      let (outcome, isNew) = try await site.workForPrograms {
        () -> (Result<Answer, any Error>, Bool) in
        let before = try node.replica.logPosition()
        // What was written before something failed is told all the same.
        let outcome = Result { try run(try asked()) }
        return (outcome, try node.replica.logPosition() != before)
      }
      if isNew, operation.method != .get { await site.announce() }
      return try outcome.get()
    }
  }

  private static func operation(of call: Call) throws -> (ProgramOperation, [String: String]) {
    guard call.path.hasPrefix(root + "/") else { throw Refusal.notFound }
    let parts = call.path.dropFirst(root.count + 1).split(
      separator: "/", omittingEmptySubsequences: false)
    let segments = parts.compactMap { String($0).removingPercentEncoding }
    guard segments.count == parts.count else { throw Refusal.notFound }
    switch Operations.find(call.method, segments) {
    case .operation(let operation, let names): return (operation, names)
    case .nothing: throw Refusal.notFound
    case .otherMethods(let methods):
      var refusal = Refusal(405, "other-method", "Ask with \(methods.joined(separator: " or ")).")
      refusal.allowed = methods
      throw refusal
    }
  }

  /// Whose token is shown. Nobody is told why one does not count.
  private func token(of call: Call) async throws -> (token: ProgramToken, shown: String) {
    let fields = call.headers["authorization"] ?? []
    guard fields.count == 1, let field = fields.first, field.utf8.count < 200,
      field.lowercased().hasPrefix("bearer ")
    else { throw Refusal.noToken }
    let shown = field.dropFirst(7).trimmingCharacters(in: .whitespaces)
    let programs = programs
    do {
      return (try await site.workForPrograms { try programs.check(shown) }, shown)
    } catch let problem as TokenProblem {
      try await note(problem, from: call.address)
      throw Refusal.noToken
    }
  }

  /// Writes down that a token did not count, as long as there are not too many: whoever tries without end fills
  /// no audit.
  private func note(_ problem: TokenProblem, from address: String) async throws {
    if case .tooMany(let seconds, _) = failures.count(of: address) {
      var refusal = Refusal(429, "too-many", "Too many tokens that do not count came from there.")
      refusal.retryAfter = seconds
      throw refusal
    }
    let node = site.node
    try await site.workForPrograms {
      try node.replica.audit([
        AuditEntry(
          at: node.now, account: problem.actor, role: AuditEntry.program,
          action: "failed-to-show-a-token", detail: problem.words)
      ])
    }
  }

  /// Writes down what a program may not do and tried (OWASP ASVS 7.2.2).
  private func noteRefused(_ operation: ProgramOperation, to token: ProgramToken) async throws {
    let site = site
    try await site.workForPrograms {
      site.noteRefused(
        token.actor, role: token.role ?? AuditEntry.program, detail: operation.id)
    }
  }

  /// A digest of what is asked for, with the token's secret in it: it tells nobody what stood in a short request.
  private static func binding(
    _ token: String, _ operation: ProgramOperation, _ names: [String: String], _ body: JSON
  ) throws -> Records.Digest {
    let place = names.sorted { $0.key < $1.key }.map(\.value).joined(separator: "/")
    return TaggedHash.digest(
      "concord/v1/program-request", Data(token.utf8), Data(operation.id.utf8), Data(place.utf8),
      try body.encoded())
  }

  private static let failed = Refusal(
    500, "failed", "Something went wrong here. Tell whoever looks after Concord.")
}

extension ProgramAPI {
  private static func reply(_ answer: Answer) throws -> Reply {
    Reply(
      status: answer.status, type: "application/json", headers: answer.headers,
      body: try JSON.text(of: answer.body))
  }

  private static func reply(_ refusal: Refusal) -> Reply {
    var headers: [String: String] = [:]
    switch refusal.status {
    case 401: headers["WWW-Authenticate"] = "Bearer realm=\"concord\""
    case 403:
      headers["WWW-Authenticate"] = refusal.scope.map {
        "Bearer realm=\"concord\", error=\"insufficient_scope\", scope=\"\($0.rawValue)\""
      }
    default: break
    }
    if let allowed = refusal.allowed { headers["Allow"] = allowed.joined(separator: ", ") }
    if let seconds = refusal.retryAfter { headers["Retry-After"] = "\(seconds)" }
    return Reply(
      status: refusal.status, type: "application/problem+json", headers: headers,
      body: (try? JSON.text(of: refusal)) ?? Data())
  }
}

extension TokenProblem {
  /// Who stands in the audit: nobody, where it is not known whose it was.
  fileprivate var actor: String {
    switch self {
    case .unknown: "somebody"
    case .expired(let token), .revoked(let token): token.actor
    }
  }

  fileprivate var words: String {
    switch self {
    case .unknown: "no token of this node"
    case .expired: "expired"
    case .revoked: "revoked"
    }
  }
}
