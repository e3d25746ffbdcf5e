import Foundation
import NIOCore
import NIOSSL
import NIOTLS
import Records

/// Waits for the handshake, then checks who is at the other end. Nothing is read before.
final class PeerHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  private let identity: EventLoopPromise<NodeName>
  private let pins: Pins
  private let expected: AgencyID?
  private let timeout: TimeAmount
  private var deadline: Scheduled<Void>?
  private var isChecked = false

  init(
    _ identity: EventLoopPromise<NodeName>, pins: Pins, expected: AgencyID?, timeout: TimeAmount
  ) {
    self.identity = identity
    self.pins = pins
    self.expected = expected
    self.timeout = timeout
  }

  func handlerAdded(context: ChannelHandlerContext) {
    let (identity, channel) = (identity, context.channel)
    deadline = context.eventLoop.scheduleTask(in: timeout) {
      identity.fail(PeerError.handshakeTimeout)
      channel.close(promise: nil)
    }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case TLSUserEvent.handshakeCompleted = event {
      do {
        let node = try peer(context)
        isChecked = true
        deadline?.cancel()
        identity.succeed(node)
      } catch {
        fail(error, context)
      }
    }
    context.fireUserInboundEventTriggered(event)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    // The handshake's end is announced before any data; this is a guard, not a path.
    guard isChecked else { return fail(PeerError.noCertificate, context) }
    context.fireChannelRead(data)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard isChecked else {
      fail(problem(error, context), context)
      return context.fireErrorCaught(error)
    }
    // An end without goodbye is left to the frame decoder, which knows whether it cut a frame.
    if case NIOSSLError.uncleanShutdown = error { return }
    context.fireErrorCaught(error)
  }

  func channelInactive(context: ChannelHandlerContext) {
    if !isChecked { fail(PeerError.handshake("the connection ended"), context) }
    context.fireChannelInactive()
  }

  private func peer(_ context: ChannelHandlerContext) throws -> NodeName {
    let tls = try context.pipeline.syncOperations.handler(type: NIOSSLHandler.self)
    guard let certificate = tls.peerCertificate else { throw PeerError.noCertificate }
    let leaf = Data(try certificate.toDERBytes())
    let node = try pins.node(of: leaf)
    // Who resumes an earlier connection shows no certificate again: it may have expired since.
    if let problem = pins.dateProblem(of: leaf, naming: node, now: Date()) { throw problem }
    if let expected, node.agency != expected {
      throw PeerError.otherAgency(expected: expected, found: node.agency)
    }
    return node
  }

  /// Why a handshake failed; TLS alone does not tell an expired certificate from a stranger's.
  private func problem(_ error: any Error, _ context: ChannelHandlerContext) -> PeerError {
    if "\(error)".contains("CERTIFICATE_VERIFY_FAILED"),
      let tls = try? context.pipeline.syncOperations.handler(type: NIOSSLHandler.self),
      let leaf = try? tls.peerCertificate?.toDERBytes(),
      let problem = pins.dateProblem(of: Data(leaf), now: Date())
    {
      return problem
    }
    return .handshake(TLSProblem.describe(error))
  }

  private func fail(_ error: any Error, _ context: ChannelHandlerContext) {
    deadline?.cancel()
    identity.fail(error)
    context.close(promise: nil)
  }
}
