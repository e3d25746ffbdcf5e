import Records
public import Replica

/// Something that came and was kept aside.
public struct QuarantineFacts: Encodable, Sendable {
  public let id: String
  public let change: String
  public let from: String
  /// Which device sent it; absent where an agency's own node did.
  public let device: String?
  public let author: String
  public let reason: String
  public let detail: String
  public let held_until: String?
  public let releasable: Bool

  /// Facts of an entry.
  public init(_ entry: QuarantineEntry) {
    id = String(entry.id)
    change = entry.change.description
    from = entry.from.agency.description
    device = entry.from.isDevice ? entry.from.node : nil
    author = entry.author.description
    reason = entry.reason
    detail = entry.detail
    held_until = entry.heldUntil?.description
    releasable = entry.isReleasable
  }
}

extension QuarantineOverflow {
  /// What an administrator is told of it.
  public var text: String {
    "There was no room to keep aside \(changes) changes from \(peer.agency), the last at \(last): "
      + "ask it what it sends, then concord quarantine clear DIR --peer \(peer.agency)"
  }
}
