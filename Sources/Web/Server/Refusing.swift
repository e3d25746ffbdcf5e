import Logging
import Node
import Records
import Replica

extension Site {
  /// Writes down that somebody was refused what they may not do (OWASP ASVS 7.2.2): so many times in ten minutes, and
  /// then once that there are more. They are refused also where that cannot be written.
  /// - Parameter detail: the page or the operation, never what was typed.
  func noteRefused(_ account: String, role: String, detail: String) {
    var detail = detail
    if case .tooMany(let seconds, let isFirst) = refusals.count(of: account) {
      guard isFirst else { return }
      detail += ", and more, which are not written down for \(seconds) seconds"
    }
    do {
      try node.replica.audit([
        AuditEntry(
          at: node.now, account: account, role: role, action: "was-refused", detail: detail)
      ])
    } catch {
      logger.error(
        "a refusal could not be written down", metadata: ["reason": "\(type(of: error))"])
    }
  }

  /// Logs that something was refused that a form or a program sent (OWASP ASVS 7.1.3), each kind so many times in ten
  /// minutes: ids and codes, never what was sent.
  func logRefusal(_ what: Logger.Message, _ metadata: Logger.Metadata) {
    switch loggedRefusals.count(of: what.description) {
    case .few: logger.info(what, metadata: metadata)
    case .tooMany(let seconds, isFirst: true):
      logger.notice(what, metadata: ["and": "more, which are not logged for \(seconds) seconds"])
    case .tooMany: break
    }
  }
}
