import Agreements
import Casework
import Crypto
import Foundation
import Logging
import NIOPosix
import Node
import Records
import Replica

/// The pages of one node, and what all of them stand on.
final class Site: Sendable {
  let node: LocalNode
  let people: People
  let index: CaseIndex
  let templates: Templates
  let figures = FigureCounter()
  let logger: Logger
  /// Whether pages go over TLS; then cookies do so only.
  let isSecure: Bool
  /// Tells the node that something was written.
  let announce: @Sendable () async -> Void
  let refusals = RecentRefusals()
  let loggedRefusals = RecentRefusals()
  private let shielding: Shielding
  /// The replica's calls block, and so does checking a password: they run on threads of their own.
  private let threads: NIOThreadPool
  /// Programs have threads of their own, so that whoever works on a page does not wait for them.
  private let programThreads: NIOThreadPool

  init(
    _ node: LocalNode, isSecure: Bool, logger: Logger,
    announce: @escaping @Sendable () async -> Void
  ) throws {
    self.node = node
    self.isSecure = isSecure
    self.logger = logger
    self.announce = announce
    people = try People(node)
    index = CaseIndex(node)
    shielding = Shielding(node)
    templates = try Templates()
    threads = NIOThreadPool(numberOfThreads: 4)
    threads.start()
    programThreads = NIOThreadPool(numberOfThreads: 2)
    programThreads.start()
    // The first to sign in should not wait for it.
    let index = index
    Thread.detachNewThread { _ = try? index.current() }
  }

  func stop() async {
    try? await threads.shutdownGracefully()
    try? await programThreads.shutdownGracefully()
  }

  /// Runs what blocks.
  func work<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await threads.runIfActive(body)
  }

  /// Runs what blocks for a program.
  func workForPrograms<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await programThreads.runIfActive(body)
  }

  /// A visit of somebody who is signed in; nothing where their role is no more.
  func visit(
    _ account: Account, form: Form, parameters: [String: String], running: RunningNode = .absent
  ) throws -> Visit? {
    guard let role = people.policy.role(account.role) else { return nil }
    let viewer = Viewer(account: account, role: role)
    var form = form
    form.checkLengths()
    let index = try index.current()
    let hidden = try shielding.hidden(from: viewer, index)
    return Visit(
      desk: ViewedDesk(node, viewer: viewer, hidden: hidden), index: index, hidden: hidden,
      form: form, parameters: parameters, figures: figures, running: running)
  }

  /// A node's records as a program may see them; nothing where its token has no role, or one that is no more.
  func viewed(by token: ProgramToken) throws -> ViewedProgram? {
    guard let role = token.role.flatMap(people.policy.role) else { return nil }
    let viewer = Viewer(token, role: role)
    let index = try index.current()
    let hidden = try shielding.hidden(from: viewer, index)
    return ViewedProgram(
      desk: ViewedDesk(node, viewer: viewer, hidden: hidden), index: index, hidden: hidden)
  }

  /// What a form of this session has to carry, so that no other site's form is taken for one of ours.
  static func formToken(_ session: String) -> String {
    let code = HMAC<SHA256>.authenticationCode(
      for: Data("form".utf8), using: SymmetricKey(data: Data(session.utf8)))
    return Data(code).map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }
}
