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
    var (problem, watch, alert) = ("", LedgerWatch(), WaitingAlert())
    while !Task.isCancelled {
      do {
        let (node, seen) = (context.node, watch)
        let kept = try await context.replica { _, now in try seen.keep(of: node, at: now) }
        watch = kept.watch
        if kept.entered > 0 { await changed() }
        problem = ""
        alert.see(watch.waiting)
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
      await send(&alert)
      try? await Task.sleep(for: Self.ledgerInterval)
    }
  }

  /// Tells people outside the node that something waits, where they have to be told and the agency has a
  /// program for it; again every fifteen seconds until one succeeds.
  private func send(_ alert: inout WaitingAlert) async {
    guard alert.isDue, let program = context.node.configuration.alert else { return }
    do {
      try await AlertProgram(path: program).run()
      alert.sent()
      context.logger.info("somebody was told that something waits")
    } catch {
      context.logger.warning(
        "nobody could be told that something waits", metadata: ["reason": "\(error)"])
    }
  }
}
