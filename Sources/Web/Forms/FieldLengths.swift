import Foundation

/// How long what is typed may be: a page has to load in a car, and whoever reads it has little time.
enum FieldLengths {
  /// For words of several lines: two printed pages.
  static let text = 4_000
  /// Of what is too long no more than this is sent back, so that the page that says so is no longer either.
  static let keptBytes = 10_000

  /// The length that a field may have, in characters.
  static func most(_ field: String) -> Int {
    let name = field.replacingOccurrences(
      of: "^child-[0-9]+-", with: "", options: .regularExpression)
    if ["-day", "-month", "-year"].contains(where: name.hasSuffix) { return 20 }
    if name.hasPrefix("reason-") { return 500 }
    return switch name {
    case "name", "school", "time", "sign-in-name": 200
    case "place", "reason", "because", "task", "other": 500
    case "people": 1_000
    // Lists that the page itself put there.
    case "seen": keptBytes
    default: text
    }
  }

  /// What a field is called where a sentence begins with it.
  static func name(_ field: String) -> String {
    let parts = field.split(separator: "-")
    if parts.first == "child", parts.count > 2, let last = parts.last {
      return "Child \(parts[1]): the \(last == "name" ? "name" : "entry")"
    }
    return names[field] ?? "This entry"
  }

  private static let names = [
    "context": "What the school has to know", "words": "The words", "wishes": "The wishes",
    "circumstances": "What happened", "place": "Where", "actions": "What is done",
    "detail": "For the hub", "reason": "The reason", "because": "The reason",
    "people": "The list of people", "task": "What is done", "goals": "What the plan is for",
    "needs": "What is needed", "other": "What is right instead", "name": "The name",
    "time": "The time",
  ]

  /// A number as people write one: `80,112`.
  static func spoken(_ number: Int) -> String {
    var (digits, text) = (Array("\(number)"), "")
    while digits.count > 3 {
      text = "," + String(digits.suffix(3)) + text
      digits.removeLast(3)
    }
    return String(digits) + text
  }

  /// The beginning of a text that takes no more than so many bytes on a page, where some characters
  /// take several (`&amp;`).
  static func beginning(of text: String, bytes most: Int) -> Substring {
    // Most texts are short: looked through only where it may matter.
    guard text.utf8.count * 6 > most else { return text[...] }
    var taken = 0
    for place in text.indices {
      taken += "&<>\"'".contains(text[place]) ? 6 : text[place].utf8.count
      if taken > most { return text[..<place] }
    }
    return text[...]
  }
}

extension Form {
  /// Says at each field that is too long how long it is.
  mutating func checkLengths() {
    for (field, value) in values.sorted(by: { $0.key < $1.key }) {
      let most = FieldLengths.most(field)
      // Fewer bytes than that are fewer characters.
      let typed = cutLengths[field] ?? (value.utf8.count > most ? text(field)?.count ?? 0 : 0)
      guard typed > most else { continue }
      let kept =
        cutLengths[field] == nil ? "" : " Only the beginning is still here."
      fail(
        field,
        "\(FieldLengths.name(field)) must be \(FieldLengths.spoken(most)) characters or fewer. "
          + "You typed \(FieldLengths.spoken(typed)).\(kept)")
    }
  }
}
