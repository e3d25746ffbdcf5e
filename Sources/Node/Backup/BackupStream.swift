import Crypto
import Foundation
import Records

/// A file whose content is sealed in pieces, each bound to its place and to the head of the file, the last one
/// marked: nothing can be altered, moved, left out or cut off unnoticed (as in the STREAM construction of
/// Hoang, Reyhanitabar, Rogaway and Vizár, 2015).
enum BackupStream {
  static let magic = Data("concord backup 1".utf8)
  static let tag = "concord/v1/backup"
  /// Bytes of content in one piece.
  static let pieceBytes = 1 << 20
  static let saltBytes = 16
  static let tagBytes = 16
  /// No head is longer.
  static let headBytes = 16 << 10

  /// What each piece is sealed with: a key of this file alone, so that numbering the pieces is enough.
  struct Pieces {
    private let key: SymmetricKey
    private let head: Data
    private var number: UInt64 = 0

    init(_ open: OpenSeal, salt: Data, head: Data) {
      key = HKDF<SHA256>.deriveKey(
        inputKeyMaterial: open.key, salt: salt, info: Data(BackupStream.tag.utf8),
        outputByteCount: 32)
      self.head = Data(SHA256.hash(data: head))
    }

    mutating func seal(_ piece: Data, isLast: Bool) throws -> Data {
      let box = try AES.GCM.seal(
        piece, using: key, nonce: try nonce(), authenticating: mark(isLast))
      number += 1
      return box.ciphertext + box.tag
    }

    /// - Returns: nothing where it is not the next piece of this file, or was altered.
    mutating func open(_ bytes: Data, isLast: Bool) -> Data? {
      guard bytes.count >= tagBytes, let nonce = try? nonce(),
        let box = try? AES.GCM.SealedBox(
          nonce: nonce, ciphertext: bytes.dropLast(tagBytes), tag: bytes.suffix(tagBytes)),
        let piece = try? AES.GCM.open(box, using: key, authenticating: mark(isLast))
      else { return nil }
      number += 1
      return piece
    }

    private func nonce() throws -> AES.GCM.Nonce {
      try AES.GCM.Nonce(data: Data(count: 4) + number.bytes)
    }

    private func mark(_ isLast: Bool) -> Data { head + Data([isLast ? 1 : 0]) }
  }
}

extension FixedWidthInteger {
  /// Big-endian.
  var bytes: Data { withUnsafeBytes(of: bigEndian) { Data($0) } }

  init(bytes: Data) { self = bytes.reduce(0) { $0 << 8 | Self($1) } }
}

/// Writes a sealed file piece by piece.
struct BackupWriter {
  private let file: FileHandle
  private let path: String
  private var pieces: BackupStream.Pieces
  private var pending = Data()

  /// Begins a file that is not there yet.
  init(_ path: String, _ open: OpenSeal) throws(NodeError) {
    let made = Foundation.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard made >= 0 else { throw .system("cannot write", path) }
    file = FileHandle(fileDescriptor: made, closeOnDealloc: true)
    self.path = path
    let salt = SymmetricKey(size: .bits128).data
    let parts = open.seal.parts
    let head = TaggedHash.message(
      BackupStream.tag, parts[0], parts[1], parts[2], parts[3], salt)
    pieces = BackupStream.Pieces(open, salt: salt, head: head)
    try put(BackupStream.magic + UInt32(head.count).bytes + head)
  }

  mutating func write(_ content: Data) throws(NodeError) {
    pending.append(content)
    // The last piece is known only at the end.
    while pending.count > BackupStream.pieceBytes {
      try seal(Data(pending.prefix(BackupStream.pieceBytes)), isLast: false)
      pending = Data(pending.dropFirst(BackupStream.pieceBytes))
    }
  }

  /// Ends the file and makes it durable.
  mutating func finish() throws(NodeError) {
    try seal(pending, isLast: true)
    do {
      try file.synchronize()
      try file.close()
    } catch {
      throw NodeError("cannot write \(path): \(Self.why(error))")
    }
  }

