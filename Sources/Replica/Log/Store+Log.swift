import Agreements
import FoundationEssentials
import GRDB
import Records
import SyncProtocol

extension Store {
  /// The position at which the next thing comes to the log.
  private func nextPosition() throws -> Int64 {
    let next = try (memory.position ?? lastPosition()) + 1
    memory.position = next
    return next
  }

  /// Appends a change that this node has just written, and merges it.
  /// - Parameter proof: nothing where it is signed together with others before the transaction ends.
  /// - Returns: its number.
  func append(_ authored: AuthoredChange, _ proof: Proof?) throws -> Int64 {
    let (change, writes) = try append(
      authored.writes, of: authored.header, secret: authored.secret)
    if let proof { try keep(proof, of: change) }
    try merge(writes)
    return change
  }

  private func append(
    _ writes: [DisclosedChange.CheckedWrite], of header: ChangeHeader, secret: ChangeSecret? = nil
  ) throws -> (number: Int64, writes: [LoggedWrite]) {
    let record = try begin(header.record, type: header.recordType)
    let openings = try writes.map { try packed($0, of: header) }
    let (number, isDisputed) = (try nextPosition(), try disputed().contains(header.id))
    memory.absent = nil
    memory.latestHeld = memory.latestHeld.map { max($0, header.time.stored) }
    let (form, kept) = try stored(header)
    try run(
      "INSERT INTO change VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      [
        number, record, try signer(of: header), header.time.stored, try boxed(openings, of: header),
        form, kept,
        // With it and the header a short value could be guessed; nothing reads it yet.
        ring == nil ? secret?.bytes : nil,
      ])
    // They were read when they were checked.
    let logged = zip(writes, openings).map { write, opening in
      LoggedWrite(
        position: number, at: WritePlace(change: number, place: opening.place),
        opening: write.opening, header: header, write: write.write, isDisputed: isDisputed)
    }
    return (number, logged)
  }

  private func packed(
    _ write: DisclosedChange.CheckedWrite, of header: ChangeHeader, arrived: Int64 = 0
  ) throws -> PackedOpening {
    guard let place = header.place(of: write.id) else {
      throw ReplicaError.change(.uncommitted(field: write.write.field))
    }
    return PackedOpening(
      place: place, arrived: arrived, basis: nil, salt: write.opening.salt,
      bytes: write.opening.bytes)
  }

  /// Appends checked writes of a change that came, and merges them, unless they are here. One whose
  /// value was erased because it was shared no longer gets it back; one that was erased for good does not.
  /// - Returns: the change's number, whether it is new itself, and the writes that are new.
  func append(
    _ writes: [DisclosedChange.CheckedWrite], of header: ChangeHeader, _ proof: Proof
  ) throws -> (number: Int64, isNewHere: Bool, new: Set<WriteID>) {
    guard var change = try change(of: header) else {
      let (number, logged) = try append(writes, of: header)
      try keep(proof, of: number)
      let new = writes.map(\.id)
      try noteReturn(of: new)
      try merge(logged)
      return (number, true, Set(new))
    }
    let held = Set(change.openings.map(\.place))
    let further = writes.filter { header.place(of: $0.id).map { !held.contains($0) } ?? false }
    var new = Set(further.map(\.id))
    if !further.isEmpty {
      let position = try nextPosition()
      try run("INSERT INTO arrival VALUES (?, ?)", [position, change.number])
      change.openings += try further.map { try packed($0, of: header, arrived: position) }
      try store(change)
      try noteReturn(of: further.map(\.id))
      try merge(try change.writes().filter { $0.position == position })
    }
    for write in writes where !new.contains(write.id) {
      if try restore(write, in: &change) { new.insert(write.id) }
    }
    return (change.number, false, new)
  }

  /// Writes a change's openings over what its row held of them.
  func store(_ change: LoggedChange) throws {
    try run(
      "UPDATE change SET openings = ? WHERE no = ?",
      [try boxed(change.openings, of: change.header), change.number])
  }

  /// The next stamp; it is later than all that this replica holds. What a clock that ran ahead has
  /// stamped does not count: else every later change would wait at the peers until that time.
  func nextStamp(
    now: Instant, drift: Int64, using generator: inout some RandomNumberGenerator
  ) throws -> HLC {
    let last = try memory.stamp ?? latestStamp(through: now.advanced(byMilliseconds: drift))
    var clock = HybridClock(last: last)
    let stamp = clock.next(now: now, using: &generator)
    memory.stamp = stamp
    return stamp
  }

  private func latestStamp(through latest: Instant) throws -> HLC {
    let bound = HLC(milliseconds: latest.milliseconds, counter: .max)
    let held = try row(
      "SELECT max(hlc) AS hlc FROM change WHERE hlc BETWEEN 0 AND ?", [bound.stored])
    let last = held?.stamp("hlc") ?? HLC(rawValue: 0)
    let noted = HLC(rawValue: UInt64(bitPattern: try number("hlc")))
    return noted <= bound ? max(last, noted) : last
  }
}
