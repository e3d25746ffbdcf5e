import Foundation
import Node

/// A password that somebody types where nobody reads it.
enum Password {
  /// Asks twice at a terminal, without showing what is typed; else reads one line.
  static func ask(_ prompt: String) throws -> String {
    guard isatty(STDIN_FILENO) == 1 else {
      guard let line = readLine(), !line.isEmpty else {
        throw NodeError("expected the password on standard input")
      }
      return line
    }
    let first = hidden(prompt)
    guard first == hidden("Once more: ") else { throw NodeError("the two were not the same") }
    return first
  }

  /// Asks once, where there is a terminal to ask at.
  static func askOnce(_ prompt: String) throws -> Data? {
    guard isatty(STDIN_FILENO) == 1 else { return nil }
    return Data(hidden(prompt).utf8)
  }

  private static func hidden(_ prompt: String) -> String {
    FileHandle.standardError.write(Data(prompt.utf8))
    var before = termios()
    tcgetattr(STDIN_FILENO, &before)
    var silent = before
    silent.c_lflag &= ~tcflag_t(ECHO)
    tcsetattr(STDIN_FILENO, TCSANOW, &silent)
    defer {
      tcsetattr(STDIN_FILENO, TCSANOW, &before)
      FileHandle.standardError.write(Data("\n".utf8))
    }
    return readLine() ?? ""
  }
}
