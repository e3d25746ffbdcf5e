import Foundation
import Records

/// A change built by hand, byte by byte, so that exactly one thing in it can be wrong.
struct Craft {
  var signer = Fixed.policeKey
  var publicKey = Fixed.policeKey.publicKey.bytes
  var keyID = Fixed.policeKey.id.bytes
  var format: UInt64 = 1
  var lineage = "example-agreement"
  var agreement = Fixed.agreement.bytes
  var recordType = "child"
  var record = Fixed.record.bytes
  var author = Data("police.example".utf8)
  var hlc = Fixed.time.rawValue
  /// The bytes of the writes that are committed to and opened.
  var writes = [RawWrite().bytes]
  var saltBytes = 16
  /// How many commitments there are, decoys included.
  var size = 8
  /// What becomes of the sorted commitments before they are joined.
  var arrange: ([Data]) -> [Data] = { $0 }
  var headerPrefix = Data()
  var headerSuffix = Data()
  var isReversed = false
  private let seed: UInt64

  init(seed: UInt64) { self.seed = seed }

  /// Header and openings, signed directly.
  func parts() throws -> ChangeVector.Parts {
    var generator = SeededGenerator(seed: seed)
    let openings = writes.map {
      Opening(salt: .random(count: saltBytes, using: &generator), bytes: $0)
    }
    var hashed = Data()
    hashed.append(bigEndian: hlc)
    var commitments = openings.map {
      TaggedHash.digest("concord/v1/write", $0.salt, record, keyID, hashed, $0.bytes).bytes
    }
    while commitments.count < size { commitments.append(.random(count: 32, using: &generator)) }
    commitments.sort { $0.lexicographicallyPrecedes($1) }
    let header = header(arrange(commitments).reduce(Data(), +))
    return ChangeVector.Parts(
      publicKey: publicKey, header: header, proof: try directProof(header), openings: openings)
  }

  private func header(_ commitments: Data) -> Data {
    var fields = [
      Wire.number(1, format), Wire.text(2, lineage), Wire.bytes(3, agreement),
      Wire.text(4, recordType), Wire.bytes(5, record), Wire.bytes(6, author),
      Wire.bytes(7, keyID), Wire.fixed64(8, hlc), Wire.bytes(9, commitments),
    ]
    if isReversed { fields.reverse() }
    return headerPrefix + fields.reduce(Data(), +) + headerSuffix
  }

  private func directProof(_ header: Data) throws -> Data {
    let id = TaggedHash.digest("concord/v1/change", header)
    return Wire.bytes(1, try signer.sign(TaggedHash.message("concord/v1/proof/direct", id.bytes)))
  }
}
