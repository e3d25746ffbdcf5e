import Agreements
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Node
import Records
import Replica

/// What the server knows of a request beside the request.
struct WebContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  /// Where it came from: too many wrong passwords from there wait.
  let address: String

  init(source: ApplicationRequestContextSource) {
    coreContext = .init(source: source)
    address = source.channel.remoteAddress?.ipAddress ?? "unknown"
  }
}

/// Who asks, as far as they showed.
private enum Asking {
  case signedIn(Account, session: String)
  case unknown
}

extension Site {
  /// The bytes that a form may have.
  private static let formBytes = 256 << 10

  private static let signedInAnew =
    "You signed in anew meanwhile. Nothing was sent yet: what you typed is still here."

  private var cookie: String { isSecure ? "__Host-concord" : "concord" }

  /// Answers a request for a page.
  func answer(_ page: any Page, _ request: Request, _ context: WebContext) async -> Response {
    do {
      return try await answering(page, request, context)
    } catch let error as HTTPError {
      return await refused(error.status.code)
    } catch {
      logger.error(
        "a page failed", metadata: ["page": "\(page.path)", "reason": "\(Self.safe(error))"])
      let screen = Screen("Something went wrong", "problem", ProblemModel(error))
      return await framed(screen, status: 500, nil)
    }
  }

  private func answering(
    _ page: any Page, _ request: Request, _ context: WebContext
  ) async throws -> Response {
    var form = Form()
    let isPost = request.method == .post
    if isPost {
      guard Self.isOwn(request) else { return await refused(403) }
      var request = request
      guard let body = try? await request.collectBody(upTo: Self.formBytes) else {
        return await tooLong()
      }
      guard let read = Form(body: String(buffer: body)) else { return await refused(400) }
      form = read
    }
    let parameters = Dictionary(
      context.parameters.map { (String($0.key), String($0.value)) }, uniquingKeysWith: { $1 })
    let isReload = request.uri.queryParameters["live"] != nil
    switch try await asking(request, isTheirs: !isReload) {
    case .unknown:
      return try await signIn(page, &form, request, context, parameters)
    case .signedIn(let account, let session):
      let token = Self.formToken(session)
      if isPost, form.take(out: "form-token") != token {
        // Typed before they signed in anew, as in another tab: shown, never acted on. What does not say
        // that it comes from here is refused.
        guard Self.saysOwn(request) else { return await refused(403) }
        for field in ["sign-in-name", "sign-in-password"] { _ = form.take(out: field) }
        return try await answer(
          page, account, session, form, parameters, isPost: false, request.uri.path,
          notice: Self.signedInAnew)
      }
      return try await answer(
        page, account, session, form, parameters, isPost: isPost, request.uri.path)
    }
  }

  private func answer(
    _ page: any Page, _ account: Account, _ session: String, _ form: Form,
    _ parameters: [String: String], isPost: Bool, _ address: String, notice: String? = nil
  ) async throws -> Response {
    let running = page.asksNode ? await node.runningNode() : .absent
    let (reply, visit, isNew) = try await work { [self] () -> (Reply, Visit?, Bool) in
      let before = isPost ? try node.replica.logPosition() : 0
      let (reply, visit) = try self.reply(
        page, account, session, form, parameters, running, isPost: isPost)
      note(reply, page, account, isPost: isPost)
      return (reply, visit, isPost ? try node.replica.logPosition() != before : false)
    }
    if isNew { await announce() }
    return await respond(
      reply, Around(visit: visit, session: session, address: address, notice: notice))
  }

  /// Writes down what somebody's role does not do and they tried; an entry that was not taken is logged.
  private func note(_ reply: Reply, _ page: any Page, _ account: Account, isPost: Bool) {
    switch reply {
    case .notTheirs:
      noteRefused(account.name, role: account.role, detail: page.path)
    case .page(let screen) where isPost && screen.hasProblems:
      logRefusal("an entry was not taken", ["page": "\(page.path)"])
    default: break
    }
  }

  private func reply(
    _ page: any Page, _ account: Account, _ session: String, _ form: Form,
    _ parameters: [String: String], _ running: RunningNode, isPost: Bool
  ) throws -> (Reply, Visit?) {
    guard let visit = try visit(account, form: form, parameters: parameters, running: running)
    else {
      return (.notTheirs, nil)
    }
    if let duty = page.duty, !visit.may(duty) { return (.notTheirs, visit) }
    do {
      return (try isPost ? page.act(visit) : page.show(visit), visit)
    } catch ReplicaError.notFound {
      return (.notFound, visit)
    } catch ReplicaError.otherType {
      return (.notFound, visit)
    }
  }

  /// Whether the browser says that a request comes from this site itself.
  private static func saysOwn(_ request: Request) -> Bool {
    request.headers[HTTPField.Name("Sec-Fetch-Site") ?? .origin] == "same-origin"
  }

