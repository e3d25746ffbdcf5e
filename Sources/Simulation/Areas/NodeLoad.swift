import FoundationEssentials

/// Says how much processor time the thread that asks has had: only the system knows, so it is passed in.
public typealias WorkClock = @Sendable () -> Duration

/// What a node had to do, hour by hour: how long its replica and its links took on the machine that played
/// it, and what went over its lines. Times depend on the machine, and stand in no trace.
public struct NodeLoad: Sendable {
  /// One hour of the run.
  public struct Hour: Sendable {
    public var busy = Duration.zero
    public var bytesIn = 0
    public var bytesOut = 0
    public var framesIn = 0
    public var framesOut = 0
  }

  /// By hours since the beginning.
  public private(set) var hours: [Hour] = []

  /// All hours together.
  public var total: Hour {
    hours.reduce(into: Hour()) { sum, hour in
      sum.busy += hour.busy
      sum.bytesIn += hour.bytesIn
      sum.bytesOut += hour.bytesOut
      sum.framesIn += hour.framesIn
      sum.framesOut += hour.framesOut
    }
  }

  /// Does something for the node and counts how long it takes.
  /// - Parameter clock: the processor time of this thread; nothing is counted without one.
  mutating func measure<T>(
    at now: Int64, by clock: WorkClock?, _ work: () throws -> T
  ) rethrows -> T {
    guard let clock else { return try work() }
    let began = clock()
    defer { change(now) { $0.busy += clock() - began } }
    return try work()
  }

  mutating func change(_ now: Int64, _ change: (inout Hour) -> Void) {
    let hour = Int(now / 3_600_000)
    if hour >= hours.count {
      hours += Array(repeating: Hour(), count: hour - hours.count + 1)
    }
    change(&hours[hour])
  }
}

/// What frames carry.
public enum FrameContent: String, Hashable, Sendable, CaseIterable {
  case changes
  case documents
  case acknowledgements
  case greetings
  case keepAlive = "keep-alive"
  case comparisons
}
