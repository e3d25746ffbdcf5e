import Foundation
import Records
import Replica
import SyncProtocol
import Transport

extension SyncEngine {
  /// Compares both streams with a peer, has what is missing go, and compares again.
  /// - Throws: `NodeError` where the peer could not be reached or the link closed.
  func verify(with agency: AgencyID, timeout: Duration) async throws -> VerifyReport {
    let deadline = ContinuousClock.now.advanced(by: timeout)
    let first = try await compared(with: agency, until: deadline)
    let found = first.missingHere + first.missingThere
    guard found > 0 else { return Self.report(first, mended: 0) }
    let second = try await compared(with: agency, until: deadline)
    return Self.report(
      first, mended: max(0, found - second.missingHere - second.missingThere))
  }

  private static func report(_ tally: ComparisonTally, mended: Int) -> VerifyReport {
    VerifyReport(
      equal: tally.missingHere + tally.missingThere == 0, missing_here: tally.missingHere,
      missing_there: tally.missingThere, mended: mended, bytes: tally.bytes,
      round_trips: tally.roundTrips)
  }

  /// One comparison of both streams, between two moments at which both sides are quiet.
  private func compared(
    with agency: AgencyID, until deadline: ContinuousClock.Instant
  ) async throws -> ComparisonTally {
    var problem = ""
    repeat {
      let session = try await reached(agency)
      var tally = ComparisonTally()
      if let failure = await quiet(session, until: deadline) {
        problem = failure
      } else if await tally.add(session.compare(isOfMine: true)),
        await tally.add(session.compare(isOfMine: false))
      {
        _ = await quiet(session, until: deadline)
        return tally
      } else {
        problem = "the link closed, or another comparison is under way"
      }
      try await Task.sleep(for: .milliseconds(100))
    } while ContinuousClock.now < deadline && Self.isCrossed(problem)
    throw NodeError("\(agency): \(problem); try again")
  }

  private func reached(_ agency: AgencyID) async throws(NodeError) -> LinkSession {
    do {
      return try await session(to: agency).session
    } catch {
      throw NodeError("\(agency): \(TLSProblem.describe(error)); try again")
    }
  }
}

/// Two comparisons added up.
private struct ComparisonTally {
  var missingHere = 0
  var missingThere = 0
  var bytes = 0
  var roundTrips = 0

  /// - Returns: whether there was a comparison.
  mutating func add(_ comparison: Comparison?) -> Bool {
    guard let comparison else { return false }
    missingHere += comparison.settled.missingHere
    missingThere += comparison.settled.missingThere
    bytes += comparison.found.bytes
    roundTrips += comparison.found.roundTrips
    return true
  }
}
