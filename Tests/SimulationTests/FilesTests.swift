import Foundation
import GRDB
import Simulation
import TestSupport
import Testing

/// The simulated disk under plain SQLite: what a crash leaves, and what a fault stops.
@Suite struct FilesTests {
  /// A table of numbers in a database on a simulated disk.
  private struct Numbers {
    let folder: TemporaryFolder
    let disk: SimulatedDisk
    let synchronous: String

    init(synchronous: String) throws {
      folder = try TemporaryFolder()
      disk = try SimulatedDisk(folder: folder.path)
      self.synchronous = synchronous
    }

    func open() throws -> DatabasePool {
      var configuration = Configuration()
      configuration.prepareDatabase { db in
        // A small cache, so that a large transaction spills into the log before its commit.
        try db.execute(sql: "PRAGMA cache_size = 5")
      }
      let pool = try DatabasePool(
        path: "\(folder.path)/numbers.sqlite", configuration: configuration)
      try pool.writeWithoutTransaction { db in
        try db.execute(sql: "PRAGMA synchronous = \(synchronous)")
        try db.execute(sql: "CREATE TABLE IF NOT EXISTS number (n INTEGER PRIMARY KEY, pad BLOB)")
      }
      return pool
    }

    static func insert(_ number: Int, into pool: DatabasePool, padding: Int = 3_000) throws {
      try pool.write { db in try insert(number, db, padding: padding) }
    }

    static func insert(_ number: Int, _ db: Database, padding: Int = 3_000) throws {
      try db.execute(
        sql: "INSERT INTO number VALUES (?, ?)",
        arguments: [number, Data(repeating: UInt8(truncatingIfNeeded: number), count: padding)])
    }

    /// The numbers that are there, each with its padding whole.
    static func all(_ pool: DatabasePool) throws -> [Int] {
      try pool.read { db in
        #expect(try String.fetchAll(db, sql: "PRAGMA integrity_check") == ["ok"])
        return try Row.fetchAll(db, sql: "SELECT n, pad FROM number ORDER BY n").map { row in
          let number: Int = row["n"]
          let padding: Data = row["pad"]
          #expect(Set(padding) == [UInt8(truncatingIfNeeded: number)])
          return number
        }
      }
    }
  }

  /// The end of a transaction that never commits.
  private struct GaveUp: Error {}

  @Test func aSynchronousCommitSurvivesEveryCrash() {
    forSeeds(20) { generator in
      let numbers = try Numbers(synchronous: "FULL")
      var next = 0
      for _ in 0..<5 {
        let pool = try numbers.open()
        let before = try Numbers.all(pool)
        for _ in 0..<Int.random(in: 1...12, using: &generator) {
          try Numbers.insert(next, into: pool)
          next += 1
        }
        if Bool.random(using: &generator) {
          try pool.writeWithoutTransaction { _ = try $0.checkpoint(.passive) }
        }
        // The crash comes in the middle of a transaction that has spilled already.
        try? pool.write { db in
          for number in 100_000..<100_020 { try Numbers.insert(number, db) }
          try numbers.disk.crash(using: &generator)
          throw GaveUp()
        }
        #expect(throws: DatabaseError.self) { try Numbers.insert(next, into: pool) }
        try? pool.close()
        numbers.disk.restart()
        guard try Numbers.all(try numbers.open()) == Array(0..<next), before.count < next else {
          return false
        }
      }
      return true
    }
  }

  @Test func whatWasNotSyncedMayVanishFromTheEnd() {
    var lost = 0
    var torn = 0
    forSeeds(20, fresh: 0) { generator in
      let numbers = try Numbers(synchronous: "NORMAL")
      let pool = try numbers.open()
      for number in 0..<20 { try Numbers.insert(number, into: pool) }
      let report = try numbers.disk.crash(using: &generator)
      torn += report.torn
      try? pool.close()
      numbers.disk.restart()
      // A torn frame of the log ends it: what stands before is there, and nothing after.
      let left = try Numbers.all(try numbers.open())
      lost += 20 - left.count
      return left == Array(0..<left.count)
    }
    #expect(lost > 0)
    #expect(torn > 0)
  }

