import Records
import Replica

/// What a session had moved when it was looked at last, and when its streams were summed up.
private struct Moved {
  var last = 0
  var summed = 0
}

extension SyncEngine {
  private static let quiet: Duration = .seconds(5)
  /// Changes from which on it is worth a transaction: fewer cost a comparison next to nothing.
  private static let many = 256

  /// Sums up in quiet moments what went over the links, so that comparing costs little however much there is,
  /// until cancelled.
  func keepSummed() async {
    var known: [ObjectIdentifier: Moved] = [:]
    while !Task.isCancelled {
      try? await Task.sleep(for: Self.quiet)
      var next: [ObjectIdentifier: Moved] = [:]
      for (peer, session) in sessions {
        var moved = known[ObjectIdentifier(session)] ?? Moved()
        let now = session.counts.moved
        if now == moved.last, now - moved.summed >= Self.many {
          await sumUp(with: peer, whileQuiet: session)
          moved.summed = now
        }
        moved.last = now
        next[ObjectIdentifier(session)] = moved
      }
      known = next
    }
  }

  private func sumUp(with peer: NodeName, whileQuiet session: LinkSession) async {
    let before = session.counts.moved
    for isOfMine in [true, false] {
      while session.counts.moved == before, session.isEstablished {
        let isDone = try? await context.replica { replica, _ in
          try replica.sumUp(with: peer, isOfMine: isOfMine)
        }
        // What could not be read or written is said where it is compared.
        if isDone ?? true { break }
      }
    }
  }
}

extension SessionCounts {
  fileprivate var moved: Int { sent + received }
}
