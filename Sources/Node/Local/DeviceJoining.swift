import Agreements
import Foundation
public import Records
import Replica
public import Transport

/// The device's side of an enrolment: a folder with keys, a request, and the agency's answer.
public enum DeviceJoining {
  /// Makes a new device's folder with its own keys, and the request in it for its agency.
  /// - Parameter seal: what the keys are sealed under, where they are.
  /// - Returns: the request's path.
  /// - Throws: `NodeError` where the folder is not empty or cannot be written; nothing is left then.
  public static func create(
    in folder: NodeFolder, _ node: NodeName, _ seal: OpenSeal? = nil
  ) throws -> String {
    let existed = FileManager.default.fileExists(atPath: folder.path)
    try folder.create()
    umask(0o077)
    do {
      let keys = try NodeKeys(creatingDeviceIn: folder, seal)
      let request = try DeviceRequest.document(
        of: node, tlsKey: try CertificateAuthority.publicKey(of: keys.tlsKeyPEM),
        key: keys.signing)
      try NodeFolder.write(Data(DocumentFile([request]).text.utf8), to: folder.deviceRequest)
      return folder.deviceRequest
    } catch {
      let files = FileManager.default
      for name in (try? files.contentsOfDirectory(atPath: folder.path)) ?? [] {
        try? files.removeItem(atPath: folder.path + "/" + name)
      }
      if !existed { try? files.removeItem(atPath: folder.path) }
      throw error
    }
  }

  /// Joins with the file that the agency wrote; again with a later one, which renews it.
  /// - Parameter web: where it serves its pages; where nothing is said, as before.
  /// - Throws: `NodeError` where the file is not for this device.
  public static func join(
    _ folder: NodeFolder, _ text: String, source: String, web: Endpoint? = nil,
    testClock: Bool = false, environment: [String: String] = [:],
    _ unlocking: Unlocking = Unlocking()
  ) throws -> LocalNode {
    guard access(folder.deviceRequest, F_OK) == 0 else {
      throw NodeError("no device in \(folder.path) (concord device init makes one)")
    }
    let request = try DeviceRequest(
      file: String(decoding: try NodeFolder.read(folder.deviceRequest), as: UTF8.self),
      source: folder.deviceRequest)
    let keys = try NodeKeys(folder, isDevice: true, unlocking)
    let answer = try EnrolmentFile(text, source: source, for: request, keys)
    umask(0o077)
    let isNew = access(folder.configuration, F_OK) != 0
    let now = Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
    let replica = try LocalReplica(
      path: folder.replica, me: request.node, sealing: keys.sealing(in: folder), creating: isNew)
    if let known = try replica.enrolment(of: request.node)?.terms.issuedAt,
      known > answer.enrolment.terms.issuedAt
    {
      throw NodeError("\(source): a later enrolment is here already, of \(known)")
    }
    try replica.enrol(answer.enrolment, with: answer.documents, now: now)
    try replica.close()
    // Last of all: only then a node is there.
    let before = isNew ? nil : try NodeConfiguration(in: folder)
    let configuration = try answer.configuration(
      web: web ?? before?.web, alert: before?.alert, testClock: testClock)
    try NodeFolder.write(Data(try configuration.yaml().utf8), to: folder.configuration)
    return try LocalNode(folder, environment: environment) { keys }
  }
}

/// What an agency gave a device to join with, checked as far as the device can.
private struct EnrolmentFile {
  let card: Card
  let enrolment: Enrolment
  /// What the device's replica begins with.
  let documents: [SignedDocument]

  init(
    _ text: String, source: String, for request: DeviceRequest, _ keys: NodeKeys
  ) throws {
    let file = try DocumentFile(text, source: source)
    guard let cardDocument = file.first(.card), let document = file.first(.enrolment) else {
      throw NodeError("\(source): expected an enrolment (concord device enrol)")
    }
    card = try Card(cardDocument, source: source)
    enrolment = try Enrolment(document, source: source)
    documents = file.documents.filter(\.kind.isShared)
    let node = enrolment.terms.node
    guard node == request.node, card.agency == node.agency else {
      throw NodeError("\(source): the enrolment is for \(node), not for \(request.node)")
    }
    guard document.isSigned(by: card.agency, key: card.signingKey) else {
      throw NodeError("\(source): the enrolment is not signed by \(card.agency): copy it anew")
    }
    let agreed = Partnership(documents)
    guard let pinned = agreed.card(of: card.agency), agreed.succeeds(card, pinned) else {
      throw NodeError("\(source): no agreement in it pins the card of \(card.agency)")
    }
    guard agreed.devices[card.agency]?.keys(of: node).contains(keys.signing.id) == true else {
      throw NodeError(
        "\(source): the enrolment is for other keys: give the agency this folder's device.request")
    }
    do {
      _ = try TLSIdentity(
        certificate: enrolment.terms.certificate, authorities: [card.authority],
        keyPEM: keys.tlsKeyPEM, for: node, federation: card.federation)
    } catch {
      throw NodeError("\(source): \(error): enrol the device anew")
    }
  }

  func configuration(web: Endpoint?, alert: String?, testClock: Bool) throws -> NodeConfiguration {
    guard let endpoint = Endpoint(enrolment.terms.endpoint) else {
      throw NodeError("the enrolment has no usable endpoint: enrol the device anew")
    }
    return NodeConfiguration(
      agency: card.agency, kind: card.kind, name: card.name, federation: card.federation,
      listen: NodeConfiguration.nowhere, endpoint: endpoint, device: enrolment.terms.node.node,
      web: web,
      alert: alert, testClock: testClock)
  }
}

extension LocalNode {
  /// What this node shows on a link: at an agency a new certificate of its CA, at a device the one that
  /// it was given last.
  func tlsIdentity() throws -> TLSIdentity {
    let (node, federation) = (configuration.node, configuration.federation)
    if keys.authority != nil {
      return try shownAuthority().issue(
        for: node, federation: federation, keyPEM: keys.tlsKeyPEM, now: Date())
    }
    guard let chain = try replica.partnership().keys(of: agency),
      let enrolment = try replica.enrolment(of: node)
    else { throw NodeError("\(node) is not enrolled (concord device join)") }
    do {
      return try TLSIdentity(
        certificate: enrolment.terms.certificate, authorities: chain.links.map(\.authority),
        keyPEM: keys.tlsKeyPEM, for: node, federation: federation)
    } catch {
      throw NodeError("\(error): enrol \(node) anew (concord device enrol, concord device join)")
    }
  }
}
