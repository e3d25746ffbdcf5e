/// What can be worked out from some sums by adding and subtracting them: their linear span, over the
/// integers modulo a prime so large that no accident of reduction matters.
struct LinearSpan {
  private static let prime: UInt64 = 2_305_843_009_213_693_951
  private var rows: [(lead: Int, row: [UInt64])] = []

  init(_ vectors: [[UInt64]]) {
    for vector in vectors {
      let rest = reduced(vector)
      guard let lead = rest.firstIndex(where: { $0 != 0 }) else { continue }
      let inverse = Self.power(rest[lead], Self.prime - 2)
      rows.append((lead, rest.map { Self.times($0, inverse) }))
    }
  }

  func contains(_ vector: [UInt64]) -> Bool { reduced(vector).allSatisfy { $0 == 0 } }

  private func reduced(_ vector: [UInt64]) -> [UInt64] {
    var vector = vector
    for (lead, row) in rows where vector[lead] != 0 {
      let factor = vector[lead]
      for index in vector.indices {
        vector[index] = Self.minus(vector[index], Self.times(factor, row[index]))
      }
    }
    return vector
  }

  private static func times(_ one: UInt64, _ other: UInt64) -> UInt64 {
    let (high, low) = one.multipliedFullWidth(by: other)
    return prime.dividingFullWidth((high, low)).remainder
  }

  private static func minus(_ one: UInt64, _ other: UInt64) -> UInt64 {
    one >= other ? one - other : one + (prime - other)
  }

  private static func power(_ base: UInt64, _ exponent: UInt64) -> UInt64 {
    var (result, base, exponent) = (UInt64(1), base, exponent)
    while exponent > 0 {
      if exponent & 1 == 1 { result = times(result, base) }
      base = times(base, base)
      exponent >>= 1
    }
    return result
  }
}
