import Crypto
import FoundationEssentials
import GRDB
import Records

/// Copies of the ring, one beside each folder of backups: the current one alone, so that what was erased is
/// readable in no backup. Each key in it is wrapped as in the ring.
extension KeyRing {
  private static let tag = "concord/v1/ring/copy"

  /// Keeps a copy at a path from now on: it is written anew at once, and after each destruction.
  func keepCopy(at path: String) throws(ReplicaError) {
    try write { db in
      try db.execute(
        sql: "INSERT INTO copy (path, is_stale) VALUES (?, 1) ON CONFLICT DO NOTHING",
        arguments: [path])
    }
    try writeCopy(to: path)
  }

  func copies() throws(ReplicaError) -> [String] {
    try read { try String.fetchAll($0, sql: "SELECT path FROM copy ORDER BY path") }
  }

  /// Copies that hold keys which were destroyed since, as their folder could not be written.
  func staleCopies() throws(ReplicaError) -> [String] {
    try read {
      try String.fetchAll($0, sql: "SELECT path FROM copy WHERE is_stale = 1 ORDER BY path")
    }
  }

  /// Writes copies anew that are behind. One that cannot be written stays noted, and is tried again with the
  /// next destruction or backup.
  func refreshCopies() {
    for path in (try? staleCopies()) ?? [] { try? writeCopy(to: path) }
  }

  private func writeCopy(to path: String) throws(ReplicaError) {
    let (last, keys) = try read { db in
      (
        try Self.last(db),
        try Row.fetchAll(db, sql: "SELECT number, wrapped FROM data_key ORDER BY number")
      )
    }
    var wrapped = Data(capacity: Int(last) * Self.wrappedBytes)
    for (place, row) in keys.enumerated() {
      guard row["number"] == Int64(place + 1) else { throw .keyRing("\(self.path) is damaged") }
      wrapped.append(row["wrapped"] as Data)
    }
    let check = try read { try Data.fetchOne($0, sql: "SELECT key_check FROM ring") }
    let body = TaggedHash.message(Self.tag, check ?? Data(), wrapped)
    do {
      // Durable before it is said to be: a destroyed key must not come back with the power.
      try writeFile(Data(SHA256.hash(data: body)) + body, path)
    } catch {
      throw .keyRing("the copy of the key ring at \(path) cannot be written")
    }
    try write {
      try $0.execute(sql: "UPDATE copy SET is_stale = 0 WHERE path = ?", arguments: [path])
    }
  }

  /// Makes a ring from a copy. Keys that are made from now on get later numbers than all in it: what the lost
  /// replica did with the last of them is not known here.
  /// - Throws: `ReplicaError.keyRing` where it is no copy, or was altered.
  /// - Parameter destructions: more than the replica knows of.
  /// - Returns: the last number in it.
  static func restore(
    _ copy: String, to path: String, destructions: Int64
  ) throws(ReplicaError) -> Int64 {
    guard let bytes = FileManager.default.contents(atPath: copy) else {
      throw .keyRing("cannot read \(copy)")
    }
    guard bytes.count > 32, Data(SHA256.hash(data: bytes.dropFirst(32))) == bytes.prefix(32),
      let parts = TaggedHash.parts(of: Data(bytes.dropFirst(32))), parts.count == 3,
      parts[0] == Data(tag.utf8), parts[2].count.isMultiple(of: wrappedBytes)
    else { throw .keyRing("\(copy) is no whole copy of a key ring: take another") }
    let count = parts[2].count / wrappedBytes
    let file = try begin(path)
    do {
      try file.write { db in
        try db.execute(
          sql: "INSERT INTO ring VALUES (1, ?, ?)", arguments: [parts[1], destructions])
        for place in 0..<count {
          let wrapped = parts[2].dropFirst(place * wrappedBytes).prefix(wrappedBytes)
          try db.execute(
            sql: "INSERT INTO data_key VALUES (?, ?)", arguments: [place + 1, Data(wrapped)])
        }
      }
      try file.close()
    } catch {
      throw .wrapped(error, in: path)
    }
    return Int64(count)
  }
}