  private mutating func seal(_ piece: Data, isLast: Bool) throws(NodeError) {
    guard let sealed = try? pieces.seal(piece, isLast: isLast) else {
      throw NodeError("\(path) could not be sealed")
    }
    try put(Data([isLast ? 1 : 0]) + UInt32(sealed.count).bytes + sealed)
  }

  private func put(_ bytes: Data) throws(NodeError) {
    do {
      try file.write(contentsOf: bytes)
    } catch {
      throw NodeError("cannot write \(path): \(Self.why(error))")
    }
  }

  private static func why(_ error: any Error) -> String {
    let code = ((error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError)?.code
    return String(cString: strerror(Int32(code ?? (error as NSError).code)))
  }
}

/// Reads a sealed file piece by piece. What it gives out is what was written, or it throws.
struct BackupReader {
  let seal: Seal
  private let file: FileHandle
  private let path: String
  private let salt: Data
  private let head: Data
  private var pieces: BackupStream.Pieces?
  private var content = Data()
  private var hasEnded = false

  /// Reads the head.
  /// - Throws: `NodeError` where it is no backup.
  init(_ path: String) throws(NodeError) {
    self.path = path
    let made = Foundation.open(path, O_RDONLY | O_CLOEXEC)
    guard made >= 0 else { throw .system("cannot read", path) }
    file = FileHandle(fileDescriptor: made, closeOnDealloc: true)
    let magic = (try? file.read(upToCount: BackupStream.magic.count)) ?? nil
    guard magic == BackupStream.magic else {
      throw NodeError("\(path) is no backup that this version of concord can read")
    }
    let count = (try? file.read(upToCount: 4)) ?? nil
    guard let count, count.count == 4, UInt32(bytes: count) <= BackupStream.headBytes,
      let head = (try? file.read(upToCount: Int(UInt32(bytes: count)))) ?? nil,
      let parts = TaggedHash.parts(of: head), parts.count == 6,
      parts[0] == Data(BackupStream.tag.utf8), let seal = Seal(parts: parts[1...4]),
      parts[5].count == BackupStream.saltBytes
    else { throw Self.damaged(path) }
    (self.head, self.seal, salt) = (head, seal, parts[5])
  }

  mutating func unlock(_ open: OpenSeal) {
    pieces = BackupStream.Pieces(open, salt: salt, head: head)
  }

  /// Reads exactly that many bytes.
  mutating func read(_ count: Int) throws(NodeError) -> Data {
    while content.count < count { try next() }
    let read = Data(content.prefix(count))
    content = Data(content.dropFirst(count))
    return read
  }

  /// Reads up to that many bytes, at least one.
  mutating func part(upTo count: Int) throws(NodeError) -> Data {
    if content.isEmpty { try next() }
    return try read(min(count, content.count))
  }

  /// Checks that the file ends here.
  mutating func finish() throws(NodeError) {
    while !hasEnded { try next() }
    let rest = (try? file.read(upToCount: 1)) ?? nil
    guard content.isEmpty, rest?.isEmpty ?? true else { throw Self.damaged(path) }
  }

  private mutating func next() throws(NodeError) {
    guard !hasEnded else { throw Self.damaged(path) }
    let start = try bytes(5)
    let (isLast, count) = (start[0] == 1, Int(UInt32(bytes: start.dropFirst())))
    guard start[0] <= 1, count <= BackupStream.pieceBytes + BackupStream.tagBytes else {
      throw Self.damaged(path)
    }
    let sealed = try bytes(count)
    guard let piece = pieces?.open(sealed, isLast: isLast) else { throw Self.damaged(path) }
    content.append(piece)
    hasEnded = isLast
  }

  private func bytes(_ count: Int) throws(NodeError) -> Data {
    let read = ((try? file.read(upToCount: count)) ?? nil) ?? Data()
    guard read.count == count else {
      throw NodeError("\(path) is cut short: take another generation; nothing was restored")
    }
    return read
  }

  private static func damaged(_ path: String) -> NodeError {
    NodeError("\(path) was altered or is damaged: take another generation; nothing was restored")
  }
}
