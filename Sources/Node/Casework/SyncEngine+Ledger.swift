import Logging
import Replica

extension SyncEngine {
  /// How often the ledger of notifications is looked at. Escalation counts in half hours.
  private static let ledgerInterval: Duration = .seconds(15)

  /// Enters arrivals and escalations until cancelled. What keeps it from that is logged once, until
  /// something else does.
  func keepLedger() async {
    var problem = ""
    while !Task.isCancelled {
      do {
        let node = context.node
        let entered = try await context.replica { _, _ in try node.keepLedger() }
        if entered > 0 { changed() }
        problem = ""
      } catch is CancellationError {
        return
      } catch {
        let said = "\(error)"
        if said != problem {
          context.logger.warning(
            "the ledger of notifications could not be kept", metadata: ["reason": "\(said)"])
        }
        problem = said
      }
      try? await Task.sleep(for: Self.ledgerInterval)
    }
  }
}
