import Foundation
import Records
import SyncProtocol

/// Headers, proofs, writes and changes.
enum Changes {
  static func run(_ bytes: Data) throws(FuzzFinding) {
    var input = FuzzInput(bytes)
    switch input.byte() % 5 {
    case 0: _ = try? ChangeHeader(input.remainder())
    case 1:
      let bytes = input.remainder()
      guard let proof = try? Proof(bytes) else { return }
      try check((try? Proof(proof.encoded())) == proof, "a proof reads back otherwise")
    case 2:
      let time = HLC(rawValue: input.number())
      _ = try? Write(input.remainder(), before: time)
    case 3:
      guard case .change(let shared) = try? Entry(encoded: input.remainder()) else { return }
      for number in UInt8(1)...4 {
        _ = try? shared.change.verify(by: FuzzKeys.key(number).publicKey)
      }
    default: try crafted(&input)
    }
  }

  /// A change whose commitments and signature are right, whatever its writes are: what is behind
  /// the signature is reached.
  private static func crafted(_ input: inout FuzzInput) throws(FuzzFinding) {
    let key = FuzzKeys.key(1)
    var rest = FuzzInput(Data(input.prefix(9)))
    input.skip(9)
    var openings: [Opening] = []
    while !input.isEmpty, openings.count < 40 {
      openings.append(Opening(salt: Data(repeating: 9, count: 16), bytes: input.chunk()))
    }
    let bytes = header(&rest, key: key.id) { record, time in
      padded(Set(openings.map { $0.writeID(record: record, key: key.id, time: time) }))
    }
    guard let bytes, let header = try? ChangeHeader(bytes),
      let signature = try? key.sign(
        TaggedHash.message("concord/v1/proof/direct", header.id.bytes))
    else { return }
    let change = DisclosedChange(
      header: header, proof: .direct(signature: signature), openings: openings)
    switch verified(change, by: key.publicKey) {
    case .success(let writes): try merges(writes, of: header)
    case .failure(.badSignature): throw FuzzFinding("a right signature is refused")
    case .failure(.uncommitted): throw FuzzFinding("a right commitment is not found")
    case .failure: break
    }
  }

  private static func verified(
    _ change: DisclosedChange, by key: VerifyingKey
  ) -> Result<[DisclosedChange.CheckedWrite], ChangeError> {
    do {
      return .success(try change.verify(by: key))
    } catch {
      return .failure(error)
    }
  }

  /// The bytes of a header: what an input draws, around fixed names.
  private static func header(
    _ input: inout FuzzInput, key: KeyID, commitments: (RecordID, HLC) -> Data
  ) -> Data? {
    let id = Data(repeating: input.byte(), count: RecordID.byteCount)
    let time = HLC(rawValue: input.number())
    guard let record = RecordID(id) else { return nil }
    return WireFields()
      .number(1, 1).text(2, "example-agreement")
      .bytes(3, Data(repeating: 0x11, count: Digest.byteCount))
      .text(4, "child").bytes(5, id).text(6, FuzzKeys.police.description).bytes(7, key.bytes)
      .fixed64(8, time.rawValue).bytes(9, commitments(record, time)).data
  }

  private static func padded(_ ids: Set<WriteID>) -> Data {
    var size = 8
    while size <= ids.count { size *= 2 }
    let decoys = (0..<(size - ids.count)).map {
      TaggedHash.digest("fuzz", Data([UInt8(truncatingIfNeeded: $0)])).bytes
    }
    let all = (ids.map(\.bytes) + decoys).sorted { $0.lexicographicallyPrecedes($1) }
    return all.reduce(Data(), +)
  }

  /// Whatever the order in which versions come, the field shows the same.
  private static func merges(
    _ writes: [DisclosedChange.CheckedWrite], of header: ChangeHeader
  ) throws(FuzzFinding) {
    let last = header.time.rawValue
    let versions = writes.enumerated().map { number, checked in
      Version(
        id: checked.id, author: number.isMultiple(of: 2) ? header.author : FuzzKeys.care,
        key: FuzzKeys.key(UInt8(1 + number % 2)).id,
        time: HLC(rawValue: last - min(last, UInt64(number))), write: checked.write,
        mayLower: number.isMultiple(of: 3))
    }
    for rule in MergeRule.allCases {
      var straight = FieldState(rule: rule)
      for version in versions { straight.apply(version) }
      var reversed = FieldState(rule: rule)
      for version in (versions + versions).reversed() { reversed.apply(version) }
      try check(
        FieldView(straight) == FieldView(reversed), "\(rule.rawValue) depends on the order")
    }
  }
}
