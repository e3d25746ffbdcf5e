public import Agreements
public import FoundationEssentials
import GRDB
public import Records

/// One of an agency's devices, as its own node knows it.
public struct EnrolledDevice: Hashable, Sendable {
  public let node: NodeName
  /// What it is used as.
  public let role: String
  public let scope: DeviceScope
  /// The TLS certificate with which it is let in, DER.
  public let certificate: Data
  /// The delegation that it was given last.
  public let delegation: Delegation
  /// From when that counts no more, where it was revoked.
  public let revokedAt: Instant?
  /// Whether it is let in now.
  public let counts: Bool
}

extension LocalReplica {
  /// Takes in what an agency decided about one of its devices, all of it or nothing: at the agency when
  /// it enrols the device or sets its scope anew, at the device when it joins.
  ///
  /// What the device may no longer hold is taken back, ahead of all else that waits for it.
  /// - Parameters:
  ///   - documents: what the enrolment depends on.
  ///   - isRenewal: whether the device is still let in with the certificate that it has: the new one comes to it
  ///     over the link that it opens with the old.
  ///   - key: the agency's own: what the device wrote and is held counts now, where it does.
  /// - Throws: `ReplicaError.document` where one of them has no effect here.
  public func enrol(
    _ enrolment: Enrolment, with documents: [SignedDocument], isRenewal: Bool = false,
    admittingWith key: SigningKey? = nil, now: Instant
  ) throws(ReplicaError) {
    try write { store in
      try adopt(documents, into: &store, admittingWith: key, now: now)
      try store.enrol(enrolment, isRenewal: isRenewal)
    }
  }

  /// What this node was told of itself, or the agency told one of its devices; nothing where the node
  /// is no device that is known here.
  public func enrolment(of node: NodeName) throws(ReplicaError) -> Enrolment? {
    try read { store in
      try store.enrolmentDocument(of: node).map { try Enrolment($0, source: "enrolment") }
    }
  }

  /// The devices of this agency, by name.
  public func devices(now: Instant) throws(ReplicaError) -> [EnrolledDevice] {
    try read { store in
      let known = store.partnership.devices[store.me.agency] ?? Devices()
      return try store.rows("SELECT node FROM device ORDER BY node").compactMap { row in
        guard let node = NodeName(row["node"]), let delegation = known.lastDelegation(of: node),
          let document = try store.enrolmentDocument(of: node)
        else { return nil }
        let terms = try Enrolment(document, source: "enrolment").terms
        return EnrolledDevice(
          node: node, role: terms.role, scope: try store.currentScope(terms),
          certificate: terms.certificate, delegation: delegation,
          revokedAt: known.revocation(of: delegation)?.effective,
          counts: known.delegation(of: node, at: now) != nil)
      }
    }
  }

  /// Whether this agency has ever enrolled a device.
  public func hasDevices() throws(ReplicaError) -> Bool {
    try read { try $0.exists("SELECT 1 FROM device LIMIT 1", []) }
  }

  /// The certificates with which devices of this agency are let in now, by their names: of each the one that it
  /// was given last, and while that has only been renewed the one before.
  public func deviceCertificates(now: Instant) throws(ReplicaError) -> [String: [Data]] {
    try read { store in
      let known = store.partnership.devices[store.me.agency] ?? Devices()
      var certificates: [String: [Data]] = [:]
      for row in try store.rows("SELECT node, certificate, previous FROM device") {
        guard let node = NodeName(row["node"]), known.delegation(of: node, at: now) != nil else {
          continue
        }
        let previous: Data? = row["previous"]
        certificates[node.node] = [row["certificate"]] + (previous.map { [$0] } ?? [])
      }
      return certificates
    }
  }
}

extension LocalReplica {
  /// Notes that a peer ends connections before it says hello, as an agency's node does to a device that it
  /// has revoked, which therefore never gets the revocation; or that it says hello again.
  /// - Throws: `ReplicaError.storage`.
  public func noteRefused(by peer: NodeName, since moment: Instant?) throws(ReplicaError) {
    guard try (refusedSince(peer) != nil) != (moment != nil) else { return }
    try write { try $0.setNumber(Store.refusedKey(peer), to: moment?.milliseconds ?? 0) }
  }

