public import Foundation
public import Records

/// Bytes that a fuzzer made, taken apart into what a target needs. Where they end, everything is
/// zero or empty: every input means something.
public struct FuzzInput {
  private var rest: Data

  /// Reads from the start of the bytes.
  public init(_ bytes: Data) { rest = bytes }

  var isEmpty: Bool { rest.isEmpty }

  mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

  mutating func number() -> UInt64 {
    (0..<8).reduce(0) { number, _ in number << 8 | UInt64(byte()) }
  }

  /// Bytes behind their length in two bytes.
  mutating func chunk() -> Data {
    let length = Int(byte()) << 8 | Int(byte())
    return take(length)
  }

  mutating func remainder() -> Data { take(rest.count) }

  /// The next bytes, left where they are.
  func prefix(_ count: Int) -> Data { Data(rest.prefix(count)) }

  mutating func skip(_ count: Int) { rest = rest.dropFirst(count) }

  private mutating func take(_ count: Int) -> Data {
    let taken = Data(rest.prefix(count))
    rest = rest.dropFirst(taken.count)
    return taken
  }

  /// A chunk as `chunk()` reads it; what is longer is cut.
  public static func chunk(_ bytes: Data) -> Data {
    let cut = bytes.prefix(Int(UInt16.max))
    var data = Data()
    data.append(bigEndian: UInt16(cut.count))
    return data + cut
  }
}

/// Keys and names that targets and seeds share, so that mutated seeds still carry known keys.
public enum FuzzKeys {
  /// Fixed keys, by number.
  public static func key(_ number: UInt8) -> SigningKey {
    SigningKey(seed: Data(repeating: number, count: 32)) ?? SigningKey()
  }

  /// The agency whose key is number 1, as in the published vectors.
  public static let police = agency("police.example")
  /// The agency whose key is number 2.
  public static let care = agency("care.example")
  /// The agency whose key is number 3.
  public static let school = agency("school.999001")

  private static func agency(_ text: String) -> AgencyID {
    guard let agency = AgencyID(text) else { preconditionFailure("a fixed name is malformed") }
    return agency
  }
}
