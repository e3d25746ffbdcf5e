import Agreements
import Records

/// A record type, as a program has to know it to write it.
struct TypeFacts: Encodable, Sendable {
  let type: String
  let title: String
  let fields: [FieldType]

  struct FieldType: Encodable, Sendable {
    let field: String
    let title: String
    let kind: String
    let rule: String
    let label: String
    let terms: [String]?
    let target: String?
    let once: Bool

    init(_ field: Field, _ partnership: Partnership) {
      self.field = field.name
      title = field.title
      kind = field.type.name
      rule = field.rule.rawValue
      label = field.label
      once = field.isOnce
      terms =
        if case .vocabulary(let name) = field.type { partnership.terms(of: name) } else { nil }
      target = if case .reference(let type) = field.type { type } else { nil }
    }
  }

  struct Types: Encodable, Sendable {
    let types: [TypeFacts]
  }

  /// The types of which a program sees something.
  static func all(of partnership: Partnership, for viewed: ViewedProgram) -> Types {
    let types = partnership.recordTypeNames.filter(viewed.reads).compactMap(partnership.recordType)
    return Types(
      types: types.compactMap { type in
        let fields = type.fields.filter { $0 != .person && viewed.role.sees($0.label) }
        guard !fields.isEmpty else { return nil }
        return TypeFacts(
          type: type.name, title: type.title,
          fields: fields.map { FieldType($0, partnership) })
      })
  }
}
