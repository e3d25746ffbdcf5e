import Foundation
import HTTPTypes
import Hummingbird
public import Logging
import NIOCore
public import Node
public import ServiceLifecycle
import Transport

/// Serves what the node measures of itself, and whether it is well, over plain HTTP on an address of its own: for a
/// Prometheus on this machine, or behind what guards one.
public struct MetricsService: Service {
  private let node: LocalNode
  private let logger: Logger

  /// Measures of a node.
  public init(_ node: LocalNode, logger: Logger) {
    self.node = node
    self.logger = logger
  }

  /// Serves until it is told to stop.
  /// - Throws: `NodeError` where the address cannot be had.
  public func run() async throws {
    guard let endpoint = node.configuration.metrics else { return }
    let application = Application(
      responder: router.buildResponder(),
      server: .http1(configuration: .init(idleTimeout: Serving.idleTimeout)),
      configuration: ApplicationConfiguration(
        address: .hostname(endpoint.host, port: endpoint.port)),
      logger: Serving.quiet(logger))
    try await Serving.run(application, serving: "metrics", on: endpoint, key: "metrics")
  }

  private var router: Router<BasicRequestContext> {
    let router = Router()
    let node = node
    router.get("metrics") { _, _ in
      do {
        return Self.answer(200, try await node.measures().text, "text/plain; version=0.0.4")
      } catch {
        return Self.answer(503, "the node cannot be measured\n")
      }
    }
    // Whether the process answers at all and reads its replica.
    router.get("healthz") { _, _ in
      do {
        _ = try node.unreadiness()
        return Self.answer(200, "ok\n")
      } catch {
        return Self.answer(503, "the replica cannot be read\n")
      }
    }
    // Whether it is to be relied on.
    router.get("readyz") { _, _ in
      do {
        guard let reason = try node.unreadiness() else { return Self.answer(200, "ready\n") }
        return Self.answer(503, reason + "\n")
      } catch {
        return Self.answer(503, "the replica cannot be read\n")
      }
    }
    return router
  }

  private static func answer(
    _ status: Int, _ text: String, _ type: String = "text/plain; charset=utf-8"
  ) -> Response {
    var headers = HTTPFields()
    headers[.contentType] = type
    headers[.cacheControl] = "no-store"
    return Response(
      status: .init(code: status), headers: headers,
      body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }
}
