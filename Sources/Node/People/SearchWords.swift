import Foundation
import Records

/// How names are compared when somebody looks for one: without accents, case and punctuation.
public enum SearchWords {
  /// The words of a text, folded. A day as `4/3/2016` counts as `2016-03-04`.
  public static func of(_ text: String) -> [String] {
    text.split { $0.isWhitespace || $0 == "," }.flatMap { part in
      day(String(part)).map { [$0] } ?? part.split(separator: "-").map(folded)
    }.filter { !$0.isEmpty }
  }

  /// A text as one folded phrase, to compare whole names by.
  public static func phrase(_ text: String) -> String { of(text).joined(separator: " ") }

  /// Whether each word is one of those known, or the beginning of one.
  public static func match(_ words: [String], _ known: [String], isWhole: Bool = false) -> Bool {
    words.allSatisfy { word in known.contains { isWhole ? $0 == word : $0.hasPrefix(word) } }
  }

  private static func folded(_ word: Substring) -> String {
    let letters = word.decomposedStringWithCanonicalMapping.lowercased().unicodeScalars
      .filter { $0.properties.isAlphabetic || ("0"..."9").contains($0) }
    return String(String.UnicodeScalarView(letters))
  }

  private static func day(_ text: String) -> String? {
    if LocalDate(text) != nil { return text }
    let parts = text.split(whereSeparator: { "/.-".contains($0) }).map { Int($0) }
    guard parts.count == 3, let day = parts[0], let month = parts[1], let year = parts[2] else {
      return nil
    }
    return LocalDate(year: year, month: month, day: day)?.description
  }
}
