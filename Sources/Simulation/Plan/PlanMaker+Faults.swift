import Records

extension PlanMaker {
  /// Draws one fault.
  mutating func fault(_ kind: FaultKind, at: Int64, until: Int64) {
    guard let action = drawn(kind, until - at) else { return }
    add(at: at, until: until, action)
  }

  private mutating func drawn(_ kind: FaultKind, _ lasting: Int64) -> Action.Kind? {
    guard let node = victim() else { return nil }
    let present = present
    let peers = cast.peers(of: node).filter(Set(present).contains)
    guard let peer = peers.randomElement(using: &generator) else { return nil }
    switch kind {
    case .refused: return .refused(node: node)
    case .cut:
      return .cut(
        from: node, to: peer, frames: Int.random(in: 0...6, using: &generator),
        permille: Int.random(in: 1...999, using: &generator))
    case .partition:
      let nodes = present.filter { _ in Bool.random(using: &generator) }
      return .partition(nodes: Set(nodes))
    case .oneWay: return .oneWay(from: node, to: peer)
    case .crash: return .crash(node: node, isSilent: Bool.random(using: &generator))
    case .repeated: return .repeated(from: node, to: peer)
    case .skew: return .skew(node: node, milliseconds: clockError())
    case .jump: return .jump(node: node, milliseconds: clockError())
    case .drift:
      return .drift(
        node: node, partsPerMillion: Int64.random(in: -50_000...50_000, using: &generator))
    case .restore: return .restore(node: node)
    case .diskFull:
      return .disk(node: node, .full(after: Int.random(in: 0...100_000, using: &generator)))
    case .diskError:
      let count = Int.random(in: 0...40, using: &generator)
      return .disk(
        node: node,
        Bool.random(using: &generator) ? .failingWrites(after: count) : .failingSyncs(after: count))
    case .hostile: return hostility()
    }
  }

  /// Whom a fault befalls: anybody; in an area one in twenty times the force, on which all depend.
  private mutating func victim() -> Int? {
    guard cast.isLazy else { return cast.honest.randomElement(using: &generator) }
    let nodes = Int.random(in: 0..<20, using: &generator) == 0 ? nodes([.police]) : present
    return nodes.randomElement(using: &generator)
  }

  /// Up to twenty minutes in either direction: under and over what a receiver puts up with.
  private mutating func clockError() -> Int64 {
    Int64.random(in: -1_200_000...1_200_000, using: &generator)
  }

  private mutating func hostility() -> Action.Kind? {
    let hostile = cast.players.indices.filter { cast.players[$0].isHostile }
    guard let by = hostile.randomElement(using: &generator),
      let act = HostileAct.allCases.randomElement(using: &generator),
      let victim = cast.honest.filter({ cast.areLinked($0, by) }).randomElement(using: &generator)
    else { return nil }
    return .hostile(by: by, against: victim, act)
  }
}
