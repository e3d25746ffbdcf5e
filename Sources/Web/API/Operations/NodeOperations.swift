import Agreements
import Foundation
import Node
import Records
import Replica

/// How the node is, and what this API is.
extension ProgramOperation {
  static let getStatus = ProgramOperation(
    id: "getStatus", method: .get, path: "/status",
    summary: "The node's agreement, links and warnings.", scope: .status,
    answers: [AnswerForm(status: 200, words: "How the node is.", schema: NodeForms.status)],
    run: .waiting { asked in
      let facts = try await StatusFacts(asked.node, ofCasework: false)
      try asked.audit("searched", detail: "status")
      return Answer(facts)
    })

  static let listQuarantine = ProgramOperation(
    id: "listQuarantine", method: .get, path: "/quarantine",
    summary: "What came and was kept aside, oldest first; never a value.", scope: .quarantineRead,
    parameters: Parameter.paging,
    answers: [AnswerForm(status: 200, words: "One page.", schema: NodeForms.quarantine)],
    run: .blocking { asked in
      let all = try asked.node.replica.quarantine(at: asked.node.now)
      let (entries, next) = asked.part(of: all)
      try asked.audit("searched", detail: "quarantine, \(entries.count) found")
      return Answer(
        NodeForms.Quarantine(entries: entries.map(QuarantineFacts.init), next: next))
    })

  static let getDocument = ProgramOperation(
    id: "getDocument", method: .get, path: "/openapi.json", summary: "This document.", scope: nil,
    answers: [
      AnswerForm(
        status: 200, words: "An OpenAPI 3.1 document.", schema: .map(.word, NodeForms.anything))
    ], run: .blocking { _ in Answer(OpenAPI.document) })
}

/// What operations on the node answer.
enum NodeForms {
  static let status = Schema.object([
    .must("agency", .agency), .may("device", .words), .must("agreement", .orNull(.words)),
    .must("version", .orNull(.count)),
    .must(
      "coming",
      .list(
        .object([
          .must("agreement", .words), .must("version", .count), .must("starts", .words),
          .must("missing_signatures", .list(.agency)),
        ]))),
    .must("running", .boolean), .must("links", .list(link)),
    .must(
      "devices",
      .list(
        .object([
          .must("device", .words), .must("connected", .boolean), .must("waiting", .count),
          .may("last_sync", .moment),
        ]))),
    .must("quarantined", .count), .must("relearning", .list(.agency)),
    .must("warnings", .list(.words)),
  ])

  private static let link = Schema.object([
    .must("agency", .agency), .must("connected", .boolean), .must("waiting", .count),
    .must("last_sync", .orNull(.moment), "Null before the first sync."),
  ])

  struct Quarantine: Encodable, Sendable {
    let entries: [QuarantineFacts]
    let next: Int?
  }

  static let quarantine = Schema.object([
    .must(
      "entries",
      .list(
        .object([
          .must("id", .words), .must("change", .digest), .must("from", .agency),
          .may("device", .words), .must("author", .agency), .must("reason", .words),
          .must("detail", .words), .may("held_until", .moment), .must("releasable", .boolean),
        ]), upTo: 100)),
    .may("next", .count, "How many to skip for the next page; absent on the last."),
  ])

  /// Any value: the document describes itself no further.
  static let anything = Schema.any
}
