import Foundation

/// Reads a request as its operation declares it, and refuses what is otherwise.
struct RequestReading: Sendable {
  private let operation: ProgramOperation
  private let call: ProgramAPI.Call

  init(_ operation: ProgramOperation, _ call: ProgramAPI.Call) {
    self.operation = operation
    self.call = call
  }

  /// What address and headers name, read and checked.
  /// - Throws: `Refusal`.
  func parameters(_ names: [String: String]) throws -> [String: JSON] {
    let query = try Self.parts(of: call.query)
    let known = Set(operation.parameters.filter { $0.place == .query }.map(\.name))
    if let unknown = query.keys.filter({ !known.contains($0) }).min() {
      throw Refusal.otherwise(
        Mismatch(
          at: unknown,
          expected: known.isEmpty
            ? "no parameters in the address" : "none but \(known.sorted().joined(separator: ", "))")
      )
    }
    var read: [String: JSON] = [:]
    for parameter in operation.parameters {
      switch parameter.place {
      case .path:
        let value = parameter.schema.value(of: names[parameter.name] ?? "")
        // What cannot be an id names nothing.
        guard parameter.schema.mismatch(in: value) == nil else { throw Refusal.notFound }
        read[parameter.name] = value
      case .query: read[parameter.name] = try Self.read(parameter, query[parameter.name] ?? [])
      case .header:
        let values = call.headers[parameter.name.lowercased()] ?? []
        read[parameter.name] = try Self.read(parameter, values)
      }
    }
    return read
  }

  /// The body, read and checked; null where none is asked for.
  /// - Throws: `Refusal`.
  func body() async throws -> JSON {
    guard let schema = operation.body else { return .null }
    guard isJSON else {
      throw Refusal(415, "other-type", "The body is sent as application/json.")
    }
    guard let text = await call.body(ProgramAPI.bodyBytes) else {
      throw Refusal(
        413, "too-long", "The body has at most \(ProgramAPI.bodyBytes >> 10) KiB.")
    }
    guard let value = JSON(text) else {
      throw Refusal(400, "no-json", "The body cannot be read as JSON in UTF-8.")
    }
    if let mismatch = schema.mismatch(in: value) { throw Refusal.otherwise(mismatch) }
    return value
  }

  private var isJSON: Bool {
    let types = call.headers["content-type"] ?? []
    guard types.count == 1, let type = types.first else { return false }
    let parts = type.split(separator: ";").map {
      $0.trimmingCharacters(in: .whitespaces).lowercased()
    }
    return parts.first == "application/json"
      && parts.dropFirst().allSatisfy { $0 == "charset=utf-8" || !$0.hasPrefix("charset=") }
  }

  private static func read(_ parameter: ProgramOperation.Parameter, _ values: [String]) throws
    -> JSON?
  {
    func refuse(_ expected: String) -> Refusal {
      .otherwise(Mismatch(at: parameter.name, expected: expected))
    }
    guard values.count < 2 else { throw refuse("it once") }
    guard let text = values.first else {
      if parameter.isRequired { throw refuse("to be there") }
      return nil
    }
    let value = parameter.schema.value(of: text)
    if let mismatch = parameter.schema.mismatch(in: value, at: parameter.name) {
      throw Refusal.otherwise(mismatch)
    }
    return value
  }

  /// The parameters of an address, each as often as it stands there.
  private static func parts(of query: String?) throws -> [String: [String]] {
    try (query ?? "").split(separator: "&").reduce(into: [:]) { found, part in
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let read = pair.map { $0.replacing("+", with: " ").removingPercentEncoding }
      guard let name = read.first.flatMap({ $0 }),
        let value = read.count == 2 ? read[1] : .some("")
      else { throw Refusal(400, "no-address", "The address cannot be read.") }
      found[name, default: []].append(value)
    }
  }
}
