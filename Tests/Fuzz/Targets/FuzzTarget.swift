public import Foundation

/// What is fuzzed: each target takes any bytes, reads them as the product would, and checks what
/// must hold whatever they are.
public enum FuzzTarget: String, CaseIterable, Sendable {
  /// The bytes of a connection, as frames, deflated ones among them.
  case frames
  /// One message, and one entry that was kept aside.
  case messages
  /// An established link: messages, honest and not, and what its node answers.
  case link
  /// Headers, proofs, writes and whole changes, from bytes and crafted so that they verify.
  case changes
  /// The texts that people sign, through every reader.
  case documents

  /// Runs one input.
  /// - Throws: `FuzzFinding`, where something does not hold. What traps, ends the process.
  public func run(_ bytes: Data) throws(FuzzFinding) {
    switch self {
    case .frames: try Frames.run(bytes)
    case .messages: try Messages.run(bytes)
    case .link: try LinkConversation.run(bytes)
    case .changes: try Changes.run(bytes)
    case .documents: try Documents.run(bytes)
    }
  }
}

/// Something that must hold and does not.
public struct FuzzFinding: Error, CustomStringConvertible {
  public let description: String

  init(_ description: String) { self.description = description }
}

/// Fails where something does not hold.
func check(_ holds: Bool, _ what: @autoclosure () -> String) throws(FuzzFinding) {
  guard holds else { throw FuzzFinding(what()) }
}
