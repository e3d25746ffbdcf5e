import ArgumentParser
import Foundation

struct SizeOption: ParsableArguments {
  @Option(help: "How many records of eight texts.") var records = 20_000
}

struct PlaceOption: ParsableArguments {
  @Option(name: .customLong("in"), help: "A folder for the files; what is there is overwritten.")
  var folder: String

  /// The folder, once it is there.
  func made() throws -> String {
    try Self.make(folder)
    return folder
  }

  static func make(_ folder: String) throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  /// A folder of this name in it, empty.
  func empty(_ name: String) throws -> String {
    let path = "\(URL(fileURLWithPath: folder).standardizedFileURL.path)/\(name)"
    try? FileManager.default.removeItem(atPath: path)
    try Self.make(path)
    return path
  }
}

/// Why nothing could be measured.
struct BenchError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// Anything as one line of JSON.
struct Facts: CustomStringConvertible {
  let description: String

  init(_ facts: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    description = String(decoding: try encoder.encode(facts), as: UTF8.self)
  }
}
