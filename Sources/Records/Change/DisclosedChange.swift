import FoundationEssentials

/// A change as it is shown to one holder: the header, the proof, and the openings it may see.
///
/// A partial view is as verifiable as a whole one: every opening must match a commitment that the
/// author signed.
public struct DisclosedChange: Hashable, Sendable {
  public let header: ChangeHeader
  public let proof: Proof
  public let openings: [Opening]

  /// Puts the parts together, unchecked.
  public init(header: ChangeHeader, proof: Proof, openings: [Opening]) {
    self.header = header
    self.proof = proof
    self.openings = openings
  }

  /// The openings' write ids, in the openings' order: hashed from what they hold, whatever the header says.
  public var writeIDs: [WriteID] {
    openings.map { $0.writeID(record: header.record, key: header.key, time: header.time) }
  }

  /// A write that was checked against its header.
  public struct CheckedWrite: Hashable, Sendable {
    public let id: WriteID
    public let opening: Opening
    public let write: Write
  }

  /// Checks signature and commitments, the proof first.
  /// - Parameters:
  ///   - roots: the batches whose signature was checked already; one that holds is added.
  ///   - ids: `writeIDs`, where they have been worked out before.
  /// - Throws: `ChangeError` that says which part is wrong.
  public func verify(
    by key: VerifyingKey, knowing roots: inout VerifiedRoots, ids: [WriteID]? = nil
  ) throws(ChangeError) -> [CheckedWrite] {
    guard key.id == header.key, proof.holds(for: header, by: key, knowing: &roots) else {
      throw .badSignature
    }
    return try Self.writes(of: header, openings: openings, ids: ids ?? writeIDs)
  }

  /// Checks signature and commitments of one change by itself.
  /// - Throws: `ChangeError` that says which part is wrong.
  public func verify(by key: VerifyingKey) throws(ChangeError) -> [CheckedWrite] {
    var roots = VerifiedRoots()
    return try verify(by: key, knowing: &roots)
  }

  static func writes(
    of header: ChangeHeader, openings: [Opening], ids: [WriteID]
  ) throws(ChangeError) -> [CheckedWrite] {
    guard !openings.isEmpty else { throw .empty }
    guard ids.count == openings.count else { throw .malformedHeader("other write ids") }
    guard openings.count < header.commitments.count else {
      throw .malformedHeader("no room for a decoy")
    }
    var slots = Slots()
    var checked: [CheckedWrite] = []
    checked.reserveCapacity(openings.count)
    for (opening, id) in zip(openings, ids) {
      guard opening.salt.count == Opening.saltBytes else { throw .malformedWrite("salt") }
      let write = try Write(opening.bytes, before: header.time)
      guard header.place(of: id) != nil else { throw .uncommitted(field: write.field) }
      try slots.take(write, id)
      checked.append(CheckedWrite(id: id, opening: opening, write: write))
    }
    return checked
  }

  /// What a change has written so far: each slot once.
  struct Slots {
    private var taken: [Write.Slot: WriteID] = [:]

    mutating func take(_ write: Write, _ id: WriteID) throws(ChangeError) {
      guard let other = taken.updateValue(id, forKey: write.slot) else { return }
      throw .equivocation(field: write.field, first: other, second: id)
    }
  }
}
