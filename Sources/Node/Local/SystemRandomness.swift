public import Foundation
import Records

/// The system's randomness, fetched in blocks: a batch of changes draws tens of thousands of numbers, and each would be
/// a call of its own into the system.
public struct SystemRandomness: RandomNumberGenerator, Sendable {
  private var block: [UInt64] = []
  /// What the system gives at once (getentropy(3): at most 256 bytes).
  private static let numbersAtOnce = 32

  /// Nothing is fetched before it is asked for.
  public init() {}

  public mutating func next() -> UInt64 {
    if block.isEmpty { block = Self.fetched() }
    return block.removeLast()
  }

  /// So many bytes that nobody can guess.
  @Sendable public static func bytes(_ count: Int) -> Data {
    var generator = SystemRandomness()
    return .random(count: count, using: &generator)
  }

  private static func fetched() -> [UInt64] {
    [UInt64](unsafeUninitializedCapacity: numbersAtOnce) { buffer, filled in
      let bytes = UnsafeMutableRawBufferPointer(buffer)
      if let start = bytes.baseAddress, getentropy(start, bytes.count) == 0 {
        filled = buffer.count
        return
      }
      // Where the system refuses, Swift knows other ways, number by number.
      var generator = SystemRandomNumberGenerator()
      buffer.initializeElement(at: 0, to: generator.next())
      filled = 1
    }
  }
}
