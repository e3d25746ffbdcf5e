import FoundationEssentials

/// What has happened to one file since its last sync, so that a crash can undo it.
struct FileJournal {
  /// One change of the file's bytes that no sync has covered.
  enum Step {
    /// Bytes put over or after others; `old` are those that were there.
    case write(offset: Int, old: Data, new: Data, sizeBefore: Int)
    case truncate(size: Int, tail: Data)
  }

  private(set) var steps: [Step] = []
  /// Whether the file is there, or was deleted.
  private(set) var isThere: Bool
  /// Whether its name is: a new file's is after its first sync.
  private(set) var isNamed: Bool
  /// What a crash may bring back under this name: the deletion of it was never synced.
  private(set) var deleted: Data?

  /// A file as it is opened for the first time.
  init(isNew: Bool) {
    isThere = true
    isNamed = !isNew
  }

  mutating func add(_ step: Step) { steps.append(step) }

  mutating func sync() {
    steps = []
    syncName()
  }

  /// Notes that the folder was synced: the file is there for good, or gone for good.
  mutating func syncName() {
    isNamed = isThere
    deleted = nil
  }

  /// Notes that a file was made again where one was deleted.
  mutating func createdAgain() {
    isThere = true
    isNamed = false
  }

  /// Notes the deletion.
  /// - Parameter content: the file's bytes before it.
  mutating func delete(content: Data, isSynced: Bool) {
    if isSynced {
      deleted = nil
    } else if isNamed {
      deleted = durable(content)
    }
    steps = []
    isThere = false
    isNamed = false
  }

  /// What the file is after a crash: nothing where there is none.
  func afterCrash(
    _ current: Data?, unsynced: UnsyncedWrites, report: inout CrashReport,
    using generator: inout some RandomNumberGenerator
  ) -> Data? {
    func survives() -> Bool {
      switch unsynced {
      case .lost: false
      case .kept: true
      case .drawn: Bool.random(using: &generator)
      }
    }
    guard isThere, let current else { return survives() ? nil : deleted }
    guard isNamed || survives() else { return deleted }
    var image = durable(current)
    for step in steps {
      switch Self.fate(unsynced, using: &generator) {
      case .lost: report.lost += 1
      case .kept:
        report.kept += 1
        Self.carryOut(step, on: &image)
      case .torn:
        report.torn += 1
        Self.tear(step, on: &image, using: &generator)
      }
    }
    return image
  }

  /// The file's bytes without what no sync has covered.
  private func durable(_ current: Data) -> Data {
    var image = Data(current)
    for step in steps.reversed() {
      switch step {
      case .write(let offset, let old, _, let sizeBefore):
        image.replaceSubrange(offset..<(offset + old.count), with: old)
        image.removeLast(max(0, image.count - sizeBefore))
      case .truncate(_, let tail): image.append(tail)
      }
    }
    return image
  }

  private enum Fate { case lost, kept, torn }

  private static func fate(
    _ unsynced: UnsyncedWrites, using generator: inout some RandomNumberGenerator
  ) -> Fate {
    switch unsynced {
    case .lost: return .lost
    case .kept: return .kept
    case .drawn:
      let fates: [Fate] = [.lost, .lost, .kept, .torn]
      return fates.randomElement(using: &generator) ?? .lost
    }
  }

  private static func carryOut(_ step: Step, on image: inout Data) {
    switch step {
    case .write(let offset, _, let new, _): put(new, at: offset, on: &image)
    case .truncate(let size, _): image.removeLast(max(0, image.count - size))
    }
  }

  /// Carries out pieces of a write and leaves out others: a disk writes sectors in any order.
  private static func tear(
    _ step: Step, on image: inout Data, using generator: inout some RandomNumberGenerator
  ) {
    guard case .write(let offset, _, let new, _) = step else { return }
    var isWritten = Bool.random(using: &generator)
    var start = 0
    while start < new.count {
      let end = min(new.count, start + Int.random(in: 1...1024, using: &generator))
      if isWritten {
        put(Data(new.dropFirst(start).prefix(end - start)), at: offset + start, on: &image)
      }
      isWritten.toggle()
      start = end
    }
  }

  private static func put(_ bytes: Data, at offset: Int, on image: inout Data) {
    let end = offset + bytes.count
    if image.count < end { image.append(Data(repeating: 0, count: end - image.count)) }
    image.replaceSubrange(offset..<end, with: bytes)
  }
}

/// A disk between two operations.
struct DiskState {
  var isOn = true
  /// Counts crashes: a file that was opened before the last one is dead.
  var boot = 0
  var files: [String: FileJournal] = [:]
  var fault: DiskFault?
  var counts = DiskCounts()

  /// How many of these bytes may be written, and whether it is a full disk or a failure that stops
  /// the rest.
  enum Permission {
    case all
    case some(Int)
    case none
  }

  /// Takes a write into account.
  /// - Parameter growth: by how much the file would grow.
  mutating func permission(toWrite count: Int, growing growth: Int) -> Permission {
    switch fault {
    case .full(let room):
      guard growth > room else {
        fault = .full(after: room - max(0, growth))
        break
      }
      fault = .full(after: 0)
      counts.refused += 1
      return .some(count - growth + room)
    case .failingWrites(let left):
      guard left > 0 else {
        counts.refused += 1
        return .none
      }
      fault = .failingWrites(after: left - 1)
    case .failingSyncs, nil: break
    }
    counts.writes += 1
    counts.bytes += count
    return .all
  }

  /// Takes a sync into account.
  mutating func maySync() -> Bool {
    if case .failingSyncs(let left) = fault {
      guard left > 0 else {
        counts.refused += 1
        return false
      }
      fault = .failingSyncs(after: left - 1)
    }
    counts.syncs += 1
    return true
  }

  /// Notes a sync of a file.
  /// - Parameter syncsFolder: whether the folder was synced with it, as SQLite does for a new log.
  mutating func sync(_ path: String, syncsFolder: Bool) {
    files[path]?.sync()
    guard syncsFolder else { return }
    for other in files.keys { files[other]?.syncName() }
  }

  /// Gives room back to a full disk.
  mutating func release(_ bytes: Int) {
    if case .full(let room) = fault { fault = .full(after: room + bytes) }
  }
}
