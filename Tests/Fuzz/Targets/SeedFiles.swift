import Foundation
import Records
import SyncProtocol

/// The corpus that fuzzing starts from: the published vectors and profiles, and one message of each
/// kind, as each target takes its bytes apart. The same bytes come out on every run.
public struct SeedFiles {
  private let vectors: URL
  private let profiles: URL
  /// Longer vectors show nothing that the shorter ones do not, and slow every mutation down.
  private static let longest = 3_000

  /// Reads from the folders of the protocol.
  public init(vectors: String, profiles: String) {
    self.vectors = URL(fileURLWithPath: vectors)
    self.profiles = URL(fileURLWithPath: profiles)
  }

  /// Writes a folder of seeds for each target.
  public func write(to folder: String) throws {
    let root = URL(fileURLWithPath: folder)
    for (target, seeds) in try all() {
      let place = root.appendingPathComponent(target.rawValue)
      try? FileManager.default.removeItem(at: place)
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      var written: Set<Data> = []
      for (name, bytes) in seeds.sorted(by: { $0.key < $1.key })
      where bytes.count <= Self.longest || target == .documents {
        guard written.insert(bytes).inserted else { continue }
        try bytes.write(to: place.appendingPathComponent(name))
      }
    }
  }

  private func all() throws -> [FuzzTarget: [String: Data]] {
    let messages = try SampleMessages().named
    var seeds: [FuzzTarget: [String: Data]] = [:]
    for (name, message) in messages {
      let bytes = message.encoded()
      seeds[.messages, default: [:]][name] = bytes
      seeds[.frames, default: [:]][name] = try FrameCodec().frame(bytes)
      seeds[.link, default: [:]][name] = Data([0]) + FuzzInput.chunk(bytes)
      if case .reconcile = message {
        seeds[.link, default: [:]]["asked-\(name)"] = Data([7, 0, 9, 0]) + FuzzInput.chunk(bytes)
      }
      guard case .batch(let batch) = message else { continue }
      for (number, entry) in batch.entries.enumerated() {
        let encoded = entry.encoded()
        seeds[.messages, default: [:]]["entry-\(number)"] = encoded
        seeds[.link, default: [:]]["batch-\(number)"] =
          Data([1, 0]) + FuzzInput.chunk(encoded) + Data([6])
        seeds[.changes, default: [:]]["entry-\(number)"] = Data([3]) + encoded
      }
    }
    seeds[.frames, default: [:]]["deflated"] = try FrameCodec().frame(Data(count: 5_000))
    // Prepared, acknowledged, asked whether all is quiet, some time later.
    seeds[.link, default: [:]]["talk"] = Data([4, 5, 3, 2, 0, 10, 7, 5, 0, 3, 20, 8, 12, 7, 1])
    for (name, bytes) in try changes() { seeds[.changes, default: [:]][name] = bytes }
    seeds[.documents] = try documents()
    return seeds
  }

  /// Headers, proofs and writes of the vectors, and changes of several writes.
  private func changes() throws -> [String: Data] {
    var seeds: [String: Data] = [:]
    for (name, json) in try read("change") {
      guard let header = json["header"] as? String, let proof = json["proof"] as? String else {
        continue
      }
      let openings = json["openings"] as? [[String: String]] ?? []
      let writes = openings.compactMap { $0["write"].map(Self.bytes) }
      if name.hasPrefix("accepted") {
        seeds["crafted-\(name)"] =
          Data([4, 1]) + Data(repeating: 1, count: 8)
          + writes.prefix(40).map(FuzzInput.chunk)
          .reduce(Data(), +)
      }
      seeds["header-\(name)"] = Data([0]) + Self.bytes(header)
      seeds["proof-\(name)"] = Data([1]) + Self.bytes(proof)
      if let first = writes.first {
        seeds["write-\(name)"] = Data([2]) + Data(repeating: 1, count: 8) + first
      }
    }
    return seeds
  }

  /// What the first byte of an input for the documents picks.
  private static let readers = [
    "file", "card", "profile", "template", "agreement", "membership", "suspension", "exit",
    "release",
  ]

  /// Every kind of document with a fitting first byte; agreements as templates too.
  private func documents() throws -> [String: Data] {
    var seeds: [String: Data] = [:]
    for (name, json) in try read("document") {
      guard let file = json["file"] as? String else { continue }
      seeds["file-\(name)"] = Data([0]) + Data(file.utf8)
      for document in json["documents"] as? [[String: Any]] ?? [] {
        guard let kind = document["kind"] as? String, let body = document["body"] as? String,
          let first = Self.readers.firstIndex(of: kind)
        else { continue }
        seeds["\(kind)-\(name)"] = Data([UInt8(first)]) + Data(body.utf8)
      }
    }
    let folder = profiles.deletingLastPathComponent().appendingPathComponent("agreements")
    for (place, first) in [(profiles, UInt8(2)), (folder, 3)] {
      for file in try files(place, "yaml") {
        seeds[file.lastPathComponent] = Data([first]) + (try Data(contentsOf: file))
      }
    }
    return seeds
  }

  private func read(_ folder: String) throws -> [(String, [String: Any])] {
    try ["accepted", "rejected"].flatMap { verdict in
      try files(vectors.appendingPathComponent("\(folder)/\(verdict)"), "json").compactMap { file in
        let json = try JSONSerialization.jsonObject(with: Data(contentsOf: file))
        let name = file.deletingPathExtension().lastPathComponent
        return (json as? [String: Any]).map { ("\(verdict)-\(name)", $0) }
      }
    }
  }

  private func files(_ folder: URL, _ ending: String) throws -> [URL] {
    try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == ending }.sorted { $0.path < $1.path }
  }

  private static func bytes(_ hexadecimal: String) -> Data {
    let digits = Array(hexadecimal.utf8)
    return stride(from: 0, to: digits.count - 1, by: 2).reduce(into: Data()) { data, place in
      let pair = String(decoding: digits[place..<place + 2], as: UTF8.self)
      data.append(UInt8(pair, radix: 16) ?? 0)
    }
  }
}
