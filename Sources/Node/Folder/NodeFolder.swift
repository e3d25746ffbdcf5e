public import Foundation

/// A node's folder and what lies where in it. Only its owner can read it.
public struct NodeFolder: Hashable, Sendable {
  /// The folder's absolute path.
  public let path: String

  /// Names a folder; nothing is read yet.
  public init(_ path: String) {
    self.path = URL(fileURLWithPath: path).standardizedFileURL.path
  }

  var configuration: String { path + "/concord.yaml" }
  var policy: String { path + "/policy.yaml" }
  /// The SQLite file.
  public var replica: String { path + "/replica.sqlite" }
  /// The data keys with which values are sealed.
  var keyRing: String { path + "/keyring.sqlite" }
  var keys: String { path + "/keys" }
  var signingKey: String { keys + "/signing.key" }
  var tlsKey: String { keys + "/tls.pem" }
  var authorityKey: String { keys + "/authority.pem" }
  var authorityCertificate: String { keys + "/authority.der" }
  /// The key that opens the key ring.
  var ringKey: String { keys + "/ring.key" }
  /// The keys that took the place of the first ones, with those that they replaced.
  var rotatedKeys: String { keys + "/rotated.keys" }
  /// Held while keys are rotated.
  var rotating: String { keys + "/rotating.lock" }
  /// All private keys in one, where they are sealed.
  var sealedKeys: String { keys + "/sealed.keys" }
  var controlSocket: String { path + "/control.sock" }
  var lock: String { path + "/node.lock" }
  /// What a device asks its agency for, until it has joined.
  var deviceRequest: String { path + "/device.request" }

  /// Checks that a node was made here, and that this user can work on it.
  /// - Throws: `NodeError` that tells what is missing from what may not be read.
  func check() throws(NodeError) {
    guard access(configuration, F_OK) == 0 else {
      let isAbsent = errno == ENOENT || errno == ENOTDIR
      if isAbsent, access(deviceRequest, F_OK) == 0 {
        throw NodeError(
          "the device in \(path) is not enrolled yet: give \(deviceRequest) to the agency (concord "
            + "device enrol), and join with what it gives back (concord device join)")
      }
      throw isAbsent
        ? NodeError("no node in \(path) (concord init makes one)")
        : .system("cannot look into", path)
    }
    guard access(replica, F_OK) == 0 else {
      guard errno == ENOENT else { throw .system("cannot look into", path) }
      throw NodeError(
        "\(replica) is missing: restore it from a backup; a new node needs a new folder")
    }
    for needed in [path, replica] where access(needed, R_OK | W_OK) != 0 {
      // Even who only reads needs a place for the database's log.
      throw .system("this user must be able to write", needed)
    }
  }

  /// Makes folders for a new node.
  /// - Throws: `NodeError` where there is something already.
  func create() throws(NodeError) {
    let files = FileManager.default
    if let there = try? files.contentsOfDirectory(atPath: path), !there.isEmpty {
      throw NodeError("\(path) is not empty: choose a new folder")
    }
    var made = ""
    for part in keys.split(separator: "/") {
      made += "/\(part)"
      guard mkdir(made, 0o700) == 0 || errno == EEXIST else {
        throw .system("cannot make the folder", made)
      }
    }
    guard chmod(path, 0o700) == 0 else { throw .system("cannot make private", path) }
  }

  /// Writes a file that only its owner can read, durably and whole or not at all.
  static func write(_ data: Data, to path: String) throws(NodeError) {
    let temporary = path + ".new"
    let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw .system("cannot write", temporary) }
    var rest = data[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { Foundation.write(file, $0.baseAddress, $0.count) }
      guard written > 0 else {
        let error = NodeError.system("cannot write", temporary)
        Foundation.close(file)
        unlink(temporary)
        throw error
      }
      rest = rest.dropFirst(written)
    }
    guard fsync(file) == 0 else {
      let error = NodeError.system("cannot write", temporary)
      Foundation.close(file)
      unlink(temporary)
      throw error
    }
    Foundation.close(file)
    guard rename(temporary, path) == 0 else { throw .system("cannot write", path) }
    syncFolder(of: path)
  }

  /// Makes names in a file's folder durable.
  static func syncFolder(of path: String) {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    let file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard file >= 0 else { return }
    fsync(file)
    Foundation.close(file)
  }

  /// Overwrites a file and takes it away, where it is there. What a disk keeps elsewhere of what was
  /// overwritten is beyond reach.
  static func shred(_ path: String) throws(NodeError) {
    let file = open(path, O_WRONLY | O_CLOEXEC)
    guard file >= 0 else {
      guard errno == ENOENT else { throw .system("cannot take away", path) }
      return
    }
    var zeros = [UInt8](repeating: 0, count: Int(lseek(file, 0, SEEK_END)))
    pwrite(file, &zeros, zeros.count, 0)
    fsync(file)
    Foundation.close(file)
    guard unlink(path) == 0 else { throw .system("cannot take away", path) }
    syncFolder(of: path)
  }

  /// Checks that nobody but the owner can look into the folder of the keys.
  func checkKeysArePrivate() throws(NodeError) { try Self.checkIsPrivate(keys, "700") }

  /// Reads a file that holds a secret.
  /// - Throws: `NodeError` where others than its owner can read it.
  static func readPrivate(_ path: String) throws(NodeError) -> Data {
    let data = try read(path)
    try checkIsPrivate(path, "600")
    return data
  }

  /// Reads the secret in a key file.
  /// - Throws: `NodeError` where others than its owner can read it.
  public static func secret(in path: String) throws(NodeError) -> Data { try readPrivate(path) }

  private static func checkIsPrivate(_ path: String, _ mode: String) throws(NodeError) {
    guard try !isOpenToOthers(path) else {
      throw NodeError("\(path) can be read by others than its owner: chmod \(mode) \(path)")
    }
  }

  static func isOpenToOthers(_ path: String) throws(NodeError) -> Bool {
    var facts = stat()
    guard stat(path, &facts) == 0 else { throw .system("cannot read", path) }
    return facts.st_mode & 0o077 != 0
  }

  /// Bytes of the replica, with what is not moved into it yet.
  var replicaBytes: Int64 {
    ["", "-wal"].map { suffix in
      let found = try? FileManager.default.attributesOfItem(atPath: replica + suffix)
      return (found?[.size] as? Int64) ?? 0
    }.reduce(0, +)
  }

  /// Bytes that are free on the disk on which the folder lies; nothing where that cannot be asked.
  var freeBytes: Int64? {
    var facts = statvfs()
    guard statvfs(path, &facts) == 0 else { return nil }
    return Int64(facts.f_bavail) * Int64(facts.f_frsize)
  }

  /// Reads a file.
  static func read(_ path: String) throws(NodeError) -> Data {
    guard access(path, R_OK) == 0 else { throw .system("cannot read", path) }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw NodeError("cannot read \(path)")
    }
    return data
  }
}

/// Held by the one process that does something with a node's folder, as running its links.
struct RunLock: ~Copyable {
  private let file: Int32

  /// Takes the lock; nothing where another process holds it.
  init?(at path: String) throws(NodeError) {
    file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw .system("cannot open", path) }
    guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
      Foundation.close(file)
      return nil
    }
  }

  deinit { Foundation.close(file) }
}
