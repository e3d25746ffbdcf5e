import Foundation
import Logging
import Records
import Replica
import SyncProtocol
import Testing
import Transport

@testable import Node

/// The engine has all links look at their clocks together.
struct TickingTests {
  /// What a peer that is silent, or silent but for its hello, hears of a node: the last message before the node hung up,
  /// or its first ping.
  private func lastHeard(_ limits: LinkLimits, saysHello: Bool) async throws -> LinkMessage? {
    let dialled = try await DialledNode(limits: limits, logger: Logger(label: "test"))
    let (police, care, connection) = (dialled.police, dialled.care, dialled.connection)
    let said = try care.replica.hello(
      to: NodeName(agency: police.agency), federation: care.configuration.federation,
      window: 1 << 20, now: care.clock.now())
    // So that a node that never says anything fails the test, and does not stop it.
    let patience = Task {
      try await Task.sleep(for: .seconds(300))
      connection.close()
    }
    let messages = Heard()
    try await connection.use { reader, writer in
      if saysHello { try await writer.write(.hello(said)) }
      try? await reader.forEach { message in
        await messages.add(message)
        if case .ping = message { throw CancellationError() }
      }
    }
    patience.cancel()
    await dialled.stop()
    return await messages.last
  }

  private actor Heard {
    private(set) var last: LinkMessage?
    func add(_ message: LinkMessage) { last = message }
  }

  @Test func whoSaysNoHelloIsHungUpOn() async throws {
    var limits = LinkLimits()
    limits.helloTimeout = .seconds(2)
    let heard = try await lastHeard(limits, saysHello: false)
    #expect(heard == .goodbye("\(LinkFailure.helloTimeout)"))
  }

  @Test func whoIsSilentIsPinged() async throws {
    var limits = LinkLimits()
    limits.pingAfter = .seconds(1)
    // However long other tests keep the threads from looking at the clock.
    limits.silenceTimeout = .seconds(36_000)
    let heard = try await lastHeard(limits, saysHello: true)
    guard case .ping? = heard else {
      Issue.record("there was no ping before \(String(describing: heard))")
      return
    }
  }
}
