import Foundation
import Records

/// Changes that every implementation must accept, made by the same code that nodes run, and some
/// made by hand that a reader must let pass.
struct AcceptedChanges {
  private var generator = SeededGenerator(seed: 1)
  private(set) var vectors: [String: ChangeVector] = [:]

  init() throws {
    try operations()
    try values()
    try sizes()
    try batches()
    try partial()
    try leniency()
  }

  private mutating func author(
    _ writes: [Write], time: HLC = Fixed.time, type: String = "child",
    author: AgencyID = Fixed.police, key: SigningKey = Fixed.policeKey
  ) throws -> AuthoredChange {
    try AuthoredChange(
      ChangeDraft(
        lineage: "example-agreement", agreement: Fixed.agreement, recordType: type,
        record: Fixed.record, author: author, time: time, writes: writes),
      key: key.id, using: &generator)
  }

  private mutating func add(
    _ name: String, _ description: String, _ writes: [Write], key: SigningKey = Fixed.policeKey,
    author: AgencyID = Fixed.police, type: String = "child"
  ) throws {
    let change = try self.author(writes, type: type, author: author, key: key)
    let parts = ChangeVector.Parts(
      publicKey: key.publicKey.bytes, header: change.header.bytes,
      proof: try change.signed(by: key).encoded(), openings: change.openings)
    vectors[name] = try .accepted(description, parts, secret: change.secret)
  }

  private mutating func operations() throws {
    let seen = [
      Fixed.policeKey.id: Fixed.time(-60), Fixed.careKey.id: Fixed.time(-30, 7),
      Fixed.schoolKey.id: Fixed.time(-90),
    ]
    try add(
      "set-first", "a register's first value, over an empty context",
      [.set("name", to: .text("Example Child A"), over: [:])])
    try add(
      "set-over-context", "a value that replaces what three keys wrote",
      [.set("address", to: .text("1 Example Street"), over: seen)])
    try add("clear", "a register without a value from now on", [.clear("address", over: seen)])
    try add(
      "context-just-before", "a context that reaches to the stamp before the write's own",
      [
        .set(
          "name", to: .text("Example Child A"),
          over: [Fixed.policeKey.id: HLC(rawValue: Fixed.time.rawValue - 1)])
      ])
    try add(
      "add", "an element of a set, by another agency",
      [.add(.term("disability"), to: "needs")], key: Fixed.schoolKey, author: Fixed.school)
    let removed = [0x22, 0x33].compactMap { WriteID(Data(repeating: $0, count: 32)) }
    try add(
      "remove", "an element taken from a set, by the two adds that put it there",
      [.remove(.term("disability"), from: "needs", adds: removed)])
    try add(
      "many-operations", "every operation in one change, and the reserved write of the person",
      [
        .set("name", to: .text("Example Child B"), over: seen), .clear("address", over: [:]),
        .add(.term("other"), to: "needs"), .add(.term("disability"), to: "needs"),
        .remove(.term("young-carer"), from: "needs", adds: removed),
        .add(.text("Example Officer"), to: "_person"),
      ])
  }

  private mutating func values() throws {
    try add(
      "all-value-kinds", "one value of each kind",
      [
        .set("text", to: .text("Example words, Zoë & co."), over: [:]),
        .set("integer", to: .integer(-42), over: [:]),
        .set("boolean", to: .boolean(true), over: [:]),
        .set("date", to: .date(LocalDate(daysSinceEpoch: 16_226)), over: [:]),
        .set("instant", to: .instant(Fixed.time.instant), over: [:]),
        .set("term", to: .term("high"), over: [:]),
        .set("reference", to: .reference(Fixed.otherRecord), over: [:]),
        .set("agency", to: .agency(Fixed.school), over: [:]),
        .set("identifier", to: .identifier("9434765919"), over: [:]),
      ], type: "example")
    try add(
      "values-at-their-limits", "empty text, false, zero, and the least and greatest numbers",
      [
        .set("empty", to: .text(""), over: [:]), .set("no", to: .boolean(false), over: [:]),
        .set("zero", to: .integer(0), over: [:]), .set("least", to: .integer(.min), over: [:]),
        .set("greatest", to: .integer(.max), over: [:]),
        .set("first-day", to: .date(LocalDate(daysSinceEpoch: .min)), over: [:]),
        .set("day-zero", to: .date(LocalDate(daysSinceEpoch: 0)), over: [:]),
        .set("last-day", to: .date(LocalDate(daysSinceEpoch: .max)), over: [:]),
        .set("long-ago", to: .instant(Instant(milliseconds: -1)), over: [:]),
        .add(.text(""), to: "empty-element"),
      ], type: "example")
    try add(
      "unicode-is-not-normalised", "one name composed and one decomposed are two elements",
      [
        .add(.text("Zo\u{00EB}"), to: "words"), .add(.text("Zoe\u{0308}"), to: "words"),
        .add(.text("\u{1F3EB}\u{0000}"), to: "words"),
      ], type: "voice")
  }

