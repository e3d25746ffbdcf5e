import Foundation
import Records

/// What all vectors share: keys, agencies and times that are made up and marked as such.
enum Fixed {
  static let police = known(AgencyID("police.example"))
  static let care = known(AgencyID("care.example"))
  static let school = known(AgencyID("school.999001"))
  static let policeKey = known(SigningKey(seed: Data(repeating: 1, count: 32)))
  static let careKey = known(SigningKey(seed: Data(repeating: 2, count: 32)))
  static let schoolKey = known(SigningKey(seed: Data(repeating: 3, count: 32)))
  /// A second device of the police.
  static let deviceKey = known(SigningKey(seed: Data(repeating: 4, count: 32)))
  static let agreement = known(Digest(Data(repeating: 0x11, count: 32)))
  static let record = known(RecordID("0f0e0d0c-0b0a-4908-8706-050403020100"))
  static let otherRecord = known(RecordID("1f1e1d1c-1b1a-4918-9716-151413121110"))
  /// 2026-09-01T08:30:00.000Z and a counter.
  static let time = HLC(milliseconds: 1_788_251_400_000, counter: 0x0123)

  /// A value that is right as it stands in this file.
  static func known<T>(_ value: T?) -> T {
    guard let value else { preconditionFailure("a fixed value is malformed") }
    return value
  }

  static func time(_ seconds: Int64, _ counter: UInt16 = 0) -> HLC {
    HLC(milliseconds: time.milliseconds + seconds * 1000, counter: counter)
  }
}

/// SplitMix64 (Steele, Lea and Flood, 2014): the same numbers from the same seed, everywhere.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
