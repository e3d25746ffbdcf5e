import Logging
import Node
import Records
import Replica

extension Site {
  /// Writes down that somebody was refused what they may not do (OWASP ASVS 7.2.2), as long as there are not too many.
  /// - Parameter detail: the page or the operation, never what was typed.
  /// - Throws: `ReplicaError` where the audit cannot be written.
  func noteRefused(_ account: String, role: String, detail: String) throws {
    guard refusals.wait(of: account) == nil else { return }
    try node.replica.audit([
      AuditEntry(
        at: node.now, account: account, role: role, action: "was-refused", detail: detail)
    ])
  }

  /// Logs that something was refused that a form or a program sent (OWASP ASVS 7.1.3), as long as there are not too
  /// many: ids and codes, never what was sent.
  func logRefusal(_ what: Logger.Message, _ metadata: Logger.Metadata) {
    // No account and no address is called so.
    guard refusals.wait(of: "the log") == nil else { return }
    logger.info(what, metadata: metadata)
  }
}
