import Crypto
import Foundation
import Records
public import Replica

/// What a backup says of itself.
public struct BackupManifest: Codable, Hashable, Sendable {
  /// The node whose folder it was.
  public let node: String
  /// As of when; RFC 3339.
  public let created_at: String
  public let counts: ReplicaCounts
  /// The files in it, each with the SHA-256 of its content, in hexadecimal.
  public let files: [String: String]
}

/// A node's folder in one sealed file: a manifest, then each file behind its name and size.
enum BackupArchive {
  private static let manifestName = "manifest.json"
  /// No name and no manifest is longer.
  private static let nameBytes = 4_096
  private static let manifestBytes = 16 << 20

  /// Writes files into a new archive.
  /// - Parameter files: where each lies, by its name in the folder.
  static func write(
    _ manifest: BackupManifest, _ files: [String: String], to path: String, _ open: OpenSeal
  ) throws {
    var writer = try BackupWriter(path, open)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let text = try encoder.encode(manifest)
    try begin(manifestName, size: text.count, in: &writer)
    try writer.write(text)
    for (name, source) in files.sorted(by: { $0.key < $1.key }) {
      let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: source))
      let size = try file.seekToEnd()
      try file.seek(toOffset: 0)
      try begin(name, size: Int(size), in: &writer)
      var left = Int(size)
      while left > 0 {
        let part = try file.read(upToCount: min(left, BackupStream.pieceBytes)) ?? Data()
        guard !part.isEmpty else {
          throw NodeError("\(source) became shorter while it was backed up: try again")
        }
        try writer.write(part)
        left -= part.count
      }
    }
    try begin("", size: 0, in: &writer)
    try writer.finish()
  }

  private static func begin(
    _ name: String, size: Int, in writer: inout BackupWriter
  ) throws(NodeError) {
    try writer.write(UInt32(name.utf8.count).bytes + Data(name.utf8) + UInt64(size).bytes)
  }

  /// Unpacks an archive into an empty folder and checks all of it: every piece, every file's digest, every
  /// page of the replica, and how much is in it.
  static func unpack(
    _ path: String, _ unlocking: Unlocking, into folder: String
  ) throws -> BackupManifest {
    var reader = try BackupReader(path)
    reader.unlock(try unlocking.open(reader.seal, of: path))
    return try unpack(path, &reader, into: folder)
  }

  static func unpack(_ path: String, _ open: OpenSeal, into folder: String) throws -> BackupManifest
  {
    var reader = try BackupReader(path)
    reader.unlock(open)
    return try unpack(path, &reader, into: folder)
  }

  private static func unpack(
    _ path: String, _ reader: inout BackupReader, into folder: String
  ) throws -> BackupManifest {
    guard let first = try next(&reader), first.name == manifestName, first.size <= manifestBytes,
      let manifest = try? JSONDecoder().decode(
        BackupManifest.self, from: try reader.read(first.size)),
      let node = NodeName(manifest.node)
    else { throw damaged(path) }
    var digests: [String: String] = [:]
    while let file = try next(&reader) {
      guard isInside(file.name), digests[file.name] == nil else { throw damaged(path) }
      digests[file.name] = try unpack(file, &reader, to: folder + "/" + file.name)
    }
    try reader.finish()
    guard digests == manifest.files else { throw damaged(path) }
    let counts = try LocalReplica.check(copy: folder + "/replica.sqlite", of: node)
    guard counts == manifest.counts else { throw damaged(path) }
    return manifest
  }

  private static func next(
    _ reader: inout BackupReader
  ) throws -> (name: String, size: Int)? {
    let count = Int(UInt32(bytes: try reader.read(4)))
    guard count <= nameBytes else { throw NodeError("a name in the backup is too long") }
    let name = String(decoding: try reader.read(count), as: UTF8.self)
    let size = UInt64(bytes: try reader.read(8))
    return name.isEmpty ? nil : (name, Int(clamping: size))
  }

  private static func unpack(
    _ file: (name: String, size: Int), _ reader: inout BackupReader, to path: String
  ) throws -> String {
    try FileManager.default.createDirectory(
      atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path,
      withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    let made = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard made >= 0 else { throw NodeError.system("cannot write", path) }
    let target = FileHandle(fileDescriptor: made, closeOnDealloc: true)
    var (hash, left) = (SHA256(), file.size)
    while left > 0 {
      let part = try reader.part(upTo: left)
      hash.update(data: part)
      do { try target.write(contentsOf: part) } catch {
        throw NodeError.system("cannot write", path)
      }
      left -= part.count
    }
    do { try target.synchronize() } catch { throw NodeError.system("cannot write", path) }
    return hash.finalize().hexadecimal
  }

  /// Whether a name stays in the folder.
  private static func isInside(_ name: String) -> Bool {
    name.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
      !$0.isEmpty && $0 != "." && $0 != ".."
    }
  }

  private static func damaged(_ path: String) -> NodeError {
    NodeError("\(path) was altered or is damaged: take another generation; nothing was restored")
  }

  /// A file's digest, in hexadecimal.
  static func digest(ofFile path: String) throws -> String {
    let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
    var hash = SHA256()
    while let part = try file.read(upToCount: BackupStream.pieceBytes), !part.isEmpty {
      hash.update(data: part)
    }
    return hash.finalize().hexadecimal
  }
}

extension SHA256Digest {
  fileprivate var hexadecimal: String {
    map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
