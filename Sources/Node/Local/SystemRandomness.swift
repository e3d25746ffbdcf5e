import Crypto

/// The system's randomness, fetched in blocks: a batch of changes draws tens of thousands of numbers, and each would be
/// a call of its own into the system.
struct SystemRandomness: RandomNumberGenerator {
  private var block: [UInt64] = []

  mutating func next() -> UInt64 {
    if block.isEmpty { block = Self.fetched() }
    return block.removeLast()
  }

  private static func fetched() -> [UInt64] {
    SymmetricKey(size: SymmetricKeySize(bitCount: 8 * 1_024)).withUnsafeBytes { bytes in
      (0..<(bytes.count / 8)).map {
        bytes.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self)
      }
    }
  }
}