  /// Whether a form came from a page of this site, as far as the browser says (Fetch Metadata; the token in
  /// the form decides besides).
  private static func isOwn(_ request: Request) -> Bool {
    if let site = request.headers[HTTPField.Name("Sec-Fetch-Site") ?? .origin],
      site != "same-origin", site != "none"
    {
      return false
    }
    guard let origin = request.headers[.origin], let host = request.head.authority else {
      return true
    }
    return origin == "http://\(host)" || origin == "https://\(host)"
  }

  /// - Parameter isTheirs: whether somebody did it. What a page does by itself keeps nobody signed in.
  private func asking(_ request: Request, isTheirs: Bool) async throws -> Asking {
    guard let session = request.cookies[cookie]?.value, session.utf8.count < 100 else {
      return .unknown
    }
    let account = try await work { [people] in try people.signedIn(session, isActive: isTheirs) }
    return account.map { .signedIn($0, session: session) } ?? .unknown
  }

  /// Who is signed in that a request comes from. A page asks by itself: that keeps nobody signed in.
  func signedIn(_ request: Request) async -> Account? {
    guard case .signedIn(let account, _)? = try? await asking(request, isTheirs: false) else {
      return nil
    }
    return account
  }

  /// Signs somebody in on the page that they asked for; what they had typed there is kept.
  private func signIn(
    _ page: any Page, _ form: inout Form, _ request: Request, _ context: WebContext,
    _ parameters: [String: String]
  ) async throws -> Response {
    let (name, password) = (form.take(out: "sign-in-name"), form.take(out: "sign-in-password"))
    _ = form.take(out: "form-token")
    var entry = Form(["sign-in-name": name ?? ""])
    let kept = form
    if let name, let password {
      let typed = name.trimmingCharacters(in: .whitespaces).lowercased()
      let address = context.address
      let outcome = try await work { [self] () -> Result<(String, Account), SignInProblem> in
        do {
          let (session, account) = try people.signIn(typed, password: password, from: address)
          try note("signed-in", account)
          return .success((session, account))
        } catch let problem as SignInProblem {
          if problem == .wrong, People.isName(typed) { try noteFailed(typed) }
          return .failure(problem)
        }
      }
      switch outcome {
      case .success(let (session, account)):
        return try await welcome(
          page, account, session, kept, parameters, request.uri.path)
      case .failure(.wrong):
        entry.fail("sign-in-name", "The name or the password is not right")
      case .failure(.wait(let seconds)):
        let minutes = (seconds + 59) / 60
        entry.fail(
          "sign-in-name",
          "Too many tries. Wait \(minutes == 1 ? "a minute" : "\(minutes) minutes"), then try again"
        )
      }
    }
    var screen = Screen("Sign in", "sign-in", SignInModel(entry, keeping: kept))
    screen.hasProblems = !entry.isSound
    return await framed(screen, status: 401, nil)
  }

  /// More than a form may hold: no page of this site lets anybody type as much.
  private func tooLong() async -> Response {
    logRefusal("a request was refused", ["status": "413"])
    let screen = Screen("This is too long", "too-long", NoModel())
    return await framed(screen, status: 413, nil)
  }

  private func note(_ action: String, _ account: Account) throws {
    try node.replica.audit([
      AuditEntry(at: node.now, account: account.name, role: account.role, action: action)
    ])
  }

  /// Somebody tried to sign in in vain. A name that nobody has is not written down: it may be a password,
  /// typed in the wrong place.
  private func noteFailed(_ name: String) throws {
    let account = try people.accounts().first { $0.name == name }
    try node.replica.audit([
      AuditEntry(
        at: node.now, account: account?.name ?? "somebody", role: account?.role ?? "unknown",
        action: "failed-to-sign-in")
    ])
  }

  private func welcome(
    _ page: any Page, _ account: Account, _ session: String, _ kept: Form,
    _ parameters: [String: String], _ address: String
  ) async throws -> Response {
    var response =
      kept.values.isEmpty
      ? Self.redirect(to: address)
      : try await answer(
        page, account, session, kept, parameters, isPost: false, address,
        notice: "You were signed out. Nothing was sent yet: what you typed is still here.")
    response.setCookie(
      Cookie(
        name: cookie, value: session, path: "/", secure: isSecure, httpOnly: true,
        sameSite: .strict))
    return response
  }

  /// Signs somebody out.
  func signOut(_ request: Request) async -> Response {
    guard Self.isOwn(request) else { return await refused(403) }
    if let session = request.cookies[cookie]?.value {
      try? await work { [self] in
        let account = try people.signedIn(session, isActive: false)
        try people.signOut(session)
        if let account { try note("signed-out", account) }
      }
    }
    var response = Self.redirect(to: "/")
    response.setCookie(
      Cookie(
        name: cookie, value: "", maxAge: 0, path: "/", secure: isSecure, httpOnly: true,
        sameSite: .strict))
    return response
  }

  /// What may be logged of an error: its kind, never its words, which may hold what somebody typed.
  private static func safe(_ error: any Error) -> String { "\(type(of: error))" }
}