  /// Since when a peer has not let this node in; nothing where it does, or where nobody answers there.
  /// - Throws: `ReplicaError.storage`.
  public func refusedSince(_ peer: NodeName) throws(ReplicaError) -> Instant? {
    let stored = try read { try $0.number(Store.refusedKey(peer)) }
    return stored == 0 ? nil : Instant(milliseconds: stored)
  }
}

extension Store {
  fileprivate static func refusedKey(_ peer: NodeName) -> String { "refused by \(peer)" }

  /// An enrolment that a device gets from its agency's node: its own, and newer than what it has.
  func enrolment(in document: SignedDocument, from peer: NodeName) -> Enrolment? {
    guard me.isDevice, isWithinAgency(peer), document.kind == .enrolment,
      let enrolment = try? Enrolment(document, source: "enrolment"), enrolment.terms.node == me,
      partnership.signingKeys(of: me.agency).contains(where: {
        document.isSigned(by: me.agency, key: $0)
      })
    else { return nil }
    let known = try? row("SELECT issued_at FROM device WHERE node = ?", [me.description])
    let issued = known?["issued_at"] as Int64? ?? .min
    return enrolment.terms.issuedAt.milliseconds > issued ? enrolment : nil
  }

  func enrolmentDocument(of node: NodeName) throws -> SignedDocument? {
    guard let row = try row("SELECT enrolment FROM device WHERE node = ?", [node.description])
    else { return nil }
    return try document(try row.id("enrolment"))
  }

  /// Keeps an enrolment in the place of the one before.
  func enrol(_ enrolment: Enrolment, isRenewal: Bool = false) throws {
    let terms = enrolment.terms
    let name = terms.node.description
    let before = try row(
      "SELECT enrolment, certificate, previous FROM device WHERE node = ?", [name])
    let old = before?["enrolment"] as Data?
    guard old != enrolment.document.id.bytes else { return }
    try insert(enrolment.document, from: nil)
    let known: Data? = before?["certificate"]
    // A new scope leaves the certificate as it is.
    let previous: Data? =
      known == terms.certificate ? before?["previous"] : isRenewal ? known : nil
    try run(
      """
      INSERT INTO device VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (node) DO UPDATE SET
      role = excluded.role, labels = excluded.labels, has_caseload = excluded.has_caseload,
      issued_at = excluded.issued_at, certificate = excluded.certificate,
      enrolment = excluded.enrolment, previous = excluded.previous
      """,
      [
        name, terms.role, terms.scope.labels?.sorted().joined(separator: " "),
        terms.scope.caseload != nil, terms.issuedAt.milliseconds, terms.certificate,
        enrolment.document.id.bytes, previous,
      ])
    if let old {
      try run("DELETE FROM document_signature WHERE document = ?", [old])
      try run("DELETE FROM document WHERE id = ?", [old])
    }
    try run("DELETE FROM device_caseload WHERE node = ?", [name])
    for record in terms.scope.caseload ?? [] {
      try run("INSERT INTO device_caseload VALUES (?, ?)", [name, record.bytes])
    }
    try setNumber(Self.documentsVersion, to: try number(Self.documentsVersion) + 1)
    try lookAgain(atAllDisclosedTo: terms.node)
  }

  /// The scope as it is now: records that the device began since are of its caseload too.
  func currentScope(_ terms: Enrolment.Terms) throws -> DeviceScope {
    guard terms.scope.caseload != nil else { return terms.scope }
    var scope = terms.scope
    scope.caseload = Set(
      try rows(
        "SELECT record FROM device_caseload WHERE node = ?", [terms.node.description]
      ).map { try $0.id("record") })
    return scope
  }

  private func lookAgain(atAllDisclosedTo peer: NodeName) throws {
    try run(
      """
      INSERT INTO backfill (peer, record, is_urgent)
      SELECT DISTINCT d.peer, r.id, 1 FROM disclosure d
      JOIN change c ON c.no = d.change JOIN record r ON r.no = c.record
      WHERE d.peer = ? AND d.retracted_at IS NULL
      ON CONFLICT DO UPDATE SET is_urgent = 1
      """, [peer.description])
  }
}
