import Crypto
public import Foundation
import Records
import Replica

/// A backup that was written and read back.
public struct WrittenBackup: Sendable {
  public let path: String
  public let bytes: Int
  public let manifest: BackupManifest
  /// Older generations that were taken away.
  public let removed: [String]
}

extension LocalNode {
  /// Writes a backup of the node's folder, while the node runs and syncs, and reads it back.
  /// - Parameters:
  ///   - path: a file that is not there yet, outside the folder.
  ///   - seal: what it is sealed under; nothing for what seals the keys.
  /// - Throws: `NodeError`; nothing is left at the path then.
  public func backUp(to path: String, _ seal: OpenSeal? = nil) throws -> WrittenBackup {
    let path = URL(fileURLWithPath: path).standardizedFileURL.path
    guard let seal = seal ?? keys.seal else {
      throw NodeError(
        "the keys are not sealed, so say what the backup is sealed under (--new-passphrase-file, "
          + "--key-file)")
    }
    try checkTarget(path)
    guard let lock = try RunLock(at: folder.backupLock) else {
      throw NodeError("another backup of \(folder.path) is being written")
    }
    let written = Result { try writeAndReadBack(path, seal) }
    _ = consume lock
    return try written.get()
  }

  private func writeAndReadBack(_ path: String, _ seal: OpenSeal) throws -> WrittenBackup {
    // What a backup that was killed left.
    try? FileManager.default.removeItem(atPath: folder.backupScratch)
    defer { try? FileManager.default.removeItem(atPath: folder.backupScratch) }
    guard mkdir(folder.backupScratch, 0o700) == 0 else {
      throw NodeError.system("cannot make the folder", folder.backupScratch)
    }
    let temporary = path + ".new"
    unlink(temporary)
    do {
      let manifest = try write(to: temporary, seal)
      let read = folder.backupScratch + "/read"
      guard mkdir(read, 0o700) == 0 else { throw NodeError.system("cannot make the folder", read) }
      guard try BackupArchive.unpack(temporary, seal, into: read) == manifest else {
        throw NodeError("\(temporary) did not read back as it was written: try again")
      }
      // A link, unlike a renaming, is never put over another file.
      guard link(temporary, path) == 0 else { throw NodeError.system("cannot write", path) }
      unlink(temporary)
      NodeFolder.syncFolder(of: path)
      let parent = URL(fileURLWithPath: path).deletingLastPathComponent().path
      try replica.keepKeyRingCopy(at: "\(parent)/\(NodeFolder.keyRingCopy(of: configuration.node))")
      let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
      return WrittenBackup(path: path, bytes: size ?? 0, manifest: manifest, removed: [])
    } catch {
      unlink(temporary)
      throw error
    }
  }

  /// Writes a generation into a folder of backups, and then takes the oldest ones away beyond so many.
  /// - Throws: `NodeError`; no generation is taken away then.
  public func backUp(
    into generations: String, keeping count: Int, _ seal: OpenSeal? = nil
  ) throws -> WrittenBackup {
    let stamp = clock.now().description.filter { $0 != "-" && $0 != ":" }
    let written = try backUp(to: "\(generations)/\(generationPrefix)\(stamp).backup", seal)
    let kept = try FileManager.default.contentsOfDirectory(atPath: generations)
      .filter(isGeneration).sorted()
    let removed = kept.dropLast(count).map { "\(generations)/\($0)" }
    for path in removed where unlink(path) != 0 { throw NodeError.system("cannot take away", path) }
    return WrittenBackup(
      path: written.path, bytes: written.bytes, manifest: written.manifest, removed: removed)
  }

  private var generationPrefix: String { NodeFolder.fileName(of: configuration.node) + "-" }

  /// Whether a file is one of this node's generations, by its name alone.
  private func isGeneration(_ name: String) -> Bool {
    guard name.hasPrefix(generationPrefix), name.hasSuffix(".backup") else { return false }
    let stamp = name.dropFirst(generationPrefix.count).dropLast(".backup".count)
    return stamp.wholeMatch(of: /\d{8}T\d{6}\.\d{3}Z/) != nil
  }

