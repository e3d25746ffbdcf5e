import Foundation
import Records

/// Changes that every implementation must refuse, each wrong in exactly one way.
struct RejectedChanges {
  private(set) var vectors: [String: ChangeVector] = [:]
  private var seed: UInt64 = 1000

  init() throws {
    try headers()
    try signatures()
    try batchedProofs()
    try openings()
    try writes()
  }

  /// A change that is right before it is spoilt.
  private mutating func craft() -> Craft {
    seed += 1
    return Craft(seed: seed)
  }

  private mutating func reject(
    _ name: String, _ description: String, _ code: String, _ spoil: (inout Craft) -> Void
  ) throws {
    var craft = craft()
    spoil(&craft)
    vectors[name] = try .rejected(description, code, try craft.parts())
  }

  private mutating func rejectParts(
    _ name: String, _ description: String, _ code: String,
    _ spoil: (inout ChangeVector.Parts) throws -> Void
  ) throws {
    var parts = try craft().parts()
    try spoil(&parts)
    vectors[name] = try .rejected(description, code, parts)
  }

  private mutating func rejectWrite(
    _ name: String, _ description: String, _ spoil: (inout RawWrite) -> Void
  ) throws {
    var write = RawWrite()
    spoil(&write)
    try reject(name, description, "malformed-write") { $0.writes = [write.bytes] }
  }
}

// MARK: - Headers

extension RejectedChanges {
  private mutating func headers() throws {
    let code = "malformed-header"
    try reject("format-2", "a format that is not 1", code) { $0.format = 2 }
    try reject("format-0", "no format", code) { $0.format = 0 }
    try reject("commitments-unsorted", "two commitments exchanged", code) {
      $0.arrange = { [$0[1], $0[0]] + $0[2...] }
    }
    try reject("commitments-repeated", "one commitment twice", code) {
      $0.arrange = { [$0[0]] + $0[0..<7] }
    }
    try reject("commitments-12", "a number of commitments that is no power of two", code) {
      $0.size = 12
    }
    try reject("commitments-4", "fewer than 8 commitments", code) { $0.size = 4 }
    try reject("commitments-none", "no commitments", code) { $0.arrange = { _ in [] } }
    try reject("commitments-cut", "commitments that are no multiple of 32 bytes", code) {
      $0.arrange = { $0.dropLast() + [$0[7].dropLast()] }
    }
    try reject("commitments-2048", "more commitments than a header may have", code) {
      $0.size = 2048
    }
    try reject("record-id-15-bytes", "a record id that is too short", code) {
      $0.record = $0.record.dropLast()
    }
    try reject("key-id-8-bytes", "a key id that is too short", code) {
      $0.keyID = $0.keyID.prefix(8)
    }
    try reject("agreement-31-bytes", "an agreement digest that is too short", code) {
      $0.agreement = $0.agreement.dropLast()
    }
    try reject("lineage-empty", "no lineage", code) { $0.lineage = "" }
    try reject("record-type-upper-case", "a bad name of a record type", code) {
      $0.recordType = "Child"
    }
    try reject("record-type-65-bytes", "a name that is too long", code) {
      $0.recordType = String(repeating: "c", count: 65)
    }
    try reject("author-without-kind", "an author that is no agency id", code) {
      $0.author = Data("example".utf8)
    }
    try reject("author-not-utf8", "a string that is not UTF-8", code) {
      $0.author = Data("police.ex".utf8) + [0xFF]
    }
    try reject("header-truncated", "a header that ends within a field", code) {
      $0.headerSuffix = Data([0x4A, 0x20, 0x00])
    }
    try reject("no-room-for-a-decoy", "as many openings as commitments", code) { craft in
      craft.writes = (0..<8).map { RawWrite(field: "field-\($0)").bytes }
    }
  }
}

// MARK: - Proofs

