import Foundation
import Hummingbird
import Records

/// What somebody typed, and what is wrong with it.
struct Form: Sendable {
  private(set) var values: [String: String]
  private(set) var problems: [Problem] = []
  /// How many characters were typed where only the beginning was kept.
  private(set) var cutLengths: [String: Int] = [:]

  /// What is wrong with one field, as its person reads it.
  struct Problem: Hashable, Sendable {
    let field: String
    let text: String
  }

  /// An empty form.
  init(_ values: [String: String] = [:]) {
    self.values = values
    for (field, value) in values {
      guard value.utf8.count > FieldLengths.most(field), value.count > FieldLengths.most(field)
      else { continue }
      let kept = FieldLengths.beginning(of: value, bytes: FieldLengths.keptBytes)
      guard kept.endIndex < value.endIndex else { continue }
      self.values[field] = String(kept)
      cutLengths[field] = value.count
    }
  }

  /// A form as a browser sends it.
  /// - Returns: nothing where it is none.
  init?(body: String) {
    guard !body.isEmpty else {
      self.init()
      return
    }
    guard let values = try? URLEncodedFormDecoder().decode([String: String].self, from: body)
    else { return nil }
    self.init(values)
  }

  /// What was typed into a field, without blanks around it; nothing where there was nothing.
  func text(_ field: String) -> String? {
    guard let typed = values[field] else { return nil }
    let text = typed.replacingOccurrences(of: "\r\n", with: "\n")
      .trimmingCharacters(in: .whitespacesAndNewlines)
    return text.isEmpty ? nil : text
  }

  /// Whether a box is ticked.
  func isTicked(_ field: String) -> Bool { values[field] == "yes" }

  /// Fills in what was not typed.
  mutating func suggest(_ field: String, _ text: String?) {
    if values[field] == nil, let text { values[field] = text }
  }

  mutating func take(out field: String) -> String? { values.removeValue(forKey: field) }

  /// Whether this is what was typed into one of a page's forms, which says so in `do`: that one then stands
  /// open, so that what was typed and what is wrong with it show.
  func isTyped(in part: String) -> Bool { values["do"] == part }

  /// Notes what is wrong; the first problem of a field counts.
  mutating func fail(_ field: String, _ text: String) {
    if !problems.contains(where: { $0.field == field }) {
      problems.append(Problem(field: field, text: text))
    }
  }

  /// What has to be there.
  mutating func required(_ field: String, _ problem: String) -> String? {
    guard let text = text(field) else {
      fail(field, problem)
      return nil
    }
    return text
  }

  /// Whether all of it can be taken.
  var isSound: Bool { problems.isEmpty }
}

/// One field as a template draws it.
struct FieldModel: Sendable {
  let id: String
  let label: String
  let hint: String?
  let value: String
  let problem: String?
  /// The hint's and the problem's ids, for who hears the page.
  let describedBy: String?
  var choices: [Choice] = []

  /// One of several answers.
  struct Choice: Sendable {
    let id: String
    let field: String
    let value: String
    let label: String
    let note: String?
    let isChosen: Bool
  }
}

extension Form {
  /// Draws a field.
  func field(_ id: String, _ label: String, hint: String? = nil) -> FieldModel {
    let problem = problems.first { $0.field == id }?.text
    let described = [hint.map { _ in "\(id)-hint" }, problem.map { _ in "\(id)-problem" }]
      .compactMap { $0 }.joined(separator: " ")
    return FieldModel(
      id: id, label: label, hint: hint, value: values[id] ?? "", problem: problem,
      describedBy: described.isEmpty ? nil : described)
  }

  /// Draws a field with a few answers.
  func choice(
    _ id: String, _ label: String, hint: String? = nil,
    among answers: [(value: String, label: String, hint: String?)]
  ) -> FieldModel {
    var field = field(id, label, hint: hint)
    field.choices = answers.enumerated().map { number, answer in
      // The first answer has the field's own id, so that a problem's link leads to it.
      FieldModel.Choice(
        id: number == 0 ? id : "\(id)-\(answer.value)", field: id, value: answer.value,
        label: answer.label, note: answer.hint, isChosen: values[id] == answer.value)
    }
    return field
  }

  /// Draws a box to tick.
  func box(_ id: String, _ label: String, hint: String? = nil) -> FieldModel {
    var field = field(id, label, hint: hint)
    field.choices = [
      FieldModel.Choice(
        id: id, field: id, value: "yes", label: label, note: hint, isChosen: isTicked(id))
    ]
    return field
  }
}
