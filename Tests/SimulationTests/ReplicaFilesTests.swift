import Foundation
import Records
import Replica
import Simulation
import TestSupport
import Testing

/// A replica on a simulated disk: what it acknowledged is there, whatever becomes of the disk.
@Suite struct ReplicaFilesTests {
  /// The police's node on a disk, and what it has acknowledged to people.
  private struct Desk {
    let folder: TemporaryFolder
    let disk: SimulatedDisk
    let partnership: TestPartnership
    private(set) var node: SimulatedNode
    private(set) var acknowledged: [(RecordID, String)] = []
    private(set) var refused: [(RecordID, String)] = []

    init() throws {
      folder = try TemporaryFolder()
      disk = try SimulatedDisk(folder: folder.path)
      partnership = try .sheffield()
      node = try partnership.node(of: partnership.principals[0], in: folder)
    }

    /// Writes a child with a name; says why where that fails.
    mutating func put(using generator: inout SeededGenerator) -> ReplicaError? {
      let child = RecordID(using: &generator)
      let name = "Name \(child) " + String(repeating: "x", count: 1_500)
      do {
        try node.put("child", child, [("name", name)], using: &generator)
        acknowledged.append((child, name))
        return nil
      } catch {
        refused.append((child, name))
        return error as? ReplicaError
      }
    }

    /// Writes until something fails, or so many times.
    mutating func put(upTo count: Int, using generator: inout SeededGenerator) -> ReplicaError? {
      for _ in 0..<count {
        if let error = put(using: &generator) { return error }
      }
      return nil
    }

    mutating func crash(using generator: inout SeededGenerator) throws {
      try disk.crash(using: &generator)
      try? node.replica.close()
      disk.restart()
      disk.mend()
      node = try partnership.node(of: partnership.principals[0], in: folder)
    }

    /// Whether all that was acknowledged is there, whole, and of the rest nothing is there in part.
    func isWhole() throws -> Bool {
      let kept = try acknowledged.allSatisfy { try node.values($0.0, "name") == [$0.1] }
      let refusedWhole = try refused.allSatisfy {
        let values = try node.values($0.0, "name")
        return values == [] || values == [$0.1]
      }
      return kept && refusedWhole
    }
  }

  @Test func whatWasAcknowledgedSurvivesEveryCrashAndFault() {
    forSeeds(12) { generator in
      var desk = try Desk()
      for _ in 0..<6 {
        let faults: [DiskFault?] = [
          nil, .full(after: Int.random(in: 0...200_000, using: &generator)),
          .failingWrites(after: Int.random(in: 0...60, using: &generator)),
          .failingSyncs(after: Int.random(in: 0...8, using: &generator)),
        ]
        if let fault = faults.randomElement(using: &generator) ?? nil { desk.disk.begin(fault) }
        _ = desk.put(upTo: Int.random(in: 1...10, using: &generator), using: &generator)
        if Bool.random(using: &generator) {
          try desk.crash(using: &generator)
        } else {
          desk.disk.mend()
          guard try desk.isWhole(), desk.put(using: &generator) == nil else { return false }
        }
        guard try desk.isWhole() else { return false }
      }
      return desk.acknowledged.count > 0
    }
  }

  @Test func aFullDiskIsSaidToBeFullAndNothingIsHalfApplied() throws {
    var generator = SeededGenerator(seed: 1)
    var desk = try Desk()
    desk.disk.begin(.full(after: 400_000))
    guard case .diskFull = desk.put(upTo: 100, using: &generator) else {
      Issue.record("expected a full disk")
      return
    }
    #expect(desk.acknowledged.count > 3)
    let refused = try #require(desk.refused.last)
    #expect(try desk.node.values(refused.0, "name") == [])
    #expect(try desk.node.replica.records(ofType: "child").count == desk.acknowledged.count)
    desk.disk.mend()
    #expect(desk.put(upTo: 5, using: &generator) == nil)
    #expect(try desk.isWhole())
  }

  @Test func anErrorOfTheDiskIsSaidAndEnds() throws {
    for fault in [DiskFault.failingWrites(after: 90), .failingSyncs(after: 2)] {
      var generator = SeededGenerator(seed: 1)
      var desk = try Desk()
      desk.disk.begin(fault)
      let error = desk.put(upTo: 100, using: &generator)
      guard case .storage(let problem) = error else {
        Issue.record("expected a storage error, got \(String(describing: error))")
        return
      }
      #expect(problem.contains("disk I/O error"))
      #expect(desk.acknowledged.count > 0)
      let refused = try #require(desk.refused.last)
      #expect(try desk.node.values(refused.0, "name") == [])
      desk.disk.mend()
      #expect(desk.put(upTo: 5, using: &generator) == nil)
      #expect(try desk.isWhole())
      try desk.crash(using: &generator)
      #expect(try desk.isWhole())
      #expect(try desk.node.values(refused.0, "name") == [])
    }
  }

  @Test func whatAPeerAcknowledgedSurvivesItsCrash() throws {
    var generator = SeededGenerator(seed: 3)
    var desk = try Desk()
    #expect(desk.put(upTo: 8, using: &generator) == nil)
    let folder = try TemporaryFolder()
    let disk = try SimulatedDisk(folder: folder.path)
    let principal = desk.partnership.principals[1]
    let care = try desk.partnership.node(of: principal, in: folder)
    try exchange(desk.node, care, using: &generator)
    try disk.crash(unsynced: .lost, using: &generator)
    try? care.replica.close()
    disk.restart()
    let again = try desk.partnership.node(of: principal, in: folder)
    for (child, name) in desk.acknowledged { #expect(try again.values(child, "name") == [name]) }
    #expect(desk.acknowledged.count == 8)
  }
}
