import Agreements
public import FoundationEssentials
import Records
import SwiftProtobuf

extension Entry {
  /// Reads an entry that was kept aside.
  /// - Throws: `MessageError` that names the part.
  public init(encoded: Data) throws(MessageError) {
    guard let wire = try? Concord_V1_Entry(serializedBytes: encoded) else {
      throw MessageError("entry")
    }
    try self.init(wire)
  }

  /// The entry's bytes, to be kept aside.
  public func encoded() -> Data { (try? wire.serializedData()) ?? Data() }

  package init(_ wire: Concord_V1_Entry) throws(MessageError) {
    switch wire.kind {
    case .change(let change): self = .change(try SharedChange(change))
    case .document(let document): self = .document(try SignedDocument(document))
    case .void(let bytes):
      guard let digest = Digest(bytes) else { throw MessageError("entry.void") }
      self = .void(digest)
    case .retraction(let wire): self = .retraction(try Retraction(wire))
    case .receipt(let wire): self = .receipt(try Receipt(wire))
    case .equivocation(let wire): self = .equivocation(try Equivocation(wire))
    case nil: throw MessageError("entry of an unknown kind")
    }
  }

  package var wire: Concord_V1_Entry {
    var wire = Concord_V1_Entry()
    switch self {
    case .change(let change): wire.change = change.wire
    case .document(let document): wire.document = document.wire
    case .void(let digest): wire.void = digest.bytes
    case .retraction(let retraction): wire.retraction = retraction.wire
    case .receipt(let receipt): wire.receipt = receipt.wire
    case .equivocation(let evidence): wire.equivocation = evidence.wire
    }
    return wire
  }
}

extension SharedChange {
  fileprivate init(_ wire: Concord_V1_SharedChange) throws(MessageError) {
    guard let agreement = Digest(wire.agreementDigest) else {
      throw MessageError("change.agreement_digest")
    }
    guard wire.openings.count < Limits.Change.commitments else {
      throw MessageError("change.openings")
    }
    let openings = wire.openings.map { Opening(salt: $0.salt, bytes: $0.write) }
    var justifications: [Justification] = []
    for opening in wire.openings {
      guard Name.isValid(opening.grant) else { throw MessageError("opening.grant") }
      let route = RecordID(opening.route)
      guard opening.route.isEmpty || route != nil else { throw MessageError("opening.route") }
      justifications.append(Justification(grant: opening.grant, route: route))
    }
    guard !openings.isEmpty else { throw MessageError("change.openings") }
    let change: DisclosedChange
    let admission: Admission?
    do {
      admission = wire.admission.isEmpty ? nil : try Admission(wire.admission)
      change = DisclosedChange(
        header: try ChangeHeader(wire.header), proof: try Proof(wire.proof), openings: openings)
    } catch {
      throw MessageError(error.description)
    }
    guard
      let shared = SharedChange(
        change: change, agreement: agreement, justifications: justifications,
        admission: admission)
    else { throw MessageError("change.openings") }
    self = shared
  }

  fileprivate var wire: Concord_V1_SharedChange {
    var wire = Concord_V1_SharedChange()
    wire.header = change.header.bytes
    wire.proof = change.proof.encoded()
    wire.agreementDigest = agreement.bytes
    wire.admission = admission?.encoded() ?? Data()
    wire.openings = zip(change.openings, justifications).map { opening, justification in
      var wire = Concord_V1_Opening()
      wire.salt = opening.salt
      wire.write = opening.bytes
      wire.grant = justification.grant
      wire.route = justification.route?.bytes ?? Data()
      return wire
    }
    return wire
  }
}

extension SignedDocument {
  fileprivate init(_ wire: Concord_V1_Document) throws(MessageError) {
    guard let kind = DocumentKind(rawValue: wire.kind) else { throw MessageError("document.kind") }
    guard wire.body.count <= Limits.Document.bytes else { throw MessageError("document.body") }
    guard wire.signatures.count <= Limits.Document.signatures else {
      throw MessageError("document.signatures")
    }
    var signatures: [DocumentSignature] = []
    for signature in wire.signatures {
      guard let agency = AgencyID(signature.agency), let key = KeyID(signature.keyID),
        signature.signature.count <= SigningKey.signatureBytes
      else {
        throw MessageError("document.signatures")
      }
      signatures.append(DocumentSignature(agency: agency, key: key, bytes: signature.signature))
    }
    self.init(kind: kind, body: wire.body, signatures: signatures)
  }

  fileprivate var wire: Concord_V1_Document {
    var wire = Concord_V1_Document()
    wire.kind = kind.rawValue
    wire.body = body
    wire.signatures = signatures.map { signature in
      var wire = Concord_V1_DocumentSignature()
      wire.agency = signature.agency.description
      wire.keyID = signature.key.bytes
      wire.signature = signature.bytes
      return wire
    }
    return wire
  }
}
