import Foundation
import Node

/// Files that people name on the command line.
enum TextFile {
  static func read(_ path: String) throws -> (text: String, source: String) {
    guard access(path, R_OK) == 0 else { throw problem("cannot read", path) }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw NodeError("cannot read \(path): it is no file")
    }
    guard let text = String(data: data, encoding: .utf8) else {
      throw NodeError("\(path): not UTF-8 text")
    }
    return (text, path)
  }

  /// All of standard input.
  static func standardInput() throws -> (text: String, source: String) {
    let source = "standard input"
    guard let data = try FileHandle.standardInput.readToEnd(),
      let text = String(data: data, encoding: .utf8)
    else { throw NodeError("\(source): expected UTF-8 text") }
    return (text, source)
  }

  /// Checks that a new file can be made, before anything is done for its sake.
  static func checkNew(_ path: String) throws {
    guard access(path, F_OK) != 0 else {
      throw NodeError("\(path) is there already: move it away, or choose another name")
    }
    guard errno == ENOENT else { throw problem("cannot write", path) }
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    guard access(folder, W_OK | X_OK) == 0 else { throw problem("cannot write in", folder) }
  }

  /// Writes a new file, whole or not at all; never over another, which may hold signatures.
  /// - Parameter isPrivate: whether only its owner may read it.
  static func create(_ text: String, at path: String, isPrivate: Bool = false) throws {
    try create(Data(text.utf8), at: path, isPrivate: isPrivate)
  }

  static func create(_ data: Data, at path: String, isPrivate: Bool = false) throws {
    try checkNew(path)
    let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, isPrivate ? 0o600 : 0o644)
    guard file >= 0 else { throw problem("cannot write", path) }
    defer { close(file) }
    var rest = data[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { Foundation.write(file, $0.baseAddress, $0.count) }
      guard written > 0 else {
        let error = problem("cannot write", path)
        unlink(path)
        throw error
      }
      rest = rest.dropFirst(written)
    }
  }

  /// Writes in the place of what is there, whole or not at all.
  static func replace(_ path: String, with text: String) throws {
    do {
      try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      // Says why by the same means as for a new file; the library's own words name no cause.
      let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
      guard access(folder, W_OK | X_OK) == 0 else { throw problem("cannot write in", folder) }
      throw NodeError("cannot write \(path)")
    }
  }

  private static func problem(_ what: String, _ path: String) -> NodeError {
    NodeError("\(what) \(path): \(String(cString: strerror(errno)).lowercased())")
  }
}