  @Test func whatSurvivesCanBeTold() throws {
    for (unsynced, left) in [(UnsyncedWrites.lost, 0), (.kept, 20)] {
      let numbers = try Numbers(synchronous: "NORMAL")
      let pool = try numbers.open()
      try pool.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
      for number in 0..<20 { try Numbers.insert(number, into: pool) }
      var generator = SeededGenerator(seed: 1)
      try numbers.disk.crash(unsynced: unsynced, using: &generator)
      try? pool.close()
      numbers.disk.restart()
      #expect(try Numbers.all(try numbers.open()).count == left)
    }
  }

  @Test func theSameDrawsLeaveTheSameBytes() throws {
    let left = try (0..<2).map { _ -> Data? in
      let folder = try TemporaryFolder()
      let disk = try SimulatedDisk(folder: folder.path)
      let path = "\(folder.path)/a.sqlite"
      let queue = try DatabaseQueue(path: path)
      try queue.writeWithoutTransaction { db in
        try db.execute(sql: "CREATE TABLE t (x); PRAGMA synchronous = OFF")
        for number in 0..<50 {
          try db.execute(sql: "INSERT INTO t VALUES (zeroblob(?))", arguments: [number * 40])
        }
      }
      var generator = SeededGenerator(seed: 7)
      let report = try disk.crash(using: &generator)
      try? queue.close()
      #expect(report.torn > 0 && report.lost > 0)
      return FileManager.default.contents(atPath: path)
    }
    #expect(left[0] == left[1])
  }

  @Test func aFullDiskStopsWhatDoesNotFit() throws {
    let numbers = try Numbers(synchronous: "FULL")
    let pool = try numbers.open()
    numbers.disk.begin(.full(after: 40_000))
    var next = 0
    let error = #expect(throws: DatabaseError.self) {
      while true {
        try Numbers.insert(next, into: pool)
        next += 1
      }
    }
    #expect(error?.resultCode == .SQLITE_FULL)
    #expect(next > 2)
    #expect(try Numbers.all(pool) == Array(0..<next))
    numbers.disk.mend()
    try Numbers.insert(next, into: pool)
    #expect(try Numbers.all(pool) == Array(0...next))
    #expect(numbers.disk.counts.refused > 0)
  }

  @Test func aFailureOfTheNthWriteOrSyncEnds() throws {
    for fault in [DiskFault.failingWrites(after: 30), .failingSyncs(after: 3)] {
      let numbers = try Numbers(synchronous: "FULL")
      let pool = try numbers.open()
      numbers.disk.begin(fault)
      var next = 0
      let error = #expect(throws: DatabaseError.self) {
        while true {
          try Numbers.insert(next, into: pool)
          next += 1
        }
      }
      #expect(error?.resultCode == .SQLITE_IOERR)
      #expect(next > 2)
      #expect(throws: DatabaseError.self) { try Numbers.insert(next, into: pool) }
      numbers.disk.mend()
      #expect(try Numbers.all(pool) == Array(0..<next))
      try Numbers.insert(next, into: pool)
      var generator = SeededGenerator(seed: 1)
      try numbers.disk.crash(using: &generator)
      try? pool.close()
      numbers.disk.restart()
      #expect(try Numbers.all(try numbers.open()) == Array(0...next))
    }
  }

  @Test func filesElsewhereAreLeftAlone() throws {
    let numbers = try Numbers(synchronous: "FULL")
    let elsewhere = try Numbers(synchronous: "NORMAL")
    let (pool, other) = (try numbers.open(), try elsewhere.open())
    var generator = SeededGenerator(seed: 1)
    let syncs = elsewhere.disk.counts.syncs
    numbers.disk.begin(.failingWrites(after: 0))
    try Numbers.insert(1, into: other)
    try numbers.disk.crash(using: &generator)
    try? pool.close()
    try Numbers.insert(2, into: other)
    #expect(try Numbers.all(other) == [1, 2])
    #expect(elsewhere.disk.counts.syncs == syncs)
    #expect(throws: DatabaseError.self) { try numbers.open() }
  }
}
