import Foundation
import Records
import SyncProtocol
import Transport

extension SyncEngine {
  /// Exchanges with peers until both sides are quiet, dialling those without a link.
  func sync(with only: AgencyID?, timeout: Duration) async -> SyncReport {
    var peers = await peers()
    if let only { peers = peers.filter { $0 == only } }
    let reports = await withTaskGroup(of: SyncReport.Peer.self) { tasks in
      for agency in peers {
        tasks.addTask { await self.sync(agency, timeout: timeout) }
      }
      var reports: [SyncReport.Peer] = []
      for await report in tasks { reports.append(report) }
      return reports
    }
    return SyncReport(peers: reports.sorted { $0.agency < $1.agency })
  }

  private func sync(_ agency: AgencyID, timeout: Duration) async -> SyncReport.Peer {
    var report = SyncReport.Peer(
      agency: agency.description, sent: 0, received: 0, quarantined: 0)
    let clock = ContinuousClock()
    let deadline = clock.now.advanced(by: timeout)
    var backoff = Backoff()
    // A crossed dial may close the first connection in favour of another; that one is used then.
    repeat {
      do {
        let (session, task) = try await session(to: agency)
        let before = task == nil ? session.counts : SessionCounts()
        report.error = await quiet(session, until: deadline).map { said($0, session) }
        report.sent += session.counts.sent - before.sent
        report.received += session.counts.received - before.received
        report.quarantined += session.counts.quarantined - before.quarantined
        if report.error == nil { return report }
      } catch {
        report.error = TLSProblem.describe(error)
      }
      guard report.error.map(Self.isCrossed) ?? false else { return report }
      var generator = SystemRandomNumberGenerator()
      try? await Task.sleep(for: backoff.next(using: &generator))
    } while clock.now < deadline
    return report
  }

  /// Why an exchange ended; of a device that was not even greeted, what that may mean.
  private func said(_ problem: String, _ session: LinkSession) -> String {
    guard context.node.configuration.device != nil, session.standing == .zero,
      !Self.isCrossed(problem)
    else { return problem }
    return "\(problem); the agency does not let this device in, or has enrolled it anew since (ask "
      + "its administrator: concord device list)"
  }

  /// Whether an exchange ended because the two nodes keep another connection, whichever of them
  /// closed first.
  static func isCrossed(_ problem: String) -> Bool {
    let passing = [LinkFailure.superseded, .beginsAnew]
    return (passing + passing.map { .peerClosed($0.description) }).contains {
      $0.description == problem
    }
  }

  func session(
    to agency: AgencyID
  ) async throws -> (session: LinkSession, task: Task<Void, Never>?) {
    if let session = session(with: NodeName(agency: agency)) { return (session, nil) }
    let session = begin(try await dial(agency))
    return (session, Task { await self.run(session) })
  }

  func quiet(
    _ session: LinkSession, until deadline: ContinuousClock.Instant
  ) async -> String? {
    let limit = Task {
      try await Task.sleep(until: deadline, clock: .continuous)
      session.close(.silence)
    }
    defer { limit.cancel() }
    return await session.quiet()
  }
}
