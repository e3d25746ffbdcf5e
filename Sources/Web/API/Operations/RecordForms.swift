import Node

/// What operations on records answer.
enum RecordForms {
  static let record = Schema.named(
    Schema.Component(
      name: "Record",
      schema: .object([
        .must("id", .recordID), .must("type", .name),
        .must("fields", .map(.name, field), "What stands in its fields, by their names."),
        .may("corrections", .list(correction), "What people say of it."),
      ])))

  struct Page: Encodable, Sendable {
    let records: [RecordFacts]
    let next: String?
  }

  static let page = Schema.object([
    .must("records", .list(record, upTo: 100)),
    .may("next", .recordID, "Where the next page begins; absent on the last."),
  ])

  struct History: Encodable, Sendable {
    let changes: [HistoryFacts]
    let next: Int?
  }

  static let history = Schema.object([
    .must("changes", .list(change, upTo: 100)),
    .may("next", .count, "How many to skip for the next page; absent on the last."),
  ])

  struct Conflicts: Encodable, Sendable {
    let conflicts: [ConflictFacts]
    let next: Int?
  }

  static let conflicts = Schema.object([
    .must(
      "conflicts",
      .list(
        .object([
          .must("record", .recordID), .must("type", .name), .must("field", .name),
          .must("values", .list(value)),
        ]), upTo: 100)),
    .may("next", .count, "How many to skip for the next page; absent on the last."),
  ])

  static let explanation = Schema.object([
    .must("shared", .boolean), .must("reason", .words), .must("rule", .words),
    .may("agreement", .words), .may("version", .count), .may("purpose", .words),
    .may("legal_basis", .list(.words)),
  ])

  static let types = Schema.object([
    .must(
      "types",
      .list(
        .object([
          .must("type", .name), .must("title", .words),
          .must("fields", .list(fieldType)),
        ])))
  ])

  private static let fieldType = Schema.object([
    .must("field", .name), .must("title", .words), .must("kind", .words),
    .must("rule", .words, "How concurrent values merge."), .must("label", .words),
    .may("terms", .list(.words), "Of a vocabulary: its terms."),
    .may("target", .words, "Of a reference: the type that it leads to, or `any`."),
    .must("once", .boolean, "Whether the first value stands."),
  ])

  private static let value = Schema.named(
    Schema.Component(
      name: "StandingValue",
      schema: .object([
        .must("value", .held), .must("by", .agency), .must("at", .moment),
        .must("write", .digest),
      ])))

  /// A single value where the rule has one, all values where it may have several.
  private static let field = Schema.named(
    Schema.Component(
      name: "Field",
      schema: .object([
        .must("rule", .words), .may("value", .held), .may("by", .agency), .may("at", .moment),
        .may("write", .digest), .may("values", .list(value)), .may("conflict", .boolean),
        .may("withheld", .count, "How many values stood here and were erased."),
      ])))

  private static let correction = Schema.object([
    .must("correction", .count), .must("record", .recordID), .must("field", .name),
    .must("words", .words), .must("by", .words), .must("at", .moment), .may("outcome", .words),
    .may("reason", .words), .may("decided_by", .words),
  ])

  private static let change = Schema.object([
    .must("change", .digest), .must("by", .agency), .may("device", .words),
    .must("at", .moment), .may("person", .words, "Who acted, where the role sees that."),
    .must(
      "writes",
      .list(
        .object([
          .must("field", .name), .must("operation", .words), .may("value", .held),
          .must("write", .digest),
        ]))),
  ])
}
