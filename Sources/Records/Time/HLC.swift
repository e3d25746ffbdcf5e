public import FoundationEssentials

/// A hybrid logical clock's stamp: 48 bits of milliseconds since the Unix epoch, 16 of counter.
///
/// After Kulkarni et al., "Logical Physical Clocks" (2014). Stamps order as their raw value.
public struct HLC: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// Milliseconds in the upper 48 bits, the counter in the lower 16.
  public let rawValue: UInt64

  /// Takes a stamp as it stands in a header.
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  /// Composes a stamp; milliseconds outside 48 bits are clamped to them.
  public init(milliseconds: Int64, counter: UInt16) {
    let clamped = UInt64(min(max(milliseconds, 0), (1 << 48) - 1))
    rawValue = clamped << 16 | UInt64(counter)
  }

  /// Milliseconds since the Unix epoch.
  public var milliseconds: Int64 { Int64(rawValue >> 16) }
  /// Orders the stamps of one millisecond.
  public var counter: UInt16 { UInt16(truncatingIfNeeded: rawValue) }
  /// The stamp's wall time.
  public var instant: Instant { Instant(milliseconds: milliseconds) }
  /// Eight bytes, most significant first, as hashed.
  public var bytes: Data {
    var data = Data(capacity: 8)
    data.append(bigEndian: rawValue)
    return data
  }

  public var description: String { "\(instant)+\(counter)" }

  public static func < (left: HLC, right: HLC) -> Bool { left.rawValue < right.rawValue }
}

/// Gives stamps that never go back and are later than all stamps observed.
public struct HybridClock: Hashable, Sendable {
  /// The latest stamp given or observed.
  public private(set) var last: HLC

  /// Goes on after the latest stamp that was given or observed before.
  public init(last: HLC = HLC(rawValue: 0)) { self.last = last }

  /// The next stamp at this wall time.
  ///
  /// A new millisecond starts at a random 12-bit counter, so that the counter tells nothing about
  /// the author's other work. A full counter borrows from the next millisecond.
  public mutating func next(now: Instant, using generator: inout some RandomNumberGenerator) -> HLC
  {
    if now.milliseconds > last.milliseconds {
      let start = UInt16(truncatingIfNeeded: generator.next() & 0x0FFF)
      last = HLC(milliseconds: now.milliseconds, counter: start)
    } else {
      last = HLC(rawValue: last.rawValue + 1)
    }
    return last
  }
}
