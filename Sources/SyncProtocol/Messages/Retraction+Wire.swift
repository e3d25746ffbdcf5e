import FoundationEssentials
import Records

extension [WriteID] {
  /// Reads ids that must stand in strictly ascending order.
  /// - Throws: `MessageError` that names the part.
  init(ascending wire: [Data], limit: Int, _ part: String) throws(MessageError) {
    guard !wire.isEmpty, wire.count <= limit else { throw MessageError(part) }
    var ids: [WriteID] = []
    ids.reserveCapacity(wire.count)
    for bytes in wire {
      guard let id = WriteID(bytes) else { throw MessageError(part) }
      if let last = ids.last, !(last < id) { throw MessageError(part) }
      ids.append(id)
    }
    self = ids
  }
}

extension Retraction {
  init(_ wire: Concord_V1_Retraction) throws(MessageError) {
    guard Name.isValid(wire.reason) else { throw MessageError("retraction.reason") }
    self.init(
      writes: try [WriteID](
        ascending: wire.writeIds, limit: Limits.Link.idsInMessage, "retraction.write_ids"),
      reason: wire.reason)
  }

  var wire: Concord_V1_Retraction {
    var wire = Concord_V1_Retraction()
    wire.writeIds = writes.map(\.bytes)
    wire.reason = reason
    return wire
  }
}

extension Receipt {
  init(_ wire: Concord_V1_Receipt) throws(MessageError) {
    guard let outcome = Outcome(rawValue: wire.outcome) else {
      throw MessageError("receipt.outcome")
    }
    guard wire.basis.utf8.count <= Limits.Link.basisBytes else {
      throw MessageError("receipt.basis")
    }
    self.init(
      writes: try [WriteID](
        ascending: wire.writeIds, limit: Limits.Link.idsInMessage, "receipt.write_ids"),
      outcome: outcome, basis: wire.basis)
  }

  var wire: Concord_V1_Receipt {
    var wire = Concord_V1_Receipt()
    wire.writeIds = writes.map(\.bytes)
    wire.outcome = outcome.rawValue
    wire.basis = basis
    return wire
  }
}

extension Equivocation {
  init(_ wire: Concord_V1_Equivocation) throws(MessageError) {
    let evidence: Equivocation?
    do {
      evidence = Equivocation(
        Side(header: try ChangeHeader(wire.firstHeader), proof: try Proof(wire.firstProof)),
        Side(header: try ChangeHeader(wire.secondHeader), proof: try Proof(wire.secondProof)))
    } catch {
      throw MessageError(error.description)
    }
    guard let evidence, evidence.first.header.bytes == wire.firstHeader else {
      throw MessageError("equivocation")
    }
    self = evidence
  }

  var wire: Concord_V1_Equivocation {
    var wire = Concord_V1_Equivocation()
    wire.firstHeader = first.header.bytes
    wire.firstProof = first.proof.encoded()
    wire.secondHeader = second.header.bytes
    wire.secondProof = second.proof.encoded()
    return wire
  }
}
