import Foundation
import Logging
import NIOCore
import NIOPosix
import Records
import SyncProtocol
import Testing

@testable import Transport

/// Many connections from one address: they wait for each other, not others for them.
@Suite(.serialized) struct FloodTests {
  private func block(_ address: String) throws -> AddressBlock {
    AddressBlock(try SocketAddress(ipAddress: address, port: 1))
  }

  @Test func anAddressHasAShareOfTheHandshakesAndNoMore() throws {
    let gate = HandshakeGate()
    let flooding = try block("192.0.2.1")
    for _ in 0..<Limits.Link.handshakesOfAddress { try gate.enter(flooding) }
    #expect(throws: TransportError.tooManyFromAddress) { try gate.enter(flooding) }
    try gate.enter(try block("192.0.2.2"))
    gate.leave(flooding)
    try gate.enter(flooding)
  }

  @Test func thereIsALimitForAllTogether() throws {
    let gate = HandshakeGate()
    for number in 0..<Limits.Link.handshakes { try gate.enter(try block("192.0.2.\(number)")) }
    #expect(throws: TransportError.tooManyHandshakes) { try gate.enter(try block("192.0.2.200")) }
    gate.leave(try block("192.0.2.0"))
    try gate.enter(try block("192.0.2.200"))
  }

  @Test func anIPv6NetworkCountsAsOneAddress() throws {
    #expect(try block("2001:db8:1:2::1") == block("2001:db8:1:2:ffff::9"))
    #expect(try block("2001:db8:1:2::1") != block("2001:db8:1:3::1"))
    #expect(try block("::ffff:192.0.2.1") == block("192.0.2.1"))
    #expect(try block("192.0.2.1") != block("192.0.2.2"))
  }

  @Test func whatWaitsWhenTheListenerStopsIsClosed() async throws {
    let police = try TLSAgency("police.here")
    let pins = Pins(federation: "test", own: police.node.agency, authorities: [:])
    let listener = try await TLSListener(
      on: Endpoint(host: "127.0.0.1", port: 0), identity: police.identity,
      group: .singletonMultiThreadedEventLoopGroup, logger: Logger(label: "test")
    ) { pins }
    var waiting: [any Channel] = []
    for _ in 0..<20 {
      waiting.append(
        try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
          .connect(host: "127.0.0.1", port: listener.port).get())
    }
    try await Task.sleep(for: .milliseconds(300))
    let running = Task { try await listener.run { _ in } }
    running.cancel()
    _ = await running.result
    for channel in waiting { try await channel.closeFuture.get() }
  }

  @Test func aFloodOfSilentConnectionsMakesFewLines() async throws {
    var limits = LinkLimits()
    limits.helloTimeout = .seconds(600)
    let listening = try await Listening(window: .milliseconds(1500), limits: limits)
    defer { listening.stop() }
    // All but the silent that were let in and the one with a line of its own are counted, in as
    // many windows as the flood takes.
    var (lines, counted) = ([String](), 0)
    try await listening.silence(Limits.Link.handshakesOfAddress + 30) {
      while counted < 29 {
        let more = try await listening.journal.take("more connections refused")
        guard !more.isEmpty else { break }
        lines += more
        for line in more {
          counted +=
            line.firstMatch(of: /more connections refused (\d+)/).flatMap { Int($0.1) } ?? 0
        }
      }
    }
    // On a machine under load the flood takes several windows; each has one line of the reason at most.
    let reasons = lines.filter { $0.contains("too many handshakes at once from one") }
    let windows = lines.filter { $0.contains("more connections refused") }
    #expect(!reasons.isEmpty && reasons.count <= windows.count + 1, "\(lines)")
    #expect(lines.filter { $0.hasPrefix("connection refused") }.count < 9, "\(lines)")
    #expect(counted >= 29, "\(lines)")
    // Those that were silent are gone; their places are free again.
    #expect(try await listening.serves())
  }

  /// A scanner's noise must not hide why a peer at the same address is refused.
  @Test func eachReasonOfAnAddressHasItsLine() async throws {
    let journal = Journal()
    let log = RefusalLog(
      Logger(label: "test") { _ in JournalHandler(journal: journal) }, window: .milliseconds(300))
    let here = try block("192.0.2.1")
    await withTaskGroup(of: Void.self) { tasks in
      for number in 0..<30 {
        // Two reasons that come often, and one that is never the same.
        let reason = ["no certificate", "pinned to another CA", "reason \(number)"][number % 3]
        tasks.addTask { await log.note(reason, from: "192.0.2.1", in: here) }
      }
    }
    let lines = try await journal.take("connection refused").filter {
      $0.hasPrefix("connection refused")
    }
    #expect(lines.filter { $0.contains("no certificate") }.count == 1)
    #expect(lines.filter { $0.contains("pinned to another CA") }.count == 1)
    #expect(lines.count <= 9, "\(lines)")
  }
}
