public import FoundationEssentials
import SwiftProtobuf

/// An agency's word that it admitted a change which one of its devices signed. It is no part of the
/// change id and goes with the change wherever that is passed on.
///
/// A device's stamp can be backdated by whoever has the device; the time of admission cannot. So a
/// revocation cuts by it.
public struct Admission: Hashable, Sendable {
  /// When, by the agency's clock.
  public let admittedAt: Instant
  /// Whether an administrator let it in although the device's key did not count at that time.
  public let isReviewed: Bool
  /// 64 bytes, Ed25519, by the agency's own key.
  public let signature: Data

  /// Puts the parts together, unchecked.
  public init(admittedAt: Instant, isReviewed: Bool, signature: Data) {
    self.admittedAt = admittedAt
    self.isReviewed = isReviewed
    self.signature = signature
  }

  /// Admits a change.
  public init(
    of change: ChangeID, at time: Instant, isReviewed: Bool = false, signedBy key: SigningKey
  ) throws {
    self.init(
      admittedAt: time, isReviewed: isReviewed,
      signature: try key.sign(Self.message(change, time, isReviewed)))
  }

  /// Reads the wire form.
  /// - Throws: `ChangeError.malformedProof` that names the part.
  public init(_ bytes: Data) throws(ChangeError) {
    guard bytes.count <= Limits.Change.admissionBytes,
      let wire = try? Concord_V1_Admission(serializedBytes: bytes)
    else { throw .malformedProof("not a protobuf Admission") }
    guard wire.admittedAt <= UInt64(Int64.max) else { throw .malformedProof("admitted_at") }
    guard wire.signature.count == SigningKey.signatureBytes else {
      throw .malformedProof("the admission's signature")
    }
    self.init(
      admittedAt: Instant(milliseconds: Int64(wire.admittedAt)), isReviewed: wire.reviewed,
      signature: wire.signature)
  }

  /// The wire form.
  public func encoded() -> Data {
    var wire = Concord_V1_Admission()
    wire.admittedAt = UInt64(max(0, admittedAt.milliseconds))
    wire.reviewed = isReviewed
    wire.signature = signature
    return (try? wire.serializedData()) ?? Data()
  }

  /// Whether the agency's own key admitted exactly this change.
  public func holds(for change: ChangeID, by key: VerifyingKey) -> Bool {
    key.isValid(signature, for: Self.message(change, admittedAt, isReviewed))
  }

  private static func message(_ change: ChangeID, _ time: Instant, _ isReviewed: Bool) -> Data {
    var milliseconds = Data()
    milliseconds.append(bigEndian: UInt64(max(0, time.milliseconds)))
    return TaggedHash.message(
      Tag.admission, change.bytes, milliseconds, Data([isReviewed ? 1 : 0]))
  }
}
