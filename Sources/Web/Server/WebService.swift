import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTLS
public import Logging
import NIOCore
public import Node
public import ServiceLifecycle
import Transport

/// Serves the practitioner's pages, and the agency's own programs below `/api`: over HTTP where only this machine can
/// reach them, over TLS elsewhere.
public struct WebService: Service {
  private let node: LocalNode
  private let logger: Logger
  private let announce: @Sendable () async -> Void

  /// Pages for a node.
  /// - Parameter announce: told that something was written.
  public init(
    _ node: LocalNode, logger: Logger, announce: @escaping @Sendable () async -> Void
  ) {
    self.node = node
    self.logger = logger
    self.announce = announce
  }

  /// Serves until it is told to stop.
  /// - Throws: `NodeError` where the address cannot be had.
  public func run() async throws {
    guard let endpoint = node.configuration.web else { return }
    let isSecure = !endpoint.isLoopback
    let site = try Site(node, isSecure: isSecure, logger: logger, announce: announce)
    let application = Application(
      responder: Everything(
        next: Self.router(site, isSecure ? nil : endpoint).buildResponder(), site: site,
        programs: ProgramAPI(site)),
      server: isSecure
        ? try .tls(
          .http1(configuration: .init(idleTimeout: Serving.idleTimeout)),
          tlsConfiguration: try WebCertificate.configuration(node))
        : .http1(configuration: .init(idleTimeout: Serving.idleTimeout)),
      configuration: ApplicationConfiguration(
        address: .hostname(endpoint.host, port: endpoint.port)),
      onServerRunning: { channel in
        let port = channel.localAddress?.port ?? endpoint.port
        logger.info("pages are served", metadata: ["at": "\(endpoint.host):\(port)"])
      },
      logger: Serving.quiet(logger))
    try await Serving.run(application, serving: "pages", on: endpoint, key: "web")
    await site.stop()
  }

  private static func router(_ site: Site, _ loopback: Endpoint?) -> Router<WebContext> {
    let router = Router(context: WebContext.self, options: .autoGenerateHeadEndpoints)
    if let loopback { router.add(middleware: OwnHost(loopback, site)) }
    for page in Pages.all {
      router.get(RouterPath(page.path)) { await site.answer(page, $0, $1) }
      router.post(RouterPath(page.path)) { await site.answer(page, $0, $1) }
    }
    // Followed as a link, or gone back to: nothing was asked for.
    router.get("/sign-out") { _, _ in Site.redirect(to: "/") }
    router.post("/sign-out") { request, _ in await site.signOut(request) }
    router.get("/events") { request, context in await site.events(request, context) }
    for asset in Asset.all {
      router.get(RouterPath("/assets/\(asset.name)")) { _, _ in asset.response }
    }
    router.get("**") { await site.answer(NoSuchPage(), $0, $1) }
    router.post("**") { await site.answer(NoSuchPage(), $0, $1) }
    return router
  }
}

/// What every answer says to the browser (OWASP Secure Headers): nothing of another site is loaded or
/// framed, nothing is kept. Also the answers to what no page is asked by (`PUT`, `TRACE`), which are pages too.
private struct Everything<Next: HTTPResponder>: HTTPResponder where Next.Context == WebContext {
  let next: Next
  let site: Site
  let programs: ProgramAPI

  func respond(to request: Request, context: WebContext) async throws -> Response {
    var response: Response
    switch request.method {
    case _ where ProgramAPI.owns(request.uri.path):
      response = await programs.respond(to: request, context)
    case .get, .head, .post:
      do {
        response = try await next.respond(to: request, context: context)
      } catch let error as HTTPError {
        response = await site.refused(error.status.code)
      }
    default:
      response = await site.refused(405)
      response.headers[.allow] = "GET, HEAD, POST"
    }
    for (name, value) in fields {
      if let name = HTTPField.Name(name) { response.headers[name] = value }
    }
    return response
  }

  private var fields: [String: String] {
    let policy = [
      "default-src 'none'", "style-src 'self'", "script-src 'self'", "connect-src 'self'",
      "img-src 'self'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'",
    ].joined(separator: "; ")
    var fields = [
      "Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff",
      "Referrer-Policy": "same-origin", "X-Frame-Options": "DENY",
      "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
      "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    ]
    if site.isSecure { fields["Strict-Transport-Security"] = "max-age=31536000" }
    return fields
  }
}

/// On loopback there is no certificate that names the host: a page of another site must not reach this one
/// by a name of its own that leads here (DNS rebinding).
private struct OwnHost: RouterMiddleware {
  private let names: Set<String>
  private let site: Site

  init(_ endpoint: Endpoint, _ site: Site) {
    self.site = site
    names = Set([endpoint.host, "localhost", "127.0.0.1", "[::1]"])
  }

  func handle(
    _ request: Request, context: WebContext,
    next: (Request, WebContext) async throws -> Response
  ) async throws -> Response {
    let host = request.head.authority ?? ""
    let name = host.lastIndex(of: ":").map { String(host[..<$0]) } ?? host
    guard names.contains(name) || names.contains(host) else {
      site.logRefusal("a request was refused", ["status": "421"])
      return Response(status: .misdirectedRequest)
    }
    return try await next(request, context)
  }
}
