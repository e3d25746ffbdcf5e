import Foundation
import Records

/// What the command line asks a running node, one line of JSON each way over a socket that only the
/// folder's owner can reach.
enum ControlRequest: Codable, Sendable {
  /// Another process wrote to the replica.
  case changed
  /// Another process adopted an agreement or a membership: links begin anew, so that both sides
  /// tell what they have agreed to.
  case agreed
  /// Exchange with all peers, or one, until both sides are quiet.
  case sync(peer: String?)
  /// Compare with a peer what each has of the other's stream, and mend it.
  case verify(peer: String)
  /// Which peers are connected.
  case status
  /// The key that opens the folder's sealed keys.
  case unseal

  /// How long the answer may take: two of them wait for peers.
  var patience: Duration {
    switch self {
    case .sync, .verify: Limits.Control.syncTimeout + Limits.Control.answerTimeout
    case .changed, .agreed, .status, .unseal: Limits.Control.answerTimeout
    }
  }
}

/// The running node's answer.
struct ControlReply: Codable, Sendable {
  var report: SyncReport?
  var verified: VerifyReport?
  var connected: [String]?
  /// How far the clocks of connected peers were ahead when they said hello, in milliseconds.
  var clocks: [String: Int64]?
  var key: Data?
  var error: String?
}
