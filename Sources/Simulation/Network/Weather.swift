/// What is wrong with the network now. Faults of one kind may overlap; each counts until it ends.
struct Weather {
  private var refusing: [Int: Int] = [:]
  private var offline: [Int: Int] = [:]
  private var splits: [Int: Set<Int>] = [:]
  private var blocked: [Int: (from: Int, to: Int)] = [:]

  mutating func refuse(_ node: Int, by: Int) { refusing[node, default: 0] += by }
  mutating func goOffline(_ node: Int, by: Int) { offline[node, default: 0] += by }
  mutating func split(_ nodes: Set<Int>, action: Int) { splits[action] = nodes }
  mutating func block(from: Int, to: Int, action: Int) { blocked[action] = (from, to) }

  /// Ends a split or a block.
  mutating func clear(_ action: Int) {
    splits[action] = nil
    blocked[action] = nil
  }

  /// Ends everything.
  mutating func calm() { self = Weather() }

  func refuses(_ node: Int) -> Bool { refusing[node, default: 0] > 0 }
  func isOffline(_ node: Int) -> Bool { offline[node, default: 0] > 0 }

  /// Whether what one node sends reaches another.
  func passes(from: Int, to: Int) -> Bool {
    guard !isOffline(from), !isOffline(to) else { return false }
    if splits.values.contains(where: { $0.contains(from) != $0.contains(to) }) { return false }
    return !blocked.values.contains { $0.from == from && $0.to == to }
  }
}
