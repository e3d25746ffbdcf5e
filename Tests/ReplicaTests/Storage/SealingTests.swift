import Agreements
import Foundation
import GRDB
import Records
import Replica
import Simulation
import SyncProtocol
import Synchronization
import TestSupport
import Testing

/// Values sealed with data keys: what lies in the files, what is left of what was erased, and what becomes of a ring
/// that is lost, old or another's.
@Suite struct SealingTests {
  private static let marker = "SEALED-marker"

  /// The files under a folder that hold some bytes.
  private static func files(in folder: String, holding bytes: Data) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: folder).filter { name in
      let content = try? Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)"))
      return content?.range(of: bytes) != nil
    }
  }

  private static func care(
    _ network: Network, _ path: String, _ sealing: Sealing?
  ) throws -> LocalReplica {
    try LocalReplica(path: path, me: network.care.name, sealing: sealing)
  }

  /// Social care has a child's name and address of the police.
  private static func shared(_ child: inout RecordID?) throws -> Network {
    var network = try Network(isSealed: true)
    let (id, other) = (network.id(), network.id())
    child = id
    try network.put(
      network.police, "child", id, ("name", "Kept name"), ("address", marker),
      ("school", "school.106982"))
    try network.put(network.police, "child", other, ("name", "Other child"))
    try network.exchangeAll()
    return network
  }

  /// The police keep the address from social care.
  private static func seal(_ child: RecordID, in network: inout Network) throws {
    try network.put(
      network.police, "restriction", network.id(), ("record", child.description),
      ("kept_from", network.care.name.agency.description), ("fields", "address"))
  }

  @Test func noValueLiesInTheOpen() throws {
    var child: RecordID?
    let network = try Self.shared(&child)
    let id = try #require(child)
    #expect(try network.care.values(id, "address") == [Self.marker])
    for text in [Self.marker, "Kept name", "Other child"] {
      #expect(try Self.files(in: network.folder.path, holding: Data(text.utf8)) == [])
    }
    try network.rebuilds()
    // The search finds what is there: a node that seals nothing has it in its files.
    var open = try Network()
    try open.put(open.police, "child", open.id(), ("name", Self.marker))
    #expect(!(try Self.files(in: open.folder.path, holding: Data(Self.marker.utf8)).isEmpty))
  }

  @Test func whatWasErasedCanBeReadInNoCopy() throws {
    var found: RecordID?
    var network = try Self.shared(&found)
    let child = try #require(found)
    let (care, folder) = (network.care, network.folder.path)
    let sealing = TestPartnership.sealing(of: care.name.agency, in: network.folder)
    let replica = "\(folder)/\(care.name.agency).sqlite"
    // A backup of each kind: SQLite's own, the files as they lie there, and the ring's one current copy.
    try care.replica.copy(to: "\(folder)/backup.sqlite")
    for suffix in ["", "-wal"] where FileManager.default.fileExists(atPath: replica + suffix) {
      try FileManager.default.copyItem(
        atPath: replica + suffix, toPath: "\(folder)/files.sqlite\(suffix)")
    }
    try care.replica.keepKeyRingCopy(at: "\(folder)/copy.keyring")
    let wrapped = try Self.wrappedKey(of: child, in: replica, sealing)
    #expect(try Self.files(in: folder, holding: wrapped).count == 2)
    let before = try Self.care(network, "\(folder)/backup.sqlite", sealing)
    #expect(try before.record(child).field("address")?.values.count == 1)
    try before.close()

    try Self.seal(child, in: &network)
    try network.exchangeAll()
    #expect(try network.care.values(child, "address") == [])
    #expect(try network.care.values(child, "name") == ["Kept name"])
    #expect(
      try network.police.replica.retractions(from: care.name).allSatisfy { $0.outcome == .erased })
    #expect(try Self.files(in: folder, holding: Data(Self.marker.utf8)) == [])
    #expect(try Self.files(in: folder, holding: wrapped) == [])

    // Whoever restores an old copy, with the ring or with the copy of it, reads the address no more.
    for name in ["backup.sqlite", "files.sqlite"] {
      let ring = Sealing(path: "\(folder)/restored-\(name).keyring", key: sealing.key)
      try LocalReplica.restoreKeyRing(
        from: "\(folder)/copy.keyring", to: ring.path, beside: "\(folder)/\(name)")
      let restored = try Self.care(network, "\(folder)/\(name)", ring)
      let address = try? restored.record(child).field("address")?.values
      #expect(address?.isEmpty ?? true)
      #expect(try restored.records(ofType: "child").count == 1)
      try restored.close()
    }
    try network.rebuilds()
  }

  /// A copy counts as written once that is durable: one that is not is said to be behind, and written again.
  @Test func aCopyOfTheRingThatWasNotWrittenIsNotTakenForCurrent() throws {
    struct NoDisk: Error {}
    var found: RecordID?
    var network = try Self.shared(&found)
    let child = try #require(found)
    let (care, folder) = (network.care, network.folder.path)
    let known = TestPartnership.sealing(of: care.name.agency, in: network.folder)
    let replica = "\(folder)/\(care.name.agency).sqlite"
    let copy = "\(folder)/copy.keyring"
    let isBroken = Mutex(false)
    let sealing = Sealing(
      path: known.path, key: known.key, random: known.random
    ) { data, path in
      if isBroken.withLock({ $0 }) { throw NoDisk() }
      try data.write(to: URL(filePath: path), options: .atomic)
    }
    try care.replica.close()
    let node = SimulatedNode(
      replica: try Self.care(network, replica, sealing), key: care.key,
      federation: care.federation, now: care.now)
    try node.replica.keepKeyRingCopy(at: copy)
    let wrapped = try Self.wrappedKey(of: child, in: replica, known)
    #expect(try Self.files(in: folder, holding: wrapped).count == 2)
    try Self.seal(child, in: &network)
    isBroken.withLock { $0 = true }
    for _ in 0..<3 { _ = try network.exchange(network.police, node) }
    #expect(try node.values(child, "address") == [])
    #expect(try node.replica.staleKeyRingCopies() == [copy])
    #expect(try Self.files(in: folder, holding: wrapped) == ["copy.keyring"])
    isBroken.withLock { $0 = false }
    #expect(try node.replica.staleKeyRingCopies() == [])
    #expect(try Self.files(in: folder, holding: wrapped) == [])
    try node.replica.close()
  }

  /// A record's data key as the ring has it.
  private static func wrappedKey(
    of record: RecordID, in replica: String, _ sealing: Sealing
  ) throws -> Data {
    let number = try DatabaseQueue(path: replica).read {
      try Int64.fetchOne($0, sql: "SELECT key FROM record WHERE id = ?", arguments: [record.bytes])
    }
    let wrapped = try DatabaseQueue(path: sealing.path).read {
      try Data.fetchOne(
        $0, sql: "SELECT wrapped FROM data_key WHERE number = ?", arguments: [number])
    }
    return try #require(wrapped)
  }

  @Test func noReceiptGoesBeforeTheKeyIsDestroyed() throws {
    var found: RecordID?
    var network = try Self.shared(&found)
    let child = try #require(found)
    let own = try TemporaryFolder()
    let disk = try SimulatedDisk(folder: own.path)
    let path = "\(network.folder.path)/\(network.care.name.agency).sqlite"
    let ring = "\(own.path)/care.keyring"
    let before = TestPartnership.sealing(of: network.care.name.agency, in: network.folder)
    try network.care.replica.close()
    try FileManager.default.copyItem(atPath: before.path, toPath: ring)
    let sealing = Sealing(path: ring, key: before.key)
    let wrapped = try Self.wrappedKey(of: child, in: path, before)
    func care() throws -> SimulatedNode {
      SimulatedNode(
        replica: try Self.care(network, path, sealing), key: network.care.key,
        federation: network.care.federation, now: network.care.now)
    }
    var node = try care()
    try Self.seal(child, in: &network)
    // The ring's disk fails as the key is to be destroyed: the erasure is durable, and not confirmed.
    disk.begin(.failingWrites(after: 0))
    for _ in 0..<2 { _ = try? network.exchange(network.police, node) }
    let open = try network.police.replica.retractions(from: network.care.name)
    #expect(!open.isEmpty && open.allSatisfy { $0.outcome == nil })
    #expect(try node.values(child, "address") == [])
    // The power goes; what was noted is done after the start, before anything else goes out.
    var generator = SeededGenerator(seed: 3)
    _ = try disk.crash(using: &generator)
    try? node.replica.close()
    disk.mend()
    disk.restart()
    #expect(try Data(contentsOf: URL(fileURLWithPath: ring)).range(of: wrapped) != nil)
    node = try care()
    for _ in 0..<2 { try network.exchange(network.police, node) }
    let confirmed = try network.police.replica.retractions(from: network.care.name)
    #expect(!confirmed.isEmpty && confirmed.allSatisfy { $0.outcome == .erased })
    #expect(try Data(contentsOf: URL(fileURLWithPath: ring)).range(of: wrapped) == nil)
  }

  @Test func aRingThatIsLostOldDamagedOrAnothersIsRefused() throws {
    var found: RecordID?
    var network = try Self.shared(&found)
    let (care, folder) = (network.care, network.folder.path)
    let path = "\(folder)/\(care.name.agency).sqlite"
    let sealing = TestPartnership.sealing(of: care.name.agency, in: network.folder)
    let early = try Data(contentsOf: URL(fileURLWithPath: sealing.path))
    // So many records that the ring grew since.
    try network.put(care, "child", network.id(), ("name", "First"))
    let edits = (0..<600).map { _ in
      Edit(
        type: "child", record: network.id(), assignments: [.set(field: "name", text: "Further")])
    }
    _ = try care.put(edits, using: &network.generator)
    try care.replica.close()
    func refused(_ words: String, _ sealing: Sealing?) {
      do {
        let replica = try Self.care(network, path, sealing)
        _ = try replica.records(ofType: "child").map { $0.field("name") }
        Issue.record("opened: \(words)")
      } catch {
        #expect("\(error)".contains(words), "\(error)")
      }
    }
    refused("its ring.key is missing", nil)
    refused("another key", Sealing(path: sealing.path, key: Data(repeating: 8, count: 32)))
    refused("is missing", Sealing(path: "\(folder)/none.keyring", key: sealing.key))
    #expect(!FileManager.default.fileExists(atPath: "\(folder)/none.keyring"))
    let (old, bad) = ("\(folder)/old.keyring", "\(folder)/bad.keyring")
    try early.write(to: URL(fileURLWithPath: old))
    refused("older than the replica", Sealing(path: old, key: sealing.key))
    try Data("nonsense, and much more of it than a header has".utf8).write(
      to: URL(fileURLWithPath: bad))
    refused("is damaged", Sealing(path: bad, key: sealing.key))
    for bytes in [Data("short".utf8), Data(repeating: 1, count: 400)] {
      try bytes.write(to: URL(fileURLWithPath: bad))
      #expect(throws: ReplicaError.self) {
        try LocalReplica.restoreKeyRing(from: bad, to: "\(folder)/new.keyring", beside: path)
      }
      #expect(!FileManager.default.fileExists(atPath: "\(folder)/new.keyring"))
    }
    #expect(try Self.care(network, path, sealing).records(ofType: "child").count >= 601)
  }

  @Test func whatLiesInTheOpenIsSealedLater() throws {
    var network = try Network()
    let child = network.id()
    try network.put(network.police, "child", child, ("name", Self.marker))
    let agency = network.police.name.agency
    let path = "\(network.folder.path)/\(agency).sqlite"
    #expect(!(try Self.files(in: network.folder.path, holding: Data(Self.marker.utf8)).isEmpty))
    try network.police.replica.close()
    let replica = try LocalReplica(
      path: path, me: network.police.name,
      sealing: TestPartnership.sealing(of: agency, in: network.folder))
    #expect(try replica.unsealedRecords() == 1)
    #expect(try replica.sealRecords() == 1)
    #expect(try replica.sealRecords() == 0)
    #expect(try replica.record(child).field("name")?.values.first?.value == .text(Self.marker))
    #expect(try Self.files(in: network.folder.path, holding: Data(Self.marker.utf8)) == [])
  }
}