extension RejectedChanges {
  private mutating func signatures() throws {
    let code = "bad-signature"
    try rejectParts("signature-flipped", "one bit of the signature is wrong", code) {
      $0.proof[$0.proof.count - 1] ^= 1
    }
    try rejectParts("other-public-key", "verified with another key than the header names", code) {
      $0.publicKey = Fixed.careKey.publicKey.bytes
    }
    try reject("signed-by-another", "the header names one key, another one signed", code) {
      $0.signer = Fixed.careKey
    }
    try reject("key-id-of-another", "signed by the key, but the header names another", code) {
      $0.keyID = Fixed.careKey.id.bytes
    }
    try rejectParts("header-changed", "a header changed after it was signed", code) {
      $0.header.append(Wire.number(100, 1))
    }
    try rejectParts("signature-untagged", "a signature over the bare change id", code) {
      let id = TaggedHash.digest("concord/v1/change", $0.header)
      $0.proof = Wire.bytes(1, try Fixed.policeKey.sign(id.bytes))
    }
    try rejectParts("signature-malleated", "the group's order added to the scalar S", code) {
      $0.proof = Wire.bytes(1, Self.malleated(Data($0.proof.dropFirst(2))))
    }
    try rejectParts("signature-63-bytes", "a signature that is too short", "malformed-proof") {
      $0.proof = Wire.bytes(1, Data($0.proof.dropFirst(2).dropLast()))
    }
    try rejectParts("proof-empty", "neither direct nor batched", "malformed-proof") {
      $0.proof = Data()
    }
    try rejectParts("proof-not-protobuf", "a proof that ends within a field", "malformed-proof") {
      $0.proof = $0.proof.dropLast()
    }
    try rejectParts("proof-1025-bytes", "a proof over the limit", "malformed-proof") {
      $0.proof += Wire.bytes(99, Data(count: 1025 - $0.proof.count - 4))
    }
  }

  /// S + L for the group order L (RFC 8032): valid to a verifier that does not reduce.
  private static func malleated(_ signature: Data) -> Data {
    let order: [UInt8] =
      [
        0xED, 0xD3, 0xF5, 0x5C, 0x1A, 0x63, 0x12, 0x58, 0xD6, 0x9C, 0xF7, 0xA2, 0xDE, 0xF9, 0xDE,
        0x14,
      ] + [UInt8](repeating: 0, count: 15) + [0x10]
    var bytes = Array(signature)
    var carry: UInt16 = 0
    for (index, part) in order.enumerated() {
      let sum = UInt16(bytes[32 + index]) + UInt16(part) + carry
      bytes[32 + index] = UInt8(truncatingIfNeeded: sum)
      carry = sum >> 8
    }
    return Data(bytes)
  }

  /// The parts of a batched proof, to be put together wrongly.
  private struct RawBatched {
    var signature: Data
    var depth: UInt64
    var salt: Data
    var index: UInt64
    var path: Data

    init(_ proof: BatchedProof) {
      signature = proof.signature
      depth = UInt64(proof.depth)
      salt = proof.salt.data
      index = UInt64(proof.index)
      path = proof.path.map(\.bytes).reduce(Data(), +)
    }

    var bytes: Data {
      Wire.bytes(
        2,
        Wire.bytes(1, signature) + Wire.number(2, depth) + Wire.bytes(3, salt)
          + Wire.number(4, index) + Wire.bytes(5, path))
    }
  }

  private mutating func rejectBatched(
    _ name: String, _ description: String, _ code: String, _ spoil: (inout RawBatched) -> Void
  ) throws {
    var generator = SeededGenerator(seed: seed + 500)
    try rejectParts(name, description, code) { parts in
      let header = try ChangeHeader(parts.header)
      guard let tree = BatchTree([header], using: &generator),
        let proof = try tree.proofs(signedBy: Fixed.policeKey).first
      else { throw VectorError.wrong("no tree") }
      var raw = RawBatched(proof)
      spoil(&raw)
      parts.proof = raw.bytes
    }
  }

