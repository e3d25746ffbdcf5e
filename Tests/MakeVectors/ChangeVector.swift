import Foundation
import Records

/// One vector of a change: the bytes that travel, and what a verifier must say of them.
struct ChangeVector: Encodable {
  var description: String
  var publicKey: String
  var header: String
  var proof: String
  var openings: [Opened]
  /// Rejected: the code.
  var reason: String?
  /// Accepted: what follows from the bytes.
  var changeID: String?
  var keyID: String?
  var writeIDs: [String]?
  var headerFields: HeaderFields?
  var writes: [WriteFields]?
  /// Accepted, where every write is opened: the secret from which salts and decoys derive.
  var secret: String?

  struct Opened: Encodable {
    let salt: String
    let write: String
  }

  struct HeaderFields: Encodable {
    let lineage: String
    let agreementDigest: String
    let recordType: String
    let recordID: String
    let author: String
    let keyID: String
    let hlc: String
    let commitments: Int

    init(_ header: ChangeHeader) {
      lineage = header.lineage
      agreementDigest = header.agreement.description
      recordType = header.recordType
      recordID = header.record.bytes.hexadecimal
      author = header.author.description
      keyID = header.key.description
      hlc = header.time.bytes.hexadecimal
      commitments = header.commitments.count
    }
  }

  struct Seen: Encodable {
    let keyID: String
    let hlc: String

    static func list(_ context: [KeyID: HLC]) -> [Seen] {
      context.sorted { $0.key < $1.key }.map {
        Seen(keyID: $0.key.description, hlc: $0.value.bytes.hexadecimal)
      }
    }
  }

  struct WriteFields: Encodable {
    let field: String
    let operation: String
    let value: ValueFields?
    let context: [Seen]
    let removes: [String]

    init(_ write: Write) {
      field = write.field
      operation = write.operation.rawValue
      value = write.value.map(ValueFields.init)
      context = Seen.list(write.context)
      removes = write.removes.map(\.description)
    }
  }

  /// A value's kind, and the value as text: numbers in decimal, a date in days and an instant in
  /// milliseconds since 1970, a reference in hexadecimal.
  struct ValueFields: Encodable {
    let kind: String
    let value: String

    init(_ value: Value) {
      (kind, self.value) =
        switch value {
        case .text(let text): ("text", text)
        case .integer(let number): ("integer", String(number))
        case .boolean(let flag): ("boolean", String(flag))
        case .date(let date): ("date", String(date.daysSinceEpoch))
        case .instant(let instant): ("instant", String(instant.milliseconds))
        case .term(let term): ("term", term)
        case .reference(let id): ("reference", id.bytes.hexadecimal)
        case .agency(let id): ("agency", id.description)
        case .identifier(let text): ("identifier", text)
        }
    }
  }
}

extension ChangeVector {
  /// The bytes of a vector, before anybody has judged them.
  struct Parts {
    var publicKey: Data
    var header: Data
    var proof: Data
    var openings: [Opening]

    func verified() throws(ChangeError) -> (ChangeHeader, [DisclosedChange.CheckedWrite]) {
      guard let key = VerifyingKey(publicKey) else { throw .badSignature }
      let header = try ChangeHeader(header)
      let change = DisclosedChange(header: header, proof: try Proof(proof), openings: openings)
      return (header, try change.verify(by: key))
    }

    var verdict: String {
      do throws(ChangeError) {
        _ = try verified()
        return "accepted"
      } catch {
        return error.code
      }
    }
  }

  private init(_ description: String, _ parts: Parts) {
    self.description = description
    publicKey = parts.publicKey.hexadecimal
    header = parts.header.hexadecimal
    proof = parts.proof.hexadecimal
    openings = parts.openings.map {
      Opened(salt: $0.salt.hexadecimal, write: $0.bytes.hexadecimal)
    }
  }

  /// A vector that must verify.
  static func accepted(
    _ description: String, _ parts: Parts, secret: ChangeSecret? = nil
  ) throws -> ChangeVector {
    var vector = ChangeVector(description, parts)
    let (header, writes) = try parts.verified()
    vector.changeID = header.id.description
    vector.keyID = header.key.description
    vector.writeIDs = writes.map(\.id.description)
    vector.headerFields = HeaderFields(header)
    vector.writes = writes.map { WriteFields($0.write) }
    vector.secret = secret?.bytes.hexadecimal
    return vector
  }

  /// A vector that must be refused with this code.
  static func rejected(
    _ description: String, _ code: String, _ parts: Parts
  ) throws -> ChangeVector {
    var vector = ChangeVector(description, parts)
    vector.reason = code
    let found = parts.verdict
    guard found == code else {
      throw VectorError.wrong("\(description): \(found), expected \(code)")
    }
    return vector
  }
}

/// A vector that is not what it is meant to be, or a published one that would change.
enum VectorError: Error { case wrong(String) }
