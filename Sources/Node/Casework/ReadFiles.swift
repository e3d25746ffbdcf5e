import Foundation
import Synchronization

/// What was read from files and need not be read again as long as they are the same: England's list of
/// schools has fifty thousand lines, and pages ask about single ones. Shared by all desks of a process.
final class ReadFiles<Value: Sendable>: Sendable {
  /// What tells a file from another that took its place: each is written as a new one.
  private struct Stamp: Hashable {
    let number: Int
    let size: Int
    let modified: Date

    init?(_ path: String) {
      guard let found = try? FileManager.default.attributesOfItem(atPath: path),
        let number = found[.systemFileNumber] as? Int, let size = found[.size] as? Int,
        let modified = found[.modificationDate] as? Date
      else { return nil }
      (self.number, self.size, self.modified) = (number, size, modified)
    }
  }

  private struct Entry {
    let stamps: [Stamp?]
    let value: Value
  }

  /// So many folders' files are kept: a process has one, a test some.
  private static var most: Int { 64 }

  private let entries = Mutex<[[String]: Entry]>([:])

  /// What some files hold, read only where one of them has changed.
  /// - Throws: what `reading` throws; then nothing is kept.
  func value(of paths: [String], reading: () throws -> Value) throws -> Value {
    // Before they are read: a file that changes meanwhile is read again.
    let stamps = paths.map(Stamp.init)
    let known = entries.withLock { $0[paths] }
    if let known, known.stamps == stamps { return known.value }
    let value = try reading()
    entries.withLock { entries in
      if entries.count >= Self.most { entries = [:] }
      entries[paths] = Entry(stamps: stamps, value: value)
    }
    return value
  }
}
