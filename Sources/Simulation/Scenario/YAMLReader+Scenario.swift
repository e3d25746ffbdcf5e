import Agreements

/// What scenarios say of times, rates and numbers.
extension YAMLReader {
  /// A duration in milliseconds, as `250ms`, `30s`, `5m`, `2h`, `21d`.
  func duration() throws(DocumentError) -> Int64 {
    try read("a duration as 250ms, 30s, 5m, 2h or 21d", by: Self.duration)
  }

  /// One duration, or two as `5s..60s`.
  func durations() throws(DocumentError) -> ClosedRange<Int64> {
    try read("a duration as 30s, or two as 5s..60s") { text in
      guard let dots = text.firstRange(of: "..") else {
        return Self.duration(text).map { $0...$0 }
      }
      guard let low = Self.duration(String(text[..<dots.lowerBound])),
        let high = Self.duration(String(text[dots.upperBound...])), low <= high
      else { return nil }
      return low...high
    }
  }

  /// `{every: 30s, lasting: 5s..60s}`.
  func rate() throws(DocumentError) -> Scenario.Rate {
    let fields = try mapping(["every", "lasting"])
    return Scenario.Rate(
      every: try fields.required("every").duration(),
      lasting: try fields.optional("lasting")?.durations() ?? 0...0)
  }

  /// A number from 0.
  func count() throws(DocumentError) -> Int {
    try read("a whole number from 0") { text in Int(text).flatMap { $0 >= 0 ? $0 : nil } }
  }

  /// Numbers under names.
  func counts() throws(DocumentError) -> [String: Int] {
    var counts: [String: Int] = [:]
    for (key, value) in try entries() { counts[key] = try value.count() }
    return counts
  }

  /// `HH:MM`, in milliseconds since midnight.
  func timeOfDay() throws(DocumentError) -> Int64 {
    try read("a time as 09:30") { text in
      let parts = text.split(separator: ":", omittingEmptySubsequences: false)
      guard parts.count == 2, text.count == 5, let hours = Int64(parts[0]),
        let minutes = Int64(parts[1]), (0..<24).contains(hours), (0..<60).contains(minutes)
      else { return nil }
      return (hours * 60 + minutes) * 60_000
    }
  }

  /// One of a list of words.
  func choice<Word: RawRepresentable & CaseIterable>(
    _ words: Word.Type
  ) throws(DocumentError) -> Word where Word.RawValue == String {
    let known = Word.allCases.map(\.rawValue).joined(separator: ", ")
    return try read("one of \(known)") { Word(rawValue: $0) }
  }

  private static func duration(_ text: String) -> Int64? {
    let units: [(String, Int64)] = [
      ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]
    for (unit, milliseconds) in units where text.hasSuffix(unit) {
      let digits = text.dropLast(unit.count)
      guard !digits.isEmpty, digits.allSatisfy(\.isNumber), let number = Int64(digits) else {
        continue
      }
      let (product, overflow) = number.multipliedReportingOverflow(by: milliseconds)
      return overflow || product == 0 ? nil : product
    }
    return nil
  }
}
