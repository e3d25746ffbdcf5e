import FoundationEssentials
public import Records

extension Partnership {
  /// The node that signed a change: one of the author's devices, or its own node.
  public func signer(of header: ChangeHeader) -> NodeName {
    devices[header.author]?.node(of: header.key) ?? NodeName(agency: header.author)
  }

  /// The keys with which a node signs its streams: an agency's own those of its card and those to which it has
  /// passed on, as it goes on with the one before until this side has said that it knows the next; a device the
  /// one of the delegation that counts at a time. None where it is no party.
  public func keys(of node: NodeName, at time: Instant) -> [VerifyingKey] {
    node.isDevice
      ? (devices[node.agency]?.delegation(of: node, at: time)).map { [$0.key] } ?? []
      : keys(of: node.agency)?.signingKeys ?? []
  }

  /// Why a change that a device signed does not count, or nothing where it does: its agency must have
  /// admitted it while the device's key counted, or have reviewed it.
  public func objection(to admission: Admission, of header: ChangeHeader) -> String? {
    guard !admission.isReviewed else { return nil }
    let counted = devices[header.author]?.counts(header.key, at: admission.admittedAt) ?? false
    return counted
      ? nil : "the key of \(signer(of: header)) did not count at \(admission.admittedAt)"
  }

  /// Delegations and revocations of the parties to an agreement: whoever is sent a change of one of
  /// them, by whomever, needs them to judge it.
  func deviceDocuments(of lineage: String) -> [SignedDocument] {
    guard !devices.isEmpty else { return [] }
    let versions = (lineages[lineage] ?? []).map(\.agreement)
    return devices.sorted { $0.key < $1.key }.filter { agency, _ in
      versions.contains { card(of: agency, in: $0) != nil }
    }.flatMap(\.value.documents)
  }

  /// Takes in a delegation or a revocation, where the key that is pinned for the agency signed it.
  mutating func readDevice(_ document: SignedDocument) {
    ineffective[document.id] = nil
    do throws(DocumentError) {
      if document.kind == .delegation {
        let delegation = try Delegation(document, source: "delegation")
        try checkSigner(of: document, delegation.node)
        devices[delegation.node.agency, default: Devices()].add(delegation)
      } else {
        let revocation = try Revocation(document, source: "revocation")
        try checkSigner(of: document, revocation.node)
        devices[revocation.node.agency, default: Devices()].add(revocation)
      }
    } catch {
      ineffective[document.id] = error.description
    }
  }

  private func checkSigner(
    of document: SignedDocument, _ node: NodeName
  ) throws(DocumentError) {
    func fail(_ problem: String) -> DocumentError {
      DocumentError(source: "\(document.kind.rawValue) of \(node)", problem: problem)
    }
    guard let card = card(of: node.agency) else { throw fail("no party to an agreement here") }
    guard isSigned(document, by: card) else {
      throw fail("it is not signed by \(node.agency)")
    }
  }
}
