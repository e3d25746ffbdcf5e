import Records

/// What of a plan can keep a notification from its school.
struct Obstacles {
  private struct Obstacle {
    let span: ClosedRange<Int64>
    let cause: (_ issuer: Int, _ school: Int) -> LateCause?
  }

  private let obstacles: [Obstacle]
  private let clocks: [ClockFault]

  /// A clock that was moved. What a jump or a drift made of it stays when the fault is over.
  private struct ClockFault {
    let node: Int
    let at: Int64
    let until: Int64
    /// At once, in milliseconds.
    let jump: Int64
    let partsPerMillion: Int64

    init?(_ action: Action) {
      (at, until) = (action.at, action.until)
      switch action.kind {
      case .skew(let node, let milliseconds), .jump(let node, let milliseconds):
        (self.node, jump, partsPerMillion) = (node, abs(milliseconds), 0)
      case .drift(let node, let parts): (self.node, jump, partsPerMillion) = (node, 0, abs(parts))
      default: return nil
      }
    }

    func error(at time: Int64) -> Int64 {
      time < at ? 0 : jump + (min(time, until) - at) * partsPerMillion / 1_000_000
    }
  }

  /// - Parameter aftermath: how long after its end a fault can still hold something up, in
  ///   milliseconds: until nodes dial again and look at their ledgers.
  init(_ actions: [Action], aftermath: Int64) {
    clocks = actions.compactMap(ClockFault.init)
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

  /// By how much two nodes' clocks may be wrong together at a time, at most, in milliseconds.
  func clockError(of issuer: Int, _ school: Int, at time: Int64) -> Int64 {
    clocks.filter { [issuer, school].contains($0.node) }.map { $0.error(at: time) }.reduce(0, +)
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
