public import Records
import SyncProtocol

/// Something in an audit that does not hold, by its place: never by what stands there.
public struct AuditFinding: Hashable, Sendable {
  /// What is the matter.
  public enum Kind: String, Hashable, Sendable {
    case edited, removed, inserted, moved, rewritten
    case cutOff = "cut-off"
    /// A checkpoint that its key did not sign, or that a key signed which is not this node's.
    case forgedCheckpoint = "forged-checkpoint"
    /// What an entry names is not there any more as it was.
    case lostChange = "lost-change"
    case lostDisclosure = "lost-disclosure"
  }

  public let kind: Kind
  /// The first entry that is concerned.
  public let sequence: Int64
  /// When that was made, where it can be told.
  public let at: Instant?
  /// The same in words, with who can show it.
  public let text: String
}

/// Entries of an audit in the order of their numbers, and where they do not follow from each other.
struct AuditChain {
  private let entries: [ChainedEntry]
  private let start: (sequence: Int64, head: Digest?)
  private let places: [Digest: Int64]

  /// - Parameter start: the number and head of the entry before the first.
  init(_ entries: [ChainedEntry], after start: (sequence: Int64, head: Digest?) = (0, nil)) {
    self.entries = entries
    self.start = start
    places = Dictionary(
      entries.map { ($0.head, $0.sequence) }, uniquingKeysWith: { first, _ in first })
  }

  /// What the chain says of itself: entries that are missing, and entries that do not follow.
  var broken: [AuditFinding] { broken(knowing: []) }

  /// - Parameter checkpoints: what was signed: it tells what was edited from what was taken out.
  func broken(knowing checkpoints: [AuditCheckpoint]) -> [AuditFinding] {
    var findings: [AuditFinding] = []
    var (head, last) = (start.head, start.sequence)
    for (index, stored) in entries.enumerated() {
      if stored.sequence != last + 1 {
        findings.append(
          AuditFinding(
            kind: .removed, sequence: last + 1, at: stored.entry.at,
            text: Self.range(last + 1, stored.sequence - 1)
              + " taken out, before \(stored.entry.at)"))
      } else if stored.entry.head(after: head) != stored.head {
        findings.append(finding(at: index, after: head, checkpoints))
      }
      (head, last) = (stored.head, stored.sequence)
    }
    return findings
  }

  private func finding(
    at index: Int, after head: Digest?, _ checkpoints: [AuditCheckpoint]
  ) -> AuditFinding {
    let stored = entries[index]
    let (number, time) = (stored.sequence, stored.entry.at)
    func finding(_ kind: AuditFinding.Kind, _ text: String) -> AuditFinding {
      AuditFinding(kind: kind, sequence: number, at: time, text: text)
    }
    if let right = entries.dropFirst(index + 1).first(where: {
      $0.entry.head(after: head) == $0.head
    }) {
      return finding(
        .moved,
        "entry \(number) of \(time) is out of its order: entry \(right.sequence) belongs here")
    }
    let later = checkpoints.filter { $0.count >= UInt64(clamping: number) }
      .min { $0.count < $1.count }
    if let later, let place = places[later.head] {
      let count = Int64(clamping: later.count)
      if place < count {
        return finding(
          .removed, "before entry \(number) of \(time), \(Self.entries(count - place)) taken out")
      }
      if place > count {
        return finding(
          .inserted, "at entry \(number) of \(time), \(Self.entries(place - count)) put in later")
      }
    }
    return finding(.edited, "entry \(number) of \(time) was edited")
  }

  /// Where a checkpoint does not fit the chain.
  /// - Parameter source: who holds the checkpoint.
  func finding(against checkpoint: AuditCheckpoint, _ source: String) -> AuditFinding? {
    let count = Int64(clamping: checkpoint.count)
    guard count > start.sequence else { return nil }
    let last = entries.last?.sequence ?? start.sequence
    if count > last {
      return AuditFinding(
        kind: .cutOff, sequence: last + 1, at: checkpoint.at,
        text: Self.range(last + 1, count)
          + " cut off the end: \(source) shows \(count) entries, signed at \(checkpoint.at)")
    }
    guard let stored = entries.first(where: { $0.sequence == count }),
      stored.head != checkpoint.head
    else { return nil }
    return AuditFinding(
      kind: .rewritten, sequence: count, at: checkpoint.at,
      text:
        "entry \(count) and what led to it were rewritten: \(source) shows another past, signed at "
        + "\(checkpoint.at)")
  }

  private static func entries(_ count: Int64) -> String {
    count == 1 ? "1 entry was" : "\(count) entries were"
  }

  private static func range(_ first: Int64, _ last: Int64) -> String {
    first >= last ? "entry \(first) was" : "entries \(first) to \(last) were"
  }
}
