import FoundationEssentials
import Synchronization

/// The disk under one folder of SQLite files, which can lose power, fill up and fail.
///
/// It stands between SQLite and the real files: all of the process's SQLite, GRDB included, goes
/// through it once a disk was made, and only files in the folder of some disk are treated in a
/// special way. A sync is not carried out but noted as the point up to which a crash loses nothing,
/// so that simulations do not wait for real disks.
///
/// States: on -> (crash) -> off -> (restart) -> on. What was open at a crash stays dead: every use
/// gives an I/O error, and closing it touches nothing.
public final class SimulatedDisk: Sendable {
  /// The folder, with symbolic links resolved.
  public let folder: String
  let state = Mutex(DiskState())

  /// Puts a disk under a folder, which must exist. What is in it already is durable.
  /// - Throws: `DiskError`.
  public init(folder: String) throws(DiskError) {
    let path = URL(filePath: folder).resolvingSymlinksInPath().path
    guard FileManager.default.fileExists(atPath: path) else { throw .noFolder(folder) }
    self.folder = path
    try DiskFileSystem.install()
    MountedDisks.mount(self)
  }

  /// What has been done to this disk so far.
  public var counts: DiskCounts { state.withLock { $0.counts } }

  /// Makes the disk fail from now on, until `mend()` is called.
  public func begin(_ fault: DiskFault) { state.withLock { $0.fault = fault } }

  /// Ends the fault.
  public func mend() { state.withLock { $0.fault = nil } }

  /// Cuts the power: what was written since each file's last sync is undone, or survives as told,
  /// each write by itself. Shared memory is gone. Nothing can be opened until `restart()`.
  /// - Parameter generator: decides what survives; the same draws for the same writes.
  /// - Returns: what became of the writes that no sync had covered.
  /// - Throws: `DiskError`, where the real files cannot be changed.
  @discardableResult
  public func crash(
    unsynced: UnsyncedWrites = .drawn, using generator: inout some RandomNumberGenerator
  ) throws(DiskError) -> CrashReport {
    var report = CrashReport()
    var failed: String?
    state.withLock { state in
      state.isOn = false
      state.boot += 1
      for (path, journal) in state.files.sorted(by: { $0.key < $1.key }) {
        let current = FileManager.default.contents(atPath: path)
        let image = journal.afterCrash(
          current, unsynced: unsynced, report: &report, using: &generator)
        if !Self.replace(path, with: image) { failed = path }
        try? FileManager.default.removeItem(atPath: "\(path)-shm")
      }
      state.files = [:]
      state.counts.crashes += 1
    }
    if let failed { throw .cannotChange(failed) }
    return report
  }

  /// Puts the power on again.
  public func restart() { state.withLock { $0.isOn = true } }

  /// Puts a new file in the old one's place: what was open at the crash keeps the old one, with its
  /// locks and its shared memory.
  private static func replace(_ path: String, with image: Data?) -> Bool {
    do {
      if let image {
        try image.write(to: URL(filePath: path), options: .atomic)
      } else if FileManager.default.fileExists(atPath: path) {
        try FileManager.default.removeItem(atPath: path)
      }
      return true
    } catch {
      return false
    }
  }
}

/// A way in which a disk fails. It goes on until it is mended.
public enum DiskFault: Hashable, Sendable {
  /// Files may grow by so many bytes more, all together; a write that does not fit is cut short.
  case full(after: Int)
  /// So many writes more are carried out, then none: an I/O error.
  case failingWrites(after: Int)
  /// So many syncs more are carried out, then none: an I/O error.
  case failingSyncs(after: Int)
}

/// What a crash leaves of the writes that no sync had covered.
public enum UnsyncedWrites: Hashable, Sendable {
  case lost
  case kept
  /// Each is lost, kept or torn, as drawn.
  case drawn
}

/// What became of unsynced writes at a crash.
public struct CrashReport: Hashable, Sendable {
  public internal(set) var lost = 0
  public internal(set) var kept = 0
  public internal(set) var torn = 0
}

/// What has been done to a disk.
public struct DiskCounts: Hashable, Sendable {
  public internal(set) var writes = 0
  public internal(set) var bytes = 0
  public internal(set) var syncs = 0
  /// Writes and syncs that a fault refused.
  public internal(set) var refused = 0
  public internal(set) var crashes = 0
}

/// Why a disk cannot be simulated.
public enum DiskError: Error, Hashable, Sendable, CustomStringConvertible {
  case noFolder(String)
  case cannotChange(String)
  /// SQLite did not take the file system; its result code.
  case notTaken(Int32)

  public var description: String {
    switch self {
    case .noFolder(let path): "there is no folder \(path): make it first"
    case .cannotChange(let path): "\(path) cannot be put back to what a crash leaves of it"
    case .notTaken(let code): "SQLite did not take the simulated file system (\(code))"
    }
  }
}

/// The disks there are, by folder. A disk that nobody holds any more is gone.
enum MountedDisks {
  private struct Mounted { weak var disk: SimulatedDisk? }
  private static let disks = Mutex<[String: Mounted]>([:])

  static func mount(_ disk: SimulatedDisk) {
    disks.withLock { disks in
      disks = disks.filter { $0.value.disk != nil }
      disks[disk.folder] = Mounted(disk: disk)
    }
  }

  /// The disk that a file is on.
  static func disk(of path: String) -> SimulatedDisk? {
    let folder = path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex)
    return disks.withLock { $0[String(folder)]?.disk }
  }
}
