import Casework
import Logging
import Records
import Replica

extension SyncEngine {
  /// How often it is looked whether the ledger of notifications has to be kept. Escalation counts in
  /// minutes.
  private static let ledgerInterval: Duration = .seconds(15)

  /// Enters arrivals and escalations until cancelled. What keeps it from that is logged once, until
  /// something else does.
  func keepLedger() async {
    var (problem, watch) = ("", LedgerWatch())
    while !Task.isCancelled {
      do {
        let (node, seen) = (context.node, watch)
        let kept = try await context.replica { _, now in try seen.keep(of: node, at: now) }
        watch = kept.watch
        if kept.entered > 0 { changed() }
        problem = ""
      } catch is CancellationError {
        return
      } catch {
        watch = LedgerWatch()
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
