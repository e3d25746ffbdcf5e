import Foundation

/// Why something at a node was refused or failed, in one line that says what to do.
public struct NodeError: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String

  /// States what happened and what the person can do.
  public init(_ description: String) { self.description = description }

  /// The system's last error, about a file.
  static func system(_ what: String, _ path: String) -> NodeError {
    NodeError("\(what) \(path): \(String(cString: strerror(errno)))")
  }
}
