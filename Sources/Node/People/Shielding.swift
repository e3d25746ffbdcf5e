import Casework
import Records
import Replica
import Synchronization

/// Works out what is kept from whom (shielding, domain rules 18 and 19). What refers to something hidden
/// is hidden too, and what refers to that: a notification tells of its child. It is worked out once for
/// each person and position of the log.
public final class Shielding: Sendable {
  private struct Known {
    let viewer: Viewer
    let position: Int64
    let hidden: Hidden
  }

  private let node: LocalNode
  private let known = Mutex<[String: Known]>([:])

  /// Shielding at a node.
  public init(_ node: LocalNode) { self.node = node }

  /// What is kept from somebody, as of a state of the index.
  /// - Throws: `ReplicaError`.
  public func hidden(from viewer: Viewer, _ index: CaseIndex.State) throws -> Hidden {
    let name = viewer.account.name
    let before = known.withLock { $0[name] }
    if let before, before.viewer == viewer, before.position == index.position {
      return before.hidden
    }
    let hidden = try worked(out: viewer, index)
    known.withLock {
      $0[name] = Known(viewer: viewer, position: index.position, hidden: hidden)
    }
    return hidden
  }

  private func worked(out viewer: Viewer, _ index: CaseIndex.State) throws -> Hidden {
    var hidden = Hidden()
    var found: [RecordID] = []
    for (id, restriction) in index.restrictions where viewer.isMeant(by: restriction.people) {
      for target in restriction.records {
        if restriction.fields.isEmpty {
          found.append(target)
        } else {
          hidden.fields[target, default: []].formUnion(restriction.fields)
        }
      }
      found.append(id)
    }
    if let role = viewer.opensAs {
      for (id, roles) in index.notFor where roles.contains(role) {
        found.append(id)
        // What cannot be read now must not show its incident meanwhile.
        do {
          if let incident = try node.notification(id).incident { found.append(incident) }
        } catch ReplicaError.notFound {
          continue
        }
      }
    }
    while let next = found.popLast() {
      guard hidden.records.insert(next).inserted else { continue }
      found += try node.replica.recordIDs(referringTo: next)
    }
    return hidden
  }
}
