import Node

/// The OpenAPI 3.1 document: made from the operations that are routed, so that none can be missing.
enum OpenAPI {
  static let document: JSON = [
    "openapi": "3.1.0",
    "info": [
      "title": "Concord", "version": "1.0.0",
      "description":
        "A node's records for the agency's own systems, as the role of their token may see them.",
    ],
    "servers": [["url": .string(ProgramAPI.root)]],
    "paths": .object(paths),
    "components": [
      "schemas": .object(schemas),
      "securitySchemes": [
        "token": [
          "type": "http", "scheme": "bearer",
          "description": "A token that an administrator gave (concord token add).",
        ]
      ],
    ],
  ]

  private static var paths: [String: JSON] {
    let byPath = Dictionary(grouping: Operations.all, by: \.path)
    return byPath.mapValues { operations in
      .object(
        Dictionary(
          operations.map { ($0.method.rawValue.lowercased(), $0.document) },
          uniquingKeysWith: { first, _ in first }))
    }
  }

  /// Every form that has a name.
  private static var schemas: [String: JSON] {
    let used = Operations.all.flatMap { operation in
      operation.answers.flatMap(\.schema.components) + (operation.body?.components ?? [])
        + operation.parameters.flatMap(\.schema.components)
    }
    return Dictionary(
      (used + Refusal.schema.components).map { ($0.name, $0.schema.document) },
      uniquingKeysWith: { first, _ in first })
  }
}

extension ProgramOperation {
  fileprivate var document: JSON {
    var members: [String: JSON] = [
      "operationId": .string(id), "summary": .string(summary),
      "security": [["token": .list(scope.map { [.string($0.rawValue)] } ?? [])]],
      "responses": .object(responses),
    ]
    if !parameters.isEmpty { members["parameters"] = .list(parameters.map(\.document)) }
    if let body {
      var content: [String: JSON] = ["schema": body.document]
      if let example { content["example"] = example }
      members["requestBody"] = [
        "required": true, "content": ["application/json": .object(content)],
      ]
    }
    return .object(members)
  }

  private var responses: [String: JSON] {
    let done = answers.map { ("\($0.status)", $0.document) }
    let refused = statuses.map { ("\($0)", Refusal.document(of: $0)) }
    return Dictionary(done + refused, uniquingKeysWith: { first, _ in first })
  }
}

extension ProgramOperation.Parameter {
  fileprivate var document: JSON {
    var members: [String: JSON] = [
      "name": .string(name), "in": .string(place.rawValue), "required": .boolean(isRequired),
      "description": .string(words), "schema": schema.document,
    ]
    if let example { members["example"] = example }
    return .object(members)
  }
}

extension ProgramOperation.AnswerForm {
  fileprivate var document: JSON {
    var members: [String: JSON] = [
      "description": .string(words),
      "content": ["application/json": ["schema": schema.document]],
    ]
    if !headers.isEmpty { members["headers"] = OpenAPI.headers(headers) }
    if let leadsTo {
      members["links"] = [
        "record": [
          "operationId": .string(ProgramOperation.getRecord.id),
          "parameters": ["id": .string("$response.body#/\(leadsTo)")],
        ]
      ]
    }
    return .object(members)
  }
}

extension Refusal {
  fileprivate static func document(of status: Int) -> JSON {
    var members: [String: JSON] = [
      "description": .string(titles[status] ?? "Error"),
      "content": ["application/problem+json": ["schema": schema.document]],
    ]
    let headers = [
      401: ["WWW-Authenticate": "Which scheme is asked for."],
      403: ["WWW-Authenticate": "Which scope the token lacks."],
      405: ["Allow": "How it is asked."],
      429: ["Retry-After": "After how many seconds to try again."],
    ]
    if let said = headers[status] {
      members["headers"] = OpenAPI.headers(said, areAlways: status != 403)
    }
    return .object(members)
  }
}

extension OpenAPI {
  fileprivate static func headers(_ words: [String: String], areAlways: Bool = true) -> JSON {
    .object(
      words.mapValues {
        [
          "description": .string($0), "required": .boolean(areAlways),
          "schema": ["type": "string"],
        ]
      })
  }
}