  private mutating func batchedProofs() throws {
    try rejectBatched("batched-wrong-index", "the sibling's place", "bad-signature") {
      $0.index ^= 1
    }
    try rejectBatched("batched-wrong-path", "one bit of the path is wrong", "bad-signature") {
      $0.path[100] ^= 1
    }
    try rejectBatched("batched-wrong-salt", "another salt of the leaf", "bad-signature") {
      $0.salt[0] ^= 1
    }
    try rejectBatched(
      "batched-other-depth", "a path lengthened to the next depth class", "bad-signature"
    ) {
      $0.depth = 12
      $0.path += Data(count: 4 * 32)
    }
    let code = "malformed-proof"
    try rejectBatched("batched-path-truncated", "a path that lacks its last digest", code) {
      $0.path = $0.path.dropLast(32)
    }
    try rejectBatched("batched-depth-9", "a depth that is no class", code) {
      $0.depth = 9
      $0.path += Data(count: 32)
    }
    try rejectBatched("batched-index-256", "a place outside the tree", code) { $0.index = 256 }
    try rejectBatched("batched-salt-15-bytes", "a salt that is too short", code) {
      $0.salt = $0.salt.dropLast()
    }
    try rejectBatched("batched-signature-63-bytes", "a signature that is too short", code) {
      $0.signature = $0.signature.dropLast()
    }
  }
}

// MARK: - Openings

extension RejectedChanges {
  private mutating func openings() throws {
    let code = "uncommitted"
    func replace(_ parts: inout ChangeVector.Parts, salt: Data? = nil, bytes: Data? = nil) {
      let opening = parts.openings[0]
      parts.openings[0] = Opening(salt: salt ?? opening.salt, bytes: bytes ?? opening.bytes)
    }
    try rejectParts("opening-uncommitted", "a write that the header does not commit to", code) {
      replace(&$0, bytes: RawWrite(value: Wire.text(1, "Example Child B")).bytes)
    }
    try rejectParts("opening-salt-changed", "another salt", code) {
      replace(&$0, salt: Data(repeating: 0, count: 16))
    }
    let otherTime = try Self.parts(seed: 900) { $0.hlc += 1 }
    try rejectParts("opening-of-another-time", "committed to with another stamp", code) {
      $0.openings = otherTime.openings
    }
    let otherRecord = try Self.parts(seed: 901) { $0.record = Fixed.otherRecord.bytes }
    try rejectParts("opening-of-another-record", "committed to for another record", code) {
      $0.openings = otherRecord.openings
    }
    try rejectParts("opening-none", "nothing is disclosed", "empty") { $0.openings = [] }
    try reject("salt-15-bytes", "a salt that is too short", "malformed-write") {
      $0.saltBytes = 15
    }
    try reject("two-writes-of-a-register", "one register twice", "equivocation") {
      $0.writes.append(RawWrite(value: Wire.text(1, "Example Child B")).bytes)
    }
    try reject("set-and-clear", "a register set and cleared", "equivocation") {
      $0.writes.append(RawWrite(operation: 2, value: nil).bytes)
    }
    let element = RawWrite(field: "needs", operation: 3, value: Wire.text(6, "other"))
    try reject("element-added-and-removed", "one element twice", "equivocation") {
      var removal = element
      removal.operation = 4
      removal.removes = [Data(repeating: 0x22, count: 32)]
      $0.writes = [element.bytes, removal.bytes]
    }
    try rejectParts("one-opening-twice", "the same opening twice", "equivocation") {
      $0.openings.append($0.openings[0])
    }
  }

  private static func parts(
    seed: UInt64, _ change: (inout Craft) -> Void
  ) throws -> ChangeVector.Parts {
    var craft = Craft(seed: seed)
    change(&craft)
    return try craft.parts()
  }
}

// MARK: - Writes

