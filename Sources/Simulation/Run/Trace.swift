import FoundationEssentials
public import Records

/// What happened, line by line, and a digest over all of it.
///
/// Lines hold virtual times, names, kinds and counts: nothing that depends on the machine, on file
/// names, compressed sizes or the order of hash tables.
public struct Trace: Sendable {
  /// The lines, where they are kept.
  public private(set) var lines: [String] = []
  public private(set) var count = 0
  private var chained: Digest?
  private let keepsLines: Bool

  init(keepsLines: Bool) { self.keepsLines = keepsLines }

  /// SHA-256, chained over the lines.
  public var digest: Digest { chained ?? TaggedHash.digest(Self.tag) }

  private static let tag = "concord/simulation/trace"

  mutating func note(_ time: Int64, _ text: String) {
    let line = "\(time) \(text)"
    chained = TaggedHash.digest(Self.tag, chained?.bytes ?? Data(), Data(line.utf8))
    count += 1
    if keepsLines { lines.append(line) }
  }
}
