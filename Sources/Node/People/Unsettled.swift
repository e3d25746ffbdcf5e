public import Casework
public import Records

/// A notification that somebody still has to do something about, with what decides its place beside it: a
/// page that shows fifty of them looks at all, and copies none.
public struct Unsettled: Sendable {
  let dueAt: Instant
  /// Whether it is late once its deadline is over.
  let isUnopened: Bool
  /// Whether it waits for this agency, late or not.
  let waitsHere: Bool
  private let kept: Kept

  /// The notification.
  public var notification: NotificationCase { kept.notification }

  /// - Parameter agency: whose node this is.
  init(_ found: NotificationCase, at agency: AgencyID) {
    dueAt = found.dueAt ?? Instant(milliseconds: .max)
    isUnopened = found.dueAt != nil && found.withdrawn == nil && found.state < .opened
    waitsHere = found.school == agency || found.waits(at: agency)
    kept = Kept(notification: found)
  }

  /// One place in memory for everything: a copy of it is a count of one.
  private final class Kept: Sendable {
    let notification: NotificationCase

    init(notification: NotificationCase) { self.notification = notification }
  }
}

extension CaseIndex.State {
  /// What this agency has to do something about, in the order of `Inbox`: what is addressed or escalated to
  /// it, and what nobody has opened in time.
  /// - Parameter hidden: what is kept from whoever asks.
  public func waiting(at now: Instant, except hidden: Set<RecordID>) -> [RecordID] {
    var places: [Place] = []
    unsettled.forEach { id, found in
      let isLate = found.isUnopened && now >= found.dueAt
      guard isLate || found.waitsHere, !hidden.contains(id) else { return }
      places.append(Place(order: isLate ? 0 : 1, dueAt: found.dueAt, id: id))
    }
    places.sort { ($0.order, $0.dueAt, $0.id) < ($1.order, $1.dueAt, $1.id) }
    return places.map(\.id)
  }

  private struct Place {
    let order: Int
    let dueAt: Instant
    let id: RecordID
  }
}
