import Hummingbird
import Logging
import NIOCore
import Node
import Transport

/// What serving pages and serving measures have in common.
enum Serving {
  /// Who begins a request and does not end it keeps no connection.
  static let idleTimeout: TimeAmount = .seconds(60)

  /// What the library says of its own work is of no use beside what is logged here.
  static func quiet(_ logger: Logger) -> Logger {
    var logger = logger
    logger.logLevel = .warning
    return logger
  }

  /// Serves until it is told to stop.
  /// - Parameter key: what names the address in `concord.yaml`.
  /// - Throws: `NodeError` where the address cannot be had.
  static func run(
    _ application: some ApplicationProtocol, serving what: String, on endpoint: Endpoint,
    key: String
  ) async throws {
    do {
      try await application.run()
    } catch let error as IOError {
      throw NodeError(
        "cannot serve \(what) on \(endpoint): \(TLSProblem.describe(error)); change \(key) in "
          + "concord.yaml")
    }
  }
}
