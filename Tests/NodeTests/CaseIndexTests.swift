import Foundation
import Records
import Simulation
import TestSupport
import Testing

@testable import Node

/// What the pages keep in memory.
@Suite struct CaseIndexTests {
  @Test func whoHoldsAnOlderStateKeepsIt() {
    var generator = SeededGenerator(seed: 1)
    let ids = (0..<1_000).map { _ in RecordID(using: &generator) }
    var shards = Shards<Int>()
    for (number, id) in ids.enumerated() { shards[id] = number }
    let older = shards
    shards[ids[0]] = nil
    shards[ids[1]] = -1
    shards[ids[2]] = nil
    shards[ids[2]] = nil
    #expect(older.count == 1_000 && older[ids[0]] == 0 && older[ids[1]] == 1)
    #expect(shards.count == 998 && shards[ids[0]] == nil && shards[ids[1]] == -1)
    var values: Set<Int> = []
    older.forEach { values.insert($1) }
    #expect(values == Set(0..<1_000))
    #expect(shards.ids { _, value in value < 0 } == [ids[1]])
  }

  @Test func aFileIsReadAgainOnlyWhereItChanged() throws {
    let folder = try TemporaryFolder()
    let (one, other) = (folder.path + "/one", folder.path + "/other")
    let files = ReadFiles<Int>()
    var reads = 0
    func value() throws -> Int {
      try files.value(of: [one, other]) {
        reads += 1
        return reads
      }
    }
    func write(_ text: String, to path: String) throws {
      try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
    }
    try write("a", to: one)
    #expect(try value() == 1)
    #expect(try value() == 1)
    // One that was not there, and one of the same length in its place.
    try write("a", to: other)
    #expect(try value() == 2)
    try write("b", to: one)
    #expect(try value() == 3)
    #expect(try value() == 3)
    // What cannot be read is not kept.
    struct Unreadable: Error {}
    try write("c", to: one)
    #expect(throws: Unreadable.self) {
      try files.value(of: [one, other]) { throw Unreadable() }
    }
    #expect(try value() == 4)
  }
}
