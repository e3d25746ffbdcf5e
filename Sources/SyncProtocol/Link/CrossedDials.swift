public import Records

/// Of two connections between the same nodes one stays, and both ends must choose the same.
///
/// Nodes may dial each other at once: then the connection stays that the node of the smaller name dialled. Else a node
/// that dials has no link any more, whatever the other end believes: its machine may have lost power, or its
/// network, without a word. The newer connection stays then, or nothing would reach it until the other end had
/// noticed the silence.
public enum CrossedDials {
  /// Whether the older connection stays, and the newer is closed.
  /// - Parameters:
  ///   - old: whether this node dialled the older one.
  ///   - new: whether this node dialled the newer one.
  ///   - age: for how long the older one had been there at this end when the newer one was.
  public static func keepOlder(
    dialled old: Bool, over new: Bool, age: Duration, at me: NodeName, with peer: NodeName
  ) -> Bool {
    guard old != new, age < Limits.Link.crossing else { return false }
    return old == (me < peer)
  }
}
