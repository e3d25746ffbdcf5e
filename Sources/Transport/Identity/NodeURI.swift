import Records

/// A node's name as its certificate carries it: `concord://<federation>/<agency>/<node>`.
struct NodeURI: Hashable, CustomStringConvertible {
  let federation: String
  let node: NodeName

  init(federation: String, node: NodeName) {
    self.federation = federation
    self.node = node
  }

  /// Nothing where the text has another shape.
  init?(_ text: String) {
    guard text.hasPrefix(Self.scheme) else { return nil }
    let parts = text.dropFirst(Self.scheme.count)
      .split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, Name.isValid(parts[0]), let node = NodeName(parts[1]) else {
      return nil
    }
    self.init(federation: parts[0], node: node)
  }

  var description: String { "\(Self.scheme)\(federation)/\(node)" }

  private static let scheme = "concord://"
}
