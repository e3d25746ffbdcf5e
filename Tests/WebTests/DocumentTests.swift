import Foundation
import Node
import Testing

@testable import Web

/// The OpenAPI document and what is routed: one list of operations, in which nothing is missing.
struct DocumentTests {
  private let document = OpenAPI.document

  private func described() -> [String: JSON] {
    (document["paths"]?.members ?? [:]).reduce(into: [:]) { found, path in
      for (method, operation) in path.value.members {
        found["\(method.uppercased()) \(path.key)"] = operation
      }
    }
  }

  /// An address of an operation, with something in the place of each name.
  private func segments(_ operation: ProgramOperation) -> [String] {
    operation.path.split(separator: "/").map { $0.hasPrefix("{") ? "something" : String($0) }
  }

  @Test func everyOperationIsDescribedAndEveryDescriptionIsRouted() throws {
    let described = described()
    #expect(
      Set(described.keys)
        == Set(Operations.all.map { "\($0.method.rawValue) \($0.path)" }))
    #expect(Set(Operations.all.map(\.id)).count == Operations.all.count)
    for operation in Operations.all {
      guard
        case .operation(let found, let names) = Operations.find(
          operation.method.rawValue, segments(operation))
      else {
        Issue.record("\(operation.id) is not routed")
        continue
      }
      #expect(found.id == operation.id)
      let declared = operation.parameters.filter { $0.place == .path }.map(\.name)
      #expect(Set(names.keys) == Set(declared), "\(operation.id)")
      let said = try #require(described["\(operation.method.rawValue) \(operation.path)"])
      #expect(said["operationId"]?.text == operation.id)
      #expect(
        Set((said["parameters"]?.items ?? []).compactMap { $0["name"]?.text })
          == Set(operation.parameters.map(\.name)))
      let statuses = Set(said["responses"]?.members.keys.compactMap { Int($0) } ?? [])
      #expect(statuses == operation.statuses.union(operation.answers.map(\.status)))
      #expect((said["requestBody"] != nil) == (operation.body != nil))
    }
  }

  @Test func otherMethodsAndAddressesAreNobodys() {
    for operation in Operations.all {
      for method in ["HEAD", "PUT", "DELETE", "OPTIONS", "get"] {
        guard case .otherMethods(let methods) = Operations.find(method, segments(operation)) else {
          Issue.record("\(method) \(operation.path) is routed")
          continue
        }
        #expect(methods.contains(operation.method.rawValue))
      }
    }
    for path in [
      [], [""], ["records"], ["records", "child", ""], ["record", "a", "b"], ["Status"],
    ] {
      guard case .nothing = Operations.find("GET", path) else {
        Issue.record("\(path) is routed")
        continue
      }
    }
  }

  @Test func everyOperationWantsATokenAndAScope() {
    let any = Operations.all.filter { $0.scope == nil }.map(\.id)
    #expect(any == [ProgramOperation.getDocument.id])
    for (name, operation) in described() {
      #expect(operation["security"]?.items.first?["token"] != nil, "\(name)")
      let refusals = Set(operation["responses"]?.members.keys.map { $0 } ?? [])
      #expect(refusals.isSuperset(of: ["401", "403", "429"]), "\(name)")
    }
    // What changes something has a scope of its own.
    for operation in Operations.all where operation.method != .get {
      #expect(operation.scope == .recordsWrite || operation.scope == .notificationsWrite)
    }
    for operation in Operations.all where operation.method == .get {
      #expect(operation.scope != .recordsWrite && operation.scope != .notificationsWrite)
    }
  }

  @Test func everyReferenceLeadsSomewhere() throws {
    let schemas = try #require(document["components"]?["schemas"]?.members)
    var found: Set<String> = []
    func look(_ value: JSON) {
      if let reference = value["$ref"]?.text {
        found.insert(String(reference.dropFirst("#/components/schemas/".count)))
      }
      value.items.forEach(look)
      value.members.values.forEach(look)
    }
    look(document)
    #expect(found == Set(schemas.keys))
    #expect(found.contains("Problem") && found.contains("Record"))
  }

  /// The document is the same at every node: what record types and fields an agreement has, a program learns with
  /// a token whose role sees them.
  @Test func noFieldOfAnAgreementStandsInIt() throws {
    let text = String(decoding: try document.encoded(), as: UTF8.self)
    for word in ["risk_grade", "nhs_number", "safe_contact", "file_transfer", "kept_from", "upn"] {
      #expect(!text.contains(word), "\(word)")
    }
  }

  @Test(arguments: [
    ("{\"set\": {\"name\": \"x\"}}", nil as String?), ("{}", ""), ("[]", ""), ("null", ""),
    ("{\"set\": []}", "/set"), ("{\"set\": {\"name\": null}}", "/set/name"),
    ("{\"set\": {\"name\": 1.5}}", "/set/name"), ("{\"set\": {\"name\": \"\"}}", "/set/name"),
    ("{\"set\": {\"a/b~\": \"x\"}}", "/set/a~1b~0"), ("{\"put\": {}}", "/put"),
    ("{\"add\": {\"needs\": [\"a\", 1, true]}}", nil),
    ("{\"add\": {\"needs\": \"a\"}}", "/add/needs"),
    ("{\"add\": {\"needs\": [{}]}}", "/add/needs/0"), ("{\"remove\": {}}", "/remove"),
    ("{\"set\": {\"count\": 9223372036854775807}}", nil),
    ("{\"set\": {\"count\": 9223372036854775808}}", "/set/count"),
  ])
  func aBodyIsHeldToItsForm(text: String, place: String?) throws {
    let body = try #require(JSON(Data(text.utf8)))
    let schema = try #require(ProgramOperation.createRecord.body)
    #expect(schema.mismatch(in: body)?.at == place)
  }

  @Test func whatIsNoJSONIsNotRead() {
    for text in [
      "", " ", "{", "{\"a\": NaN}", "{\"a\": 1e999}", "\u{FEFF}{}", "{\"a\":1,\"a\":2}",
      "{\"a\":1,}",
      "[1,]", "[1 2]", "01", "-", "1.", ".5", "+1", "1e", "'x'", "1 2", "// c\n1", "True", "nul",
      "\"a", "\"\t\"", "\"\\x\"", "\"\\u12\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\udc00\"",
      "{a: 1}", "{\"a\" 1}", "{1: 2}", "]", "\u{0}",
      String(repeating: "[", count: 65) + String(repeating: "]", count: 65),
    ] {
      #expect(JSON(Data(text.utf8)) == nil, "\(text)")
    }
    #expect(JSON(Data([0xFF, 0xFE])) == nil)
    #expect(JSON(Data([0x22, 0xC3, 0x28, 0x22])) == nil)
    // UTF-16 that is UTF-8 as well, byte by byte.
    #expect(JSON(Data([0x7B, 0, 0x7D, 0])) == nil)
  }

  @Test func whatIsJSONIsRead() {
    let texts: [(String, JSON)] = [
      ("0", 0), ("-1", -1), ("1.0", 1), ("1e2", 100), ("1.5", .number(1.5)),
      ("9223372036854775807", .integer(.max)),
      ("9223372036854775808", .number(9_223_372_036_854_775_808)), (" [ ] ", []), ("{\n}", [:]),
      ("[true,false,null]", [true, false, .null]),
      ("\"\\u00e9\\ud83d\\ude00\\n\\/\"", "é😀\n/"), ("\"é😀\"", "é😀"),
      ("{\"a\":{\"b\":[1,\"x\"]}}", ["a": ["b": [1, "x"]]]),
    ]
    for (text, value) in texts { #expect(JSON(Data(text.utf8)) == value, "\(text)") }
  }

  @Test func whatIsWrittenIsReadAgain() throws {
    #expect(JSON(try document.encoded()) == document)
  }
}
