import Records

/// What of a plan can keep a notification from its school.
struct Obstacles {
  private struct Obstacle {
    let span: ClosedRange<Int64>
    let cause: (_ issuer: Int, _ school: Int) -> LateCause?
  }

  private let obstacles: [Obstacle]

  /// - Parameter aftermath: how long after its end a fault can still hold something up, in
  ///   milliseconds: until nodes dial again and look at their ledgers.
  init(_ actions: [Action], aftermath: Int64) {
    obstacles = actions.compactMap { action in
      Self.cause(action.kind).map {
        Obstacle(span: action.at...(action.until + aftermath), cause: $0)
      }
    }
  }

  /// What stood between two nodes at some time of a span, the plainest first.
  func cause(between issuer: Int, _ school: Int, during span: ClosedRange<Int64>) -> LateCause? {
    let causes = obstacles.filter { $0.span.overlaps(span) }.compactMap { $0.cause(issuer, school) }
    return LateCause.allCases.first(where: causes.contains)
  }

  private static func cause(_ kind: Action.Kind) -> ((Int, Int) -> LateCause?)? {
    func concerns(_ node: Int, _ cause: LateCause) -> (Int, Int) -> LateCause? {
      { issuer, school in node == issuer || node == school ? cause : nil }
    }
    switch kind {
    case .offline(let node):
      return { issuer, school in
        node == school ? .schoolOffline : node == issuer ? .issuerOffline : nil
      }
    case .crash(let node, _), .disk(let node, _), .restore(let node):
      return concerns(node, .nodeDown)
    case .refused(let node): return concerns(node, .network)
    case .partition(let nodes):
      return { nodes.contains($0) != nodes.contains($1) ? .network : nil }
    case .oneWay(let from, let to):
      return { [from, to].sorted() == [$0, $1].sorted() ? .network : nil }
    case .cut(let from, let to, _, _), .repeated(let from, let to):
      return { [from, to].sorted() == [$0, $1].sorted() ? .network : nil }
    case .skew(let node, _), .jump(let node, _), .drift(let node, _):
      return concerns(node, .network)
    case .write, .resolve, .issue, .withdraw, .attend, .join, .draft, .sign, .hostile: return nil
    }
  }
}
