/// Where a value is otherwise than declared, and what is expected there: never what stands there.
struct Mismatch: Hashable, Sendable, Encodable {
  /// A JSON Pointer (RFC 6901) into the body, or the parameter's name.
  let at: String
  let expected: String
}

extension Schema {
  /// The first place at which a value is otherwise than declared.
  func mismatch(in value: JSON, at place: String = "") -> Mismatch? {
    func wrong(_ expected: String) -> Mismatch { Mismatch(at: place, expected: expected) }
    switch (self, value) {
    case (.text(let form), .string(let text)):
      return form.takes(text) ? nil : wrong(form.expected)
    case (.text(let form), _): return wrong(form.expected)
    case (.integer(let range), .integer(let number)) where range.contains(number): return nil
    case (.integer(let range), _):
      return wrong("a whole number from \(range.lowerBound) to \(range.upperBound)")
    case (.boolean, .boolean): return nil
    case (.boolean, _): return wrong("true or false")
    case (.list(let item, let most), .list(let items)):
      if let most, items.count > most { return wrong("at most \(most)") }
      return Self.first(items.enumerated()) { item.mismatch(in: $1, at: "\(place)/\($0)") }
    case (.list, _): return wrong("a list")
    case (.map(let key, let schema, let most), .object(let members)):
      if let most, members.count > most { return wrong("at most \(most)") }
      return Self.first(members.sorted { $0.key < $1.key }) { name, value in
        let inner = "\(place)/\(Self.escaped(name))"
        return key.takes(name)
          ? schema.mismatch(in: value, at: inner) : Mismatch(at: inner, expected: key.expected)
      }
    case (.object(let declared, let least), .object(let members)):
      return Self.mismatch(members, declared, least, at: place)
    case (.map, _), (.object, _): return wrong("an object")
    case (.either(let schemas), _):
      let found = schemas.compactMap { $0.mismatch(in: value, at: place) }
      return found.count < schemas.count ? nil : found.first
    case (.named(let component), _): return component.schema.mismatch(in: value, at: place)
    case (.orNull, .null), (.any, _): return nil
    case (.orNull(let schema), _): return schema.mismatch(in: value, at: place)
    }
  }

  private static func mismatch(
    _ members: [String: JSON], _ declared: [Member], _ least: Int, at place: String
  ) -> Mismatch? {
    let names = Set(declared.map(\.name))
    if let unknown = members.keys.filter({ !names.contains($0) }).min() {
      return Mismatch(
        at: "\(place)/\(escaped(unknown))",
        expected: "none but \(declared.map(\.name).joined(separator: ", "))")
    }
    guard members.count >= least else {
      return Mismatch(at: place, expected: "at least \(least) member\(least == 1 ? "" : "s")")
    }
    return first(declared) { member in
      let inner = "\(place)/\(escaped(member.name))"
      guard let value = members[member.name] else {
        return member.isRequired ? Mismatch(at: inner, expected: "to be there") : nil
      }
      return member.schema.mismatch(in: value, at: inner)
    }
  }

  private static func first<S: Sequence>(_ items: S, _ look: (S.Element) -> Mismatch?) -> Mismatch?
  {
    for item in items { if let found = look(item) { return found } }
    return nil
  }

  private static func escaped(_ name: String) -> String {
    name.replacing("~", with: "~0").replacing("/", with: "~1")
  }

  /// A parameter of an address or a header, read as what it is declared.
  func value(of text: String) -> JSON {
    switch self {
    // As `Int64` reads it, `+1` would be a number.
    case .integer where text.allSatisfy({ $0.isASCII && $0.isNumber || $0 == "-" }):
      Int64(text).map(JSON.integer) ?? .string(text)
    default: .string(text)
    }
  }
}