extension RejectedChanges {
  private mutating func writes() throws {
    try rejectWrite("field-empty", "no field") { $0.field = "" }
    try rejectWrite("field-with-space", "a bad name of a field") { $0.field = "date of birth" }
    try rejectWrite("field-starts-with-digit", "a name must start with a letter") {
      $0.field = "1st"
    }
    try rejectWrite("operation-none", "no operation") { $0.operation = 0 }
    try rejectWrite("operation-unknown", "an operation that there is not") { $0.operation = 9 }
    try rejectWrite("set-without-value", "a set must have a value") { $0.value = nil }
    try rejectWrite("clear-with-value", "a clear must have none") { $0.operation = 2 }
    try rejectWrite("value-without-kind", "an empty value") { $0.value = Data() }
    try rejectWrite("value-of-unknown-kind", "a kind that there is not") {
      $0.value = Wire.text(15, "later")
    }
    try rejectWrite("value-not-utf8", "text that is not UTF-8") {
      $0.value = Wire.bytes(1, Data([0xC3, 0x28]))
    }
    try rejectWrite("value-reference-15-bytes", "a reference that is too short") {
      $0.value = Wire.bytes(7, Data(count: 15))
    }
    try rejectWrite("value-agency-malformed", "an agency without a name") {
      $0.value = Wire.text(8, "school.")
    }
    try contexts()
    try removals()
    try rejectWrite("write-over-the-limit", "a write of more than 131072 bytes") {
      $0.value = Wire.text(1, String(repeating: "x", count: 131_072))
    }
    try reject("write-not-protobuf", "bytes that are no message", "malformed-write") {
      $0.writes = [Data([0x0A, 0x7F, 0x00])]
    }
  }

  private mutating func contexts() throws {
    let (low, high) = (Data(repeating: 0x22, count: 16), Data(repeating: 0x33, count: 16))
    let before = Fixed.time.rawValue - 1
    try rejectWrite("context-from-the-future", "a context that reaches to the write's own stamp") {
      $0.context = [(low, before + 1)]
    }
    try rejectWrite("context-unsorted", "a context that does not ascend") {
      $0.context = [(high, before), (low, before)]
    }
    try rejectWrite("context-key-twice", "one key twice in a context") {
      $0.context = [(low, before - 1), (low, before)]
    }
    try rejectWrite("context-key-15-bytes", "a key id that is too short") {
      $0.context = [(low.dropLast(), before)]
    }
    try rejectWrite("context-of-an-element", "an add has no context") {
      $0.operation = 3
      $0.context = [(low, before)]
    }
    try rejectWrite("context-over-the-limit", "a context of more than 1024 keys") {
      $0.context = (0..<1025).map {
        (Data(repeating: 0, count: 14) + [UInt8($0 >> 8), UInt8($0 & 255)], before)
      }
    }
  }

  private mutating func removals() throws {
    let (low, high) = (Data(repeating: 0x22, count: 32), Data(repeating: 0x33, count: 32))
    try rejectWrite("remove-without-removes", "a removal that names no add") { $0.operation = 4 }
    try rejectWrite("remove-without-value", "a removal must say of what") {
      $0.operation = 4
      $0.value = nil
      $0.removes = [low]
    }
    try rejectWrite("set-with-removes", "only removals name adds") { $0.removes = [low] }
    try rejectWrite("removes-unsorted", "removes that do not ascend") {
      $0.operation = 4
      $0.removes = [high, low]
    }
    try rejectWrite("removes-31-bytes", "a write id that is too short") {
      $0.operation = 4
      $0.removes = [low.dropLast()]
    }
    try rejectWrite("removes-over-the-limit", "a removal of more than 1024 adds") {
      $0.operation = 4
      $0.removes = (0..<1025).map {
        Data(repeating: 0, count: 30) + [UInt8($0 >> 8), UInt8($0 & 255)]
      }
    }
  }
}
