import Foundation
import Logging
import Records
import Transport

extension SyncEngine {
  private static let expiryInterval: Duration = .seconds(86_400)

  /// Says once a day which certificates and keys expire soon, until cancelled.
  func watchExpiry() async {
    while !Task.isCancelled {
      do {
        let (node, leaf) = (context.node, context.tls.leaf)
        for expiry in try await context.replica({ _, _ in try node.expiring(running: leaf) }) {
          context.logger.warning("expiry", metadata: ["warning": "\(expiry)"])
        }
      } catch {
        context.logger.warning("expiry", metadata: ["warning": "\(error)"])
      }
      try? await Task.sleep(for: Self.expiryInterval)
    }
  }
}
