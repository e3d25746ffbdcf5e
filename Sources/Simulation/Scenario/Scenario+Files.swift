public import Agreements
import FoundationEssentials
import SyncProtocol

extension Scenario {
  /// Reads a scenario file and the texts that it names.
  /// - Throws: `DocumentError` with file, line and what was expected.
  public init(file path: String) throws(DocumentError) {
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    try self.init(try Self.text(of: path), source: path) { name throws(DocumentError) in
      try Self.text(of: name.hasPrefix("/") ? name : "\(folder)/\(name)")
    }
  }

  static func text(of path: String) throws(DocumentError) -> String {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw DocumentError(source: path, problem: "cannot be read")
    }
    guard path.hasSuffix(".gz") else {
      guard let text = String(data: data, encoding: .utf8) else {
        throw DocumentError(source: path, problem: "not UTF-8 text")
      }
      return text
    }
    guard let bytes = GzipFile.contents(of: data) else {
      throw DocumentError(source: path, problem: "not a gzip file")
    }
    // Registers of schools are published in Windows-1252; of names only what is ASCII is used.
    return String(data: bytes, encoding: .utf8)
      ?? String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
  }
}

/// A file as gzip writes it (RFC 1952), of one member.
enum GzipFile {
  /// What was deflated; nothing where the file is damaged.
  static func contents(of file: Data) -> Data? {
    let file = Data(file)
    guard file.count > 18, file[0] == 0x1F, file[1] == 0x8B, file[2] == 8 else { return nil }
    let flags = file[3]
    var start = 10
    func skipText() { while start < file.count, file[start] != 0 { start += 1 }; start += 1 }
    if flags & 4 != 0 { start += 2 + Int(file[10]) + Int(file[11]) << 8 }
    if flags & 8 != 0 { skipText() }
    if flags & 16 != 0 { skipText() }
    if flags & 2 != 0 { start += 2 }
    guard start < file.count - 8 else { return nil }
    let size = file.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    return Deflate.decompress(Data(file[start..<(file.count - 8)]), size: size)
  }
}