  private func checkTarget(_ path: String) throws(NodeError) {
    guard access(path, F_OK) != 0 else {
      throw NodeError("\(path) is there already: a backup never overwrites; choose another name")
    }
    let parent = URL(fileURLWithPath: path).deletingLastPathComponent()
    guard access(parent.path, W_OK | X_OK) == 0 else {
      throw .system("cannot write in", parent.path)
    }
    let inside = URL(fileURLWithPath: folder.path).resolvingSymlinksInPath().path + "/"
    guard !(parent.resolvingSymlinksInPath().path + "/").hasPrefix(inside) else {
      throw NodeError("\(path) lies in the node's own folder: keep backups elsewhere")
    }
  }

  private func write(to path: String, _ seal: OpenSeal) throws -> BackupManifest {
    let copy = folder.backupScratch + "/replica.sqlite"
    let now = clock.now()
    try replica.copy(to: copy)
    var files = try folder.filesToKeep()
    files["replica.sqlite"] = copy
    let manifest = BackupManifest(
      node: configuration.node.description, created_at: now.description,
      counts: try LocalReplica.check(copy: copy, of: configuration.node),
      files: try files.mapValues(BackupArchive.digest(ofFile:)))
    try BackupArchive.write(manifest, files, to: path, seal)
    return manifest
  }
}

extension LocalNode {
  /// When the newest backup was written that lies where this node keeps copies of its key ring; nothing where none
  /// does, or the folder cannot be reached now.
  /// - Throws: `ReplicaError`.
  public func lastBackup() throws -> Date? {
    let files = FileManager.default
    return Set(
      try replica.keyRingCopies().map {
        URL(fileURLWithPath: $0).deletingLastPathComponent().path
      }
    ).flatMap { folder in
      ((try? files.contentsOfDirectory(atPath: folder)) ?? []).filter(isGeneration)
        .compactMap {
          try? files.attributesOfItem(atPath: "\(folder)/\($0)")[.modificationDate] as? Date
        }
    }.max()
  }
}

extension NodeFolder {
  /// `police.south-yorkshire`, or `police.south-yorkshire_car-12`.
  fileprivate static func fileName(of node: NodeName) -> String {
    node.isDevice ? "\(node.agency)_\(node.node)" : node.agency.description
  }

  /// The name of the one copy of a node's key ring that lies beside its backups.
  static func keyRingCopy(of node: NodeName) -> String { fileName(of: node) + ".keyring" }

  /// Where a copy lies while a backup is written and read back.
  var backupScratch: String { path + "/backup.part" }
  var backupLock: String { path + "/backup.lock" }

  /// What makes the node beside its replica: configuration, keys as they lie there, policy, calendars.
  fileprivate func filesToKeep() throws -> [String: String] {
    let passing = ["node.lock", "backup.lock", "control.sock", "keys/rotating.lock"]
    var found: [String: String] = [:]
    func look(_ under: String) throws {
      for name in try FileManager.default.contentsOfDirectory(atPath: path + "/" + under).sorted() {
        let relative = under.isEmpty ? name : "\(under)/\(name)"
        guard !relative.hasPrefix("replica.sqlite"), !relative.hasPrefix("keyring.sqlite"),
          !passing.contains(relative),
          relative != "backup.part", !name.hasSuffix(".new")
        else { continue }
        var facts = stat()
        guard lstat(path + "/" + relative, &facts) == 0 else { continue }
        switch facts.st_mode & S_IFMT {
        case S_IFDIR: try look(relative)
        case S_IFREG, S_IFLNK:
          guard access(path + "/" + relative, R_OK) == 0 else {
            throw NodeError.system("cannot read", path + "/" + relative)
          }
          found[relative] = path + "/" + relative
        default: continue
        }
      }
    }
    try look("")
    return found
  }
}
