import Foundation
import Records
import Replica

/// Making a node's folder from a backup.
public enum Restoring {
  /// Unpacks a backup into a folder that is not there yet, or is empty. All of it is checked before the folder
  /// gets its name.
  /// - Parameter ring: the newest copy of the node's key ring; by default the one beside the backup.
  /// - Throws: `NodeError` where the backup is not whole, the secret is wrong, or something is in the way;
  ///   nothing is left then, and nothing was overwritten.
  public static func restore(
    _ path: String, to folder: NodeFolder, ring: String? = nil, _ unlocking: Unlocking
  ) throws -> BackupManifest {
    try checkTarget(folder)
    umask(0o077)
    let parent = URL(fileURLWithPath: folder.path).deletingLastPathComponent().path
    guard access(parent, W_OK | X_OK) == 0 else {
      throw NodeError.system("cannot write in", parent)
    }
    let temporary = folder.path + ".restoring"
    guard mkdir(temporary, 0o700) == 0 else {
      guard errno == EEXIST else { throw NodeError.system("cannot make the folder", temporary) }
      throw NodeError(
        "\(temporary) is there already, of a restore that runs or was killed: take it away first")
    }
    do {
      let manifest = try BackupArchive.unpack(path, unlocking, into: temporary)
      let configuration = try NodeConfiguration(in: NodeFolder(temporary))
      guard configuration.node.description == manifest.node else {
        throw NodeError(
          "\(path) holds the replica of \(manifest.node) and the configuration of another")
      }
      try restoreRing(ring, beside: path, of: configuration, in: NodeFolder(temporary))
      NodeFolder.syncFolder(of: temporary + "/replica.sqlite")
      // An empty folder gives way; one in which something has come meanwhile does not.
      guard rename(temporary, folder.path) == 0 else {
        throw NodeError.system("cannot make the folder", folder.path)
      }
      NodeFolder.syncFolder(of: folder.path)
      return manifest
    } catch {
      try? FileManager.default.removeItem(atPath: temporary)
      throw error
    }
  }

  private static func restoreRing(
    _ named: String?, beside backup: String, of configuration: NodeConfiguration,
    in folder: NodeFolder
  ) throws {
    guard try LocalReplica.isSealed(copy: folder.replica) else { return }
    let beside = URL(fileURLWithPath: backup).deletingLastPathComponent().path
    let copy = named ?? "\(beside)/\(NodeFolder.keyRingCopy(of: configuration.node))"
    guard access(copy, R_OK) == 0 else {
      throw NodeError(
        "the values in \(backup) are sealed, and there is no copy of the key ring at \(copy): say where it "
          + "is (--keyring)")
    }
    try LocalReplica.restoreKeyRing(from: copy, to: folder.keyRing, beside: folder.replica)
  }

  private static func checkTarget(_ folder: NodeFolder) throws(NodeError) {
    guard access(folder.path, F_OK) == 0 else { return }
    guard access(folder.configuration, F_OK) != 0, access(folder.replica, F_OK) != 0 else {
      throw NodeError(
        "\(folder.path) holds a node: a restore never overwrites one; choose a new folder")
    }
    let there = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
    guard there?.isEmpty ?? false else {
      throw NodeError("\(folder.path) is not an empty folder: choose a new one")
    }
  }
}
