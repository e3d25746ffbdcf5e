import Agreements
import Foundation
import Logging
import Records
import Replica
import SyncProtocol
import Transport

extension SyncEngine {
  /// Dials every peer that has no link, again and again, until the task is cancelled.
  func keepDialling() async {
    await withDiscardingTaskGroup { tasks in
      var dialled: Set<AgencyID> = []
      var known: Int64?
      while !Task.isCancelled {
        // New members come with documents, at any time: of a thousand members nobody is looked for twice.
        let version = try? await context.replica { replica, _ in try replica.documentsVersion() }
        if version == nil || version != known {
          for agency in await peers() where dialled.insert(agency).inserted {
            tasks.addTask { await self.keepDialling(agency) }
          }
          known = version
        }
        try? await Task.sleep(for: .milliseconds(500))
      }
      tasks.cancelAll()
    }
  }

  /// Applies what was held until its time, once a second, until the task is cancelled.
  func keepRetrying() async {
    let key = context.admitter
    while !Task.isCancelled {
      try? await Task.sleep(for: .seconds(1))
      do {
        let applied = try await context.replica { replica, now in
          try replica.retryHeld(admittingWith: key, now: now)
        }
        if applied > 0 { changed() }
      } catch is CancellationError {
        return
      } catch {
        context.logger.warning(
          "held changes could not be looked at", metadata: ["reason": "\(error)"])
      }
    }
  }

  /// The agencies whose nodes this one dials, by what is agreed now: a device its own agency's. Devices
  /// are not dialled; they dial in.
  func peers() async -> [AgencyID] {
    let node = context.node
    return (try? await context.replica { _, _ in try node.peers() }) ?? []
  }

  private func keepDialling(_ agency: AgencyID) async {
    var backoff = Backoff()
    var lastProblem = ""
    var refusals = 0
    while !Task.isCancelled {
      if let session = session(with: NodeName(agency: agency)) {
        await session.ending.wait()
        // Who dialled dials again.
        backoff.rest()
      } else {
        do {
          let connection = try await dial(agency)
          lastProblem = ""
          let stood = await serve(connection)
          refusals = stood == .zero ? refusals + 1 : 0
          await note(refusals, by: agency)
          backoff.linkStood(for: stood)
        } catch {
          let problem = TLSProblem.describe(error)
          // Once for each new problem: a peer that is off for a weekend is one line.
          if problem != lastProblem {
            context.logger.notice(
              "peer not reached", metadata: ["peer": "\(agency)", "reason": "\(problem)"])
          }
          lastProblem = problem
        }
      }
      var generator = SystemRandomNumberGenerator()
      try? await Task.sleep(for: backoff.next(using: &generator))
    }
  }

  /// A device that its agency has revoked is not told so: its connections end before the agency's node says
  /// hello. One that stops or is busy does the same to one or two.
  private static let fewRefusals = 3

  private func note(_ refusals: Int, by agency: AgencyID) async {
    guard context.node.configuration.device != nil, refusals == 0 || refusals >= Self.fewRefusals
    else { return }
    try? await context.replica { replica, now in
      try replica.noteRefused(
        by: NodeName(agency: agency), since: refusals == 0 ? nil : now)
    }
  }

  /// Connects to a peer where its card says.
  /// - Throws: `NodeError`, `PeerError` or the network's error.
  func dial(_ agency: AgencyID) async throws -> Connection {
    let node = context.node
    let place = try await context.replica { _, now in try node.place(of: agency, at: now) }
    return try await dialer.connect(
      to: place.endpoint, agency: agency, authorities: place.authorities)
  }
}
