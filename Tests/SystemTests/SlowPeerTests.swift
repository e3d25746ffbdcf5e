import Agreements
import Dispatch
import Foundation
import NIOPosix
import Node
import Records
import Replica
import SyncProtocol
import Synchronization
import TestSupport
import Testing
import Transport

/// Runs tasks on a thread that nobody else has.
private final class OwnThread: TaskExecutor {
  private let queue = DispatchQueue(label: "slow peer")

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}

/// A real node whose peer reads all that it is sent, answers pings, and acknowledges nothing.
@Suite(.serialized) struct SlowPeerTests {
  /// How many changes wait. `CONCORD_WAITING_CHANGES` sets another number, to measure with.
  static let waiting =
    ProcessInfo.processInfo.environment["CONCORD_WAITING_CHANGES"].flatMap(Int.init) ?? 4_000

  /// What a link may cost a node's process beyond what it needs without one: the window and the
  /// batch after it as entries, messages, frames and TLS records, twice over, and SQLite's caches.
  static let mostMegabytes = 48

  @Test func whatWaitsForASlowPeerWaitsOnDisk() async throws {
    let partnership = try CommandPartnership()
    try Self.write(Self.waiting, at: partnership.path("police"))
    try partnership.start("police")
    let process = try #require(partnership.daemons["police"]).processIdentifier
    try Concord.eventually("the node listens") {
      FileManager.default.fileExists(atPath: partnership.path("police") + "/control.sock")
    }
    try await Task.sleep(for: .seconds(2))
    let before = try Self.residentMegabytes(of: process).now

    let window = Int(Limits.Link.windowBytes)
    // Other tests block the threads that tasks share for minutes: a peer that says no hello is sent nothing.
    let heard = try await withTaskExecutorPreference(OwnThread()) {
      try await Self.listen(at: partnership, untilStillBeyond: window / 2)
    }
    let during = try Self.residentMegabytes(of: process).peak
    #expect(heard.changes > 0 && heard.changes < Self.waiting)
    #expect(heard.bytes > window / 2, "the window is used")
    #expect(heard.bytes < window + 2 * Limits.Link.batchBytes, "and no more than one batch beyond")
    #expect(during - before < Self.mostMegabytes, "from \(before) MB to \(during) MB")
    print(
      "\(Self.waiting) changes wait for a peer that acknowledges nothing: \(heard.changes) were "
        + "sent in \(heard.bytes) bytes; the process grew from \(before) MB to \(during) MB at most"
    )
  }

  /// Writes children, as `concord put` does, many in one transaction.
  private static func write(_ count: Int, at path: String) throws {
    let node = try LocalNode(NodeFolder(path), environment: ["CONCORD_NOW": Concord.now])
    for start in stride(from: 0, to: count, by: 1_000) {
      let edits = (start..<min(start + 1_000, count)).map { number in
        Edit(
          type: "child", record: LocalNode.newRecordID(),
          assignments: [.set(field: "name", text: "Example Child \(number)")])
      }
      _ = try node.put(edits)
    }
    try node.replica.close()
  }

  /// What came, by the sender's own count.
  private struct Heard: Sendable {
    var changes = 0
    var bytes = 0
  }

  /// Connects as social care, with its keys, and only listens: until more than `bytes` came and
  /// nothing more does for ten seconds, or for four minutes. How long the first batch takes depends
  /// on what else runs on the machine.
  private static func listen(
    at partnership: CommandPartnership, untilStillBeyond bytes: Int
  ) async throws -> Heard {
    let me = NodeName(agency: try #require(AgencyID("care.E08000019")))
    let police = try LocalNode(NodeFolder(partnership.path("police")))
    let card = try #require(try police.replica.partnership().card(of: police.agency))
    let federation = police.configuration.federation
    let endpoint = try #require(Endpoint(card.endpoint))
    try police.replica.close()
    let keys = URL(fileURLWithPath: partnership.path("care") + "/keys")
    let authority = try CertificateAuthority(
      keyPEM: try String(contentsOf: keys.appendingPathComponent("authority.pem"), encoding: .utf8),
      der: try Data(contentsOf: keys.appendingPathComponent("authority.der")))
    let identity = try authority.issue(
      for: me, federation: federation, keyPEM: CertificateAuthority.newKeyPEM(), now: Date())
    let connection = try await TLSDialer(
      identity: identity, federation: federation, group: MultiThreadedEventLoopGroup.singleton
    ).connect(to: endpoint, agency: card.agency, authorities: [card.authority])
    let heard = Mutex(Heard())
    let ending = Task(executorPreference: OwnThread()) {
      var (last, still) = (0, 0)
      for _ in 0..<240 where still < 10 {
        try await Task.sleep(for: .seconds(1))
        let now = heard.withLock(\.bytes)
        still = now == last && now > bytes ? still + 1 : 0
        last = now
      }
      connection.close()
    }
    try? await connection.use { reader, writer in
      try await writer.write(
        .hello(
          Hello(
            federation: federation, node: me, clock: Instant(milliseconds: 0), agreements: [],
            sending: nil, received: nil, window: .max)))
      try await reader.forEach { message in
        switch message {
        case .ping(let id): try await writer.write(.pong(id))
        case .batch(let batch):
          heard.withLock { heard in
            heard.bytes += batch.cost
            heard.changes +=
              batch.entries.filter { if case .change = $0 { true } else { false } }.count
          }
        default: break
        }
      }
    }
    ending.cancel()
    return heard.withLock { $0 }
  }

  /// A process's resident memory now and at its highest, as the kernel counts it.
  private static func residentMegabytes(of process: Int32) throws -> (now: Int, peak: Int) {
    let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
    func value(_ name: String) throws -> Int {
      let line = try #require(status.split(separator: "\n").first { $0.hasPrefix(name) })
      return try #require(line.split(separator: " ").dropFirst().first.flatMap { Int($0) }) / 1_024
    }
    return (try value("VmRSS:"), try value("VmHWM:"))
  }
}