  private mutating func sizes() throws {
    for (count, size) in [(7, 8), (8, 16), (31, 32), (32, 64)] {
      try add(
        "writes-\(count)-commitments-\(size)",
        "\(count) writes, padded with decoys to \(size) commitments",
        (0..<count).map { .set("field-\($0)", to: .integer(Int64($0)), over: [:]) },
        type: "example")
    }
    try add(
      "largest-names", "names of 64 bytes and an agency identifier of 64",
      [.set("f" + String(repeating: "0", count: 63), to: .boolean(true), over: [:])],
      author: AgencyID("care." + String(repeating: "e", count: 59)) ?? Fixed.care,
      type: "_" + String(repeating: ".", count: 63))
  }

  private mutating func batches() throws {
    for (depth, count) in [(8, 3), (12, 257), (16, 4097), (20, 65537)] {
      let change = try author([.set("name", to: .text("Example Child A"), over: [:])])
      let other = try author(
        [.set("name", to: .text("Example Child B"), over: [:])], time: Fixed.time(1))
      var headers = Array(repeating: other.header, count: count)
      headers[count / 2] = change.header
      guard let tree = BatchTree(headers, using: &generator), tree.depth == depth else {
        throw VectorError.wrong("no tree of depth \(depth)")
      }
      let proofs = try tree.proofs(signedBy: Fixed.policeKey)
      let parts = ChangeVector.Parts(
        publicKey: Fixed.policeKey.publicKey.bytes, header: change.header.bytes,
        proof: Proof.batched(proofs[count / 2]).encoded(), openings: change.openings)
      vectors["batched-depth-\(depth)"] = try .accepted(
        "a batched signature, in a tree of \(depth) levels", parts, secret: change.secret)
    }
  }

  private mutating func partial() throws {
    let change = try author([
      .set("name", to: .text("Example Child A"), over: [:]),
      .set("date_of_birth", to: .date(LocalDate(daysSinceEpoch: 16_226)), over: [:]),
      .set("address", to: .text("1 Example Street"), over: [:]),
      .set("school", to: .agency(Fixed.school), over: [:]),
      .add(.text("Example Officer"), to: "_person"),
    ])
    let proof = try change.signed(by: Fixed.policeKey).encoded()
    func disclose(_ name: String, _ description: String, _ indices: [Int]) throws {
      let parts = ChangeVector.Parts(
        publicKey: Fixed.policeKey.publicKey.bytes, header: change.header.bytes, proof: proof,
        openings: indices.map { change.openings[$0] })
      vectors[name] = try .accepted(description, parts)
    }
    try disclose("partial-one", "one of five writes disclosed", [3])
    try disclose("partial-two", "two others of the same change", [0, 1])
    try disclose("openings-in-any-order", "the openings need not be sorted", [4, 2, 0, 3, 1])
  }

  /// What readers let pass, so that a later minor version may add to the messages.
  private mutating func leniency() throws {
    var craft = Craft(seed: 2)
    craft.headerSuffix = Wire.text(99, "from a later version") + Wire.number(100, 7)
    try crafted("unknown-header-fields", "fields that the reader does not know are signed", craft)
    craft = Craft(seed: 3)
    craft.writes = [RawWrite().bytes + Wire.text(99, "from a later version")]
    try crafted("unknown-write-fields", "fields that the reader does not know are hashed", craft)
    craft = Craft(seed: 4)
    craft.isReversed = true
    try crafted("header-fields-in-another-order", "protobuf lets fields come in any order", craft)
    craft = Craft(seed: 5)
    craft.headerPrefix = Wire.text(4, "adult") + Wire.number(1, 2)
    try crafted("repeated-fields-last-wins", "of a singular field given twice, the last", craft)
  }

  private mutating func crafted(_ name: String, _ description: String, _ craft: Craft) throws {
    vectors[name] = try .accepted(description, try craft.parts())
  }
}
