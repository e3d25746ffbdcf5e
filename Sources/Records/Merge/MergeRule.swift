/// How the versions of a field become what people see. Fixed for a field's name for ever.
public enum MergeRule: String, Hashable, Sendable, CaseIterable {
  /// The highest (HLC, author) wins: facts with one current value.
  case latest
  /// One value for each agency, side by side: professional judgement.
  case eachAgency = "each-agency"
  /// Concurrent values are all kept until a person resolves them.
  case review
  /// An add-wins observed-remove set.
  case set
  /// Append-only.
  case log
  /// The highest term of an ordered vocabulary.
  case highest

  /// Whether one write replaces another, as against elements that are added.
  public var isRegister: Bool { self != .set && self != .log }

  /// Whether a write of this operation makes sense under the rule.
  public func allows(_ operation: Operation) -> Bool {
    switch operation {
    case .set, .clear: isRegister
    case .add: !isRegister
    case .remove: self == .set
    }
  }
}
