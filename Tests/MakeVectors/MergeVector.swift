import Foundation
import Records

/// One vector of merging: versions in one of many orders, and what people then see.
struct MergeVector: Encodable {
  let description: String
  let rule: String
  /// `highest`: the ordered vocabulary, lowest first.
  let vocabulary: [String]?
  let versions: [VersionFields]
  let result: Result

  struct VersionFields: Encodable {
    let id: String
    let author: String
    let keyID: String
    let hlc: String
    let mayLower: Bool
    let write: ChangeVector.WriteFields
  }

  struct Result: Encodable {
    /// Ids of the versions that are shown, in the order in which they are shown.
    let visible: [String]
    let conflict: Bool
    /// What a new write by this agency would name as seen.
    let nextAuthor: String
    let nextContext: [ChangeVector.Seen]
  }

  /// Merges in several orders, which must agree, and notes what comes out.
  /// - Parameter expected: the ids that must be shown, as the case means it.
  init(
    _ description: String, _ rule: MergeRule, _ versions: [Version], expected: [WriteID],
    conflict: Bool = false, vocabulary: [String]? = nil, next: AgencyID = Fixed.police
  ) throws {
    self.description = description
    self.rule = rule.rawValue
    self.vocabulary = vocabulary
    self.versions = versions.map {
      VersionFields(
        id: $0.id.description, author: $0.author.description, keyID: $0.key.description,
        hlc: $0.time.bytes.hexadecimal, mayLower: $0.mayLower,
        write: ChangeVector.WriteFields($0.write))
    }
    func result(_ order: [Version]) -> (FieldView, [KeyID: HLC]) {
      var state = FieldState(rule: rule)
      for version in order { state.apply(version) }
      let view = FieldView(state) { value in
        if case .term(let term) = value { vocabulary?.firstIndex(of: term) } else { nil }
      }
      return (view, state.context(for: next))
    }
    let (view, context) = result(versions)
    for order in [versions.reversed(), versions + versions] {
      let (other, otherContext) = result(order)
      guard other == view, otherContext == context else {
        throw VectorError.wrong("\(description): the order matters")
      }
    }
    guard view.versions.map(\.id) == expected, view.isConflict == conflict else {
      throw VectorError.wrong("\(description): \(view.versions.map(\.id)) \(view.isConflict)")
    }
    self.result = Result(
      visible: expected.map(\.description), conflict: conflict, nextAuthor: next.description,
      nextContext: ChangeVector.Seen.list(context))
  }
}
