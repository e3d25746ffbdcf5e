public import Agreements
import Foundation
public import Records
public import Replica
import Transport

/// A node's folder opened for work: what the command line and the daemon both build on.
public struct LocalNode: Sendable {
  public let folder: NodeFolder
  public let configuration: NodeConfiguration
  public let clock: NodeClock
  public let replica: LocalReplica
  let keys: NodeKeys

  /// This agency.
  public var agency: AgencyID { configuration.agency }

  /// Makes a new node in a new folder: keys, CA, configuration, an empty replica.
  /// - Parameters:
  ///   - seal: what the keys are sealed under, where they are.
  ///   - sealsValues: whether values are sealed, each record's with a key of its own.
  /// - Throws: `NodeError` where the folder is not empty or cannot be written; nothing is left then.
  public static func create(
    in folder: NodeFolder, _ configuration: NodeConfiguration, _ seal: OpenSeal? = nil,
    sealsValues: Bool = true, environment: [String: String] = [:]
  ) throws -> LocalNode {
    let existed = FileManager.default.fileExists(atPath: folder.path)
    try folder.create()
    umask(0o077)
    do {
      let keys = try NodeKeys(
        creatingIn: folder, configuration, seal, sealsValues: sealsValues, now: Date())
      try NodeFolder.write(Data(try configuration.yaml().utf8), to: folder.configuration)
      // The empty replica of a new node; nothing else ever makes one.
      try LocalReplica(
        path: folder.replica, me: configuration.node, sealing: keys.sealing(in: folder),
        creating: true
      ).close()
      return try LocalNode(folder, environment: environment) { keys }
    } catch {
      let files = FileManager.default
      for name in (try? files.contentsOfDirectory(atPath: folder.path)) ?? [] {
        try? files.removeItem(atPath: folder.path + "/" + name)
      }
      if !existed { try? files.removeItem(atPath: folder.path) }
      throw error
    }
  }

  /// Opens a node's folder.
  /// - Throws: `NodeError` where no node is there, a file of it is damaged, or its keys stay sealed.
  public init(
    _ folder: NodeFolder, environment: [String: String] = [:],
    _ unlocking: Unlocking = Unlocking()
  ) throws {
    try folder.check()
    let configuration = try NodeConfiguration(in: folder)
    try self.init(folder, environment: environment) {
      try NodeKeys(folder, isDevice: configuration.device != nil, unlocking)
    }
  }

  /// Opens a node's folder, of which the keys may be open already.
  init(
    _ folder: NodeFolder, environment: [String: String], _ keys: () throws -> NodeKeys
  ) throws {
    self.folder = folder
    configuration = try NodeConfiguration(in: folder)
    clock = try NodeClock(configuration, environment: environment)
    let opened = try keys()
    umask(0o077)
    replica = try LocalReplica(
      path: folder.replica, me: configuration.node, sealing: opened.sealing(in: folder))
    // Only who has rotated keys has to ask which of them count.
    self.keys =
      opened.pairs.count > 1
      ? opened.settled(by: try replica.partnership().keys(of: configuration.agency)) : opened
  }

  /// The agency's card, signed.
  /// - Throws: `NodeError` at a device.
  public func card() throws -> SignedDocument {
    try Card(
      agency: agency, federation: configuration.federation, kind: configuration.kind,
      name: configuration.name, endpoint: configuration.endpoint.description,
      signingKey: keys.signing.publicKey, authority: try authority().der
    ).document(signedBy: keys.signing)
  }

  /// The agency's CA, which is at the agency's own node: what a device may not do for its agency is
  /// refused here.
  func authority() throws(NodeError) -> CertificateAuthority {
    guard let authority = keys.authority else {
      throw NodeError(
        "\(configuration.node) is a device: this is done at the agency's own node")
    }
    return authority
  }

  /// Writes edits and durably signs them.
  /// - Returns: the changes' ids.
  /// - Throws: `ReplicaError`.
  public func put(_ edits: [Edit]) throws -> [ChangeID] {
    try checkKeys()
    for edit in edits { try checkPlausible(edit) }
    var signer = signer()
    return try replica.put(edits, &signer)
  }

  /// Writes a program's edits and durably signs them, where what it asks for holds.
  /// - Throws: `ReplicaError`.
  public func put(_ edits: [Edit], under conditions: WriteConditions) throws -> ProgramWrite {
    try checkKeys()
    for edit in edits { try checkPlausible(edit) }
    var signer = signer()
    return try replica.put(edits, under: conditions, &signer)
  }

  /// The agencies that an edit names and no agreement here knows, neither as party nor as member.
  /// - Throws: `ReplicaError`.
  public func strangers(in edit: Edit) throws -> [AgencyID] {
    let partnership = try replica.partnership()
    let known = Set(partnership.parties)
    let named = edit.assignments.compactMap { assignment -> AgencyID? in
      guard partnership.field(assignment.field, of: edit.type)?.field.type == .agency else {
        return nil
      }
      switch assignment {
      case .set(_, let text), .add(_, let text): return AgencyID(text)
      case .remove, .clear: return nil
      }
    }
    return Set(named).subtracting(known).sorted()
  }

  /// Settles a conflict.
  /// - Throws: `ReplicaError`.
  public func resolve(
    _ record: RecordID, _ field: String, value: String, seen: [WriteID], person: String?,
    actor: Edit.Actor? = nil
  ) throws -> [ChangeID] {
    try checkKeys()
    var signer = signer()
    return try replica.resolve(
      record, field, value: value, seen: seen, person: person, actor: actor, &signer)
  }

  /// Checks that the keys in the folder are those that the agreement pins for this agency: what
  /// another key signs, no other node takes.
  /// - Throws: `NodeError` that names the file.
  func checkKeys() throws {
    let partnership = try replica.partnership()
    guard let chain = partnership.keys(of: agency) else { return }
    if configuration.device != nil {
      let known = partnership.devices[agency]?.keys(of: configuration.node) ?? []
      guard known.contains(keys.signing.id) else {
        throw NodeError(
          "\(folder.signingKey) is not the key with which \(configuration.node) was enrolled: "
            + "restore \(folder.keys) from a backup, or enrol a new device")
      }
      return
    }
    let own = NodeKeys.Pair(signing: keys.signing, authority: try authority()).keys
    if let link = chain.links.last(where: { $0.keys == own }) {
      // What runs goes on with the keys with which it was started, for as long as they count.
      guard let until = link.until, until <= clock.now() else { return }
      throw NodeError(
        "the keys of \(agency) were rotated, and those that are in use counted until \(until): start "
          + "the node anew, or restore \(folder.keys) from a backup made since the rotation")
    }
    let isKey = chain.signingKeys.contains(own.signingKey)
    throw NodeError(
      "\(isKey ? folder.authorityCertificate : folder.signingKey) does not belong to the card of "
        + "\(agency) in the agreement: restore \(folder.keys) from a backup")
  }

  /// A new record's id.
  public static func newRecordID() -> RecordID {
    var generator = SystemRandomNumberGenerator()
    return RecordID(using: &generator)
  }

  private func signer() -> Signer<SystemRandomness> {
    Signer(key: keys.signing, now: clock.now(), generator: SystemRandomness())
  }
}
