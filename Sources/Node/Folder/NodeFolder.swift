import Foundation

/// A node's folder and what lies where in it. Only its owner can read it.
public struct NodeFolder: Hashable, Sendable {
  /// The folder's absolute path.
  public let path: String

  /// Names a folder; nothing is read yet.
  public init(_ path: String) {
    self.path = URL(fileURLWithPath: path).standardizedFileURL.path
  }

  var configuration: String { path + "/concord.yaml" }
  /// The SQLite file.
  public var replica: String { path + "/replica.sqlite" }
  var keys: String { path + "/keys" }
  var signingKey: String { keys + "/signing.key" }
  var tlsKey: String { keys + "/tls.pem" }
  var authorityKey: String { keys + "/authority.pem" }
  var authorityCertificate: String { keys + "/authority.der" }
  var controlSocket: String { path + "/control.sock" }
  var lock: String { path + "/node.lock" }

  /// Whether a node was made here.
  public var exists: Bool { FileManager.default.fileExists(atPath: configuration) }

  /// Makes folders for a new node.
  /// - Throws: `NodeError` where there is something already.
  func create() throws(NodeError) {
    let files = FileManager.default
    if let there = try? files.contentsOfDirectory(atPath: path), !there.isEmpty {
      throw NodeError("\(path) is not empty: choose a new folder")
    }
    do {
      let mode: [FileAttributeKey: Any] = [.posixPermissions: 0o700]
      try files.createDirectory(
        atPath: path, withIntermediateDirectories: true, attributes: mode)
      try files.setAttributes(mode, ofItemAtPath: path)
      try files.createDirectory(
        atPath: keys, withIntermediateDirectories: true, attributes: mode)
    } catch {
      throw NodeError("cannot make the folder \(path): \(error.localizedDescription)")
    }
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
    fsync(file)
    Foundation.close(file)
    guard rename(temporary, path) == 0 else { throw .system("cannot write", path) }
  }

  /// Reads a file.
  static func read(_ path: String) throws(NodeError) -> Data {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw NodeError("cannot read \(path)")
    }
    return data
  }
}

/// Held by the one process that runs links for a node's folder.
struct RunLock: ~Copyable {
  private let file: Int32

  /// Takes the lock; nothing where another process holds it.
  init?(_ folder: NodeFolder) throws(NodeError) {
    file = open(folder.lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw .system("cannot open", folder.lock) }
    guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
      Foundation.close(file)
      return nil
    }
  }

  deinit { Foundation.close(file) }
}
