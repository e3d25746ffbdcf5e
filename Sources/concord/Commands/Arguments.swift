public import ArgumentParser
import Foundation
import Node
public import Records
public import Transport

extension AgencyID: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}

extension AgencyKind: ExpressibleByArgument {}

extension RecordID: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
  public var defaultValueDescription: String { description }
}

extension WriteID: ExpressibleByArgument {
  public init?(argument: String) { self.init(hexadecimal: argument) }
  public var defaultValueDescription: String { description }
}

extension Endpoint: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}

/// The folder of the node that a command works on.
struct NodeArgument: ParsableArguments {
  @Argument(help: "The node's folder.")
  var dir: String

  var folder: NodeFolder { NodeFolder(dir) }

  func open() throws -> LocalNode {
    try LocalNode(folder, environment: ProcessInfo.processInfo.environment)
  }
}

/// Whether a command prints JSON.
struct JSONFlag: ParsableArguments {
  @Flag(help: "Print JSON.")
  var json = false
}

/// What people type as values.
enum Typed {
  /// Bytes that are not UTF-8 arrive here as U+FFFD; what was meant is lost by then.
  static func check(_ texts: [String]) throws {
    for text in texts where text.unicodeScalars.contains("\u{FFFD}") {
      throw ValidationError("'\(text)': not UTF-8 text")
    }
  }
}

/// Files that people name on the command line.
enum TextFile {
  static func read(_ path: String) throws -> (text: String, source: String) {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw NodeError("cannot read \(path)")
    }
    guard let text = String(data: data, encoding: .utf8) else {
      throw NodeError("\(path): not UTF-8 text")
    }
    return (text, path)
  }

  /// Writes whole or not at all.
  static func write(_ text: String, to path: String) throws {
    do {
      try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw NodeError("cannot write \(path): \(error.localizedDescription)")
    }
  }
}
