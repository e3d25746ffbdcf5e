import Agreements
import Foundation
import NIOPosix
import Records
import Replica
import SyncProtocol
import Transport

/// Where the node of an agency is reached, and the CAs (DER) that count for it.
struct PeerPlace: Sendable {
  let endpoint: Endpoint
  let authorities: [Data]
}

extension LocalNode {
  /// Where a peer's card, or a device's configuration, says that it is reached.
  /// - Throws: `NodeError` where neither does; `ReplicaError`.
  func place(of agency: AgencyID, at now: Instant) throws -> PeerPlace {
    let partnership = try replica.partnership()
    guard let card = partnership.card(of: agency) else {
      throw NodeError("\(agency) is no party to an agreement here")
    }
    let address =
      configuration.device == nil ? Endpoint(card.endpoint) : configuration.endpoint
    guard let address else { throw NodeError("the card of \(agency) has no usable endpoint") }
    return PeerPlace(
      endpoint: address, authorities: partnership.keys(from: card).authorities(at: now))
  }

  /// Dials peers as the running node does, waits for their hello and hangs up. A peer keeps its newest connection, so
  /// that one with which there is a link by now is left alone.
  /// - Returns: why those that did not say hello were not reached.
  /// - Throws: `NodeError` where the node has nothing to show on a link.
  func unreached(among peers: [AgencyID]) async throws -> [AgencyID: String] {
    var limits = LinkLimits()
    limits.helloTimeout = Self.patience
    let dialer = TLSDialer(
      identity: try tlsIdentity(), federation: configuration.federation, limits: limits,
      group: MultiThreadedEventLoopGroup.singleton)
    let now = clock.now()
    return await withTaskGroup(of: (AgencyID, String?).self) { tasks in
      var found: [AgencyID: String] = [:]
      var left = peers[...]
      func dialNext() {
        guard let peer = left.popFirst() else { return }
        tasks.addTask { (peer, await problem(of: peer, dialer, at: now)) }
      }
      for _ in 0..<Self.dialledAtOnce { dialNext() }
      for await (peer, problem) in tasks {
        found[peer] = problem
        dialNext()
      }
      return found
    }
  }

  /// Names are looked up one after the other: of more at once the last would wait in vain.
  private static let dialledAtOnce = 16
  private static let patience = Duration.seconds(5)

  private func problem(of peer: AgencyID, _ dialer: TLSDialer, at now: Instant) async -> String? {
    if let links = await runningNode().links, links.connected.contains(NodeName(agency: peer)) {
      return nil
    }
    do {
      let place = try place(of: peer, at: now)
      let connection = try await dialer.connect(
        to: place.endpoint, agency: peer, authorities: place.authorities)
      return await Greeting(connection).problem(after: Self.patience)
    } catch {
      return TLSProblem.describe(error)
    }
  }
}

/// Waits for a peer's hello. In TLS 1.3 the side that dials has its connection before the other has looked at its
/// certificate: that the peer lets this node in is known by its first word alone.
private struct Greeting {
  private let connection: Connection

  init(_ connection: Connection) { self.connection = connection }

  private enum Word: Error {
    case hello
    case goodbye(String)
    case other
  }

  /// - Returns: what was in the way of it.
  func problem(after patience: Duration) async -> String? {
    let limit = Task {
      try await Task.sleep(for: patience)
      connection.close()
    }
    defer { limit.cancel() }
    do {
      try await connection.use { reader, _ in
        try await reader.forEach { message in
          switch message {
          case .hello: throw Word.hello
          case .goodbye(let reason): throw Word.goodbye(reason)
          default: throw Word.other
          }
        }
      }
      return "it hung up, or said nothing"
    } catch Word.hello {
      return nil
    } catch Word.goodbye(let reason) {
      // What a peer says is its text: it makes no line of its own here.
      return "it refuses: \(PrintableText.shown(reason))"
    } catch Word.other {
      return "it does not begin with a hello"
    } catch {
      return TLSProblem.describe(error)
    }
  }
}
