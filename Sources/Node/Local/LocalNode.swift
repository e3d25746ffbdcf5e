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
  /// - Throws: `NodeError` where the folder is not empty or cannot be written; nothing is left then.
  public static func create(
    in folder: NodeFolder, _ configuration: NodeConfiguration,
    environment: [String: String] = [:]
  ) throws -> LocalNode {
    let existed = FileManager.default.fileExists(atPath: folder.path)
    try folder.create()
    do {
      _ = try NodeKeys(creatingIn: folder, configuration, now: Date())
      try NodeFolder.write(Data(try configuration.yaml().utf8), to: folder.configuration)
      return try LocalNode(folder, environment: environment)
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
  /// - Throws: `NodeError` where no node is there, or a file of it is damaged.
  public init(_ folder: NodeFolder, environment: [String: String] = [:]) throws {
    guard folder.exists else {
      throw NodeError("no node in \(folder.path) (concord init makes one)")
    }
    self.folder = folder
    configuration = try NodeConfiguration(
      yaml: String(decoding: try NodeFolder.read(folder.configuration), as: UTF8.self),
      source: folder.configuration)
    clock = try NodeClock(configuration, environment: environment)
    keys = try NodeKeys(folder)
    umask(0o077)
    replica = try LocalReplica(path: folder.replica, me: configuration.node)
  }

  /// The agency's card, signed.
  public func card() throws -> SignedDocument {
    try Card(
      agency: agency, federation: configuration.federation, kind: configuration.kind,
      name: configuration.name, endpoint: configuration.endpoint.description,
      signingKey: keys.signing.publicKey, authority: keys.authority.der
    ).document(signedBy: keys.signing)
  }

  /// Writes edits and durably signs them.
  /// - Returns: the changes' ids.
  /// - Throws: `ReplicaError`.
  public func put(_ edits: [Edit]) throws -> [ChangeID] {
    var signer = signer()
    return try replica.put(edits, &signer)
  }

  /// Settles a conflict.
  /// - Throws: `ReplicaError`.
  public func resolve(
    _ record: RecordID, _ field: String, value: String, seen: [WriteID], person: String?
  ) throws -> [ChangeID] {
    var signer = signer()
    return try replica.resolve(
      record, field, value: value, seen: seen, person: person, &signer)
  }

  /// A new record's id.
  public static func newRecordID() -> RecordID {
    var generator = SystemRandomNumberGenerator()
    return RecordID(using: &generator)
  }

  private func signer() -> Signer<SystemRandomNumberGenerator> {
    Signer(key: keys.signing, now: clock.now(), generator: SystemRandomNumberGenerator())
  }
}
