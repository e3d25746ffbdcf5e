import Agreements
import FoundationEssentials
import GRDB
import Records
import SyncProtocol

/// Keeping the sums by which streams are compared. They are brought up to date when somebody compares, or in quiet
/// moments: what is new is found by its number, what is otherwise by `unsummed`.
extension Store {
  /// Whether the sums of a stream are as what they count.
  func isSummedUp(_ stream: ComparedStream, in session: Epoch) throws -> Bool {
    guard let through = try summedThrough(stream, in: session) else { return false }
    return try !exists(
      "SELECT 1 FROM unsummed WHERE peer = ? AND is_mine = ? LIMIT 1", stream.arguments)
      && nextChange(of: stream, after: through) == nil
  }

  /// Sums up a part of what is new or otherwise, as much as one transaction should.
  /// - Returns: whether that is all.
  func sumUp(
    _ stream: ComparedStream, in session: Epoch, limits: ReplicaLimits
  ) throws -> Bool {
    var through: Int64 = 0
    if let known = try summedThrough(stream, in: session) {
      through = known
    } else {
      // Another session has other numbers; where other writes are left out, others are counted.
      for table in ["stamp_sum", "unsummed", "summed"] {
        try run("DELETE FROM \(table) WHERE peer = ? AND is_mine = ?", stream.arguments)
      }
      try run(
        "INSERT INTO summed VALUES (?, ?, ?, ?, 0)",
        stream.arguments + [session.bytes, try leftOut(of: stream).bytes])
    }
    let key = ReconciliationKey(of: name(of: stream), session: session)
    let before = try stampSums(stream)
    var sums = StampSums(before, perPart: limits.itemsSummed)
    let end = try lastPosition()
    let next = try nextChange(of: stream, after: through)
    let upper = next.map { min($0 - 1 + Int64(limits.changesSummed), end) } ?? end
    if let next {
      let items = try items(of: stream, changes: next...upper).sorted()
      for from in sums.add(items, key).sorted() {
        try sumAnew(sums.index(of: from), of: stream, &sums, key, through: upper)
      }
    }
    let isAll = try upper == end && sumAnew(what: stream, &sums, key, through: upper)
    try keep(sums, of: stream, before: before)
    try run(
      "UPDATE summed SET through = ? WHERE peer = ? AND is_mine = ?",
      [upper] + stream.arguments)
    return isAll
  }

  /// Sums up anew what is otherwise since.
  /// - Returns: whether that is all.
  private func sumAnew(
    what stream: ComparedStream, _ sums: inout StampSums, _ key: ReconciliationKey,
    through: Int64
  ) throws -> Bool {
    let blocks = try rows(
      "SELECT block FROM unsummed WHERE peer = ? AND is_mine = ? ORDER BY block LIMIT ?",
      stream.arguments + [Limits.Storage.blocksSummed]
    ).map { $0["block"] as Int64 }
    var froms: Set<Int64> = []
    for block in blocks {
      let first = block << Schema.blockShift
      for row in try rows(
        "SELECT hlc FROM change WHERE no BETWEEN ? AND ?",
        [first, first + (1 << Schema.blockShift) - 1])
      {
        froms.insert(sums.parts[sums.index(of: row["hlc"])].from)
      }
      try run(
        "DELETE FROM unsummed WHERE peer = ? AND is_mine = ? AND block = ?",
        stream.arguments + [block])
    }
    for from in froms.sorted() {
      try sumAnew(sums.index(of: from), of: stream, &sums, key, through: through)
    }
    return blocks.count < Limits.Storage.blocksSummed
  }

  private func sumAnew(
    _ index: Int, of stream: ComparedStream, _ sums: inout StampSums, _ key: ReconciliationKey,
    through: Int64
  ) throws {
    let items = try items(
      of: stream, stamps: sums.parts[index].from..<sums.end(index), through: through,
      isSparse: isSparse(sums))
    sums.replace(index, with: items.sorted(), key)
  }

  /// Has all streams summed up from their beginnings, when they are compared next.
  func forgetSums() throws {
    for table in ["stamp_sum", "unsummed", "summed"] { try run("DELETE FROM \(table)") }
  }

  /// Whether a stream has fewer writes than the log has changes of the stamps of one part.
  func isSparse(_ sums: StampSums) throws -> Bool {
    try sums.count < Int(lastPosition()) / sums.parts.count
  }

  func stampSums(_ stream: ComparedStream) throws -> [StampSums.Part] {
    try rows(
      "SELECT hlc, last, sum FROM stamp_sum WHERE peer = ? AND is_mine = ? ORDER BY hlc",
      stream.arguments
    ).map { row in
      guard let sum = RangeSum(row["sum"] as Data) else {
        throw ReplicaError.storage("a sum cannot be read")
      }
      return StampSums.Part(from: row["hlc"], last: row["last"], sum: sum)
    }
  }

  private func keep(
    _ sums: StampSums, of stream: ComparedStream, before: [StampSums.Part]
  ) throws {
    let left = Set(sums.parts.map(\.from))
    for part in before where !left.contains(part.from) {
      try run(
        "DELETE FROM stamp_sum WHERE peer = ? AND is_mine = ? AND hlc = ?",
        stream.arguments + [part.from])
    }
    for part in sums.parts where sums.changed.contains(part.from) {
      try run(
        """
        INSERT INTO stamp_sum VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
        last = excluded.last, sum = excluded.sum
        """, stream.arguments + [part.from, part.last, part.sum.bytes])
    }
  }

  /// Up to which change a stream's sums count; nothing where there are none of this session.
  private func summedThrough(_ stream: ComparedStream, in session: Epoch) throws -> Int64? {
    try row(
      """
      SELECT through FROM summed
      WHERE peer = ? AND is_mine = ? AND session = ? AND authors = ?
      """, stream.arguments + [session.bytes, try leftOut(of: stream).bytes])?["through"]
  }

  /// Whose writes a stream leaves out, as a digest: it changes with an agency's devices.
  private func leftOut(of stream: ComparedStream) throws -> Digest {
    TaggedHash.digest("concord/v1/left-out", Data(ownWrites(of: stream).utf8))
  }

  func name(of stream: ComparedStream) -> StreamName {
    stream.isOfMine
      ? StreamName(from: me, to: stream.peer) : StreamName(from: stream.peer, to: me)
  }
}

extension ComparedStream {
  var arguments: StatementArguments { [peer.description, isOfMine] }
}
