import ArgumentParser
import Foundation
import Records

/// How a command ends that was refused or failed.
enum Problem {
  /// Prints why on standard error and exits. What the person typed shows escaped in it, so that no
  /// argument can pass for a line of Concord's.
  static func exit(_ error: any Error, arguments: [String]) -> Never {
    let code = ConcordCommand.exitCode(for: error)
    guard !code.isSuccess, !(error is ExitCode) else { ConcordCommand.exit(withError: error) }
    var text = ConcordCommand.fullMessage(for: error)
    if code == .validationFailure {
      for argument in arguments where !PrintableText.isLine(argument) {
        text = text.replacingOccurrences(of: argument, with: PrintableText.shown(argument))
      }
      text = PrintableText.shownLines(text)
    } else {
      text = PrintableText.shown(text)
    }
    FileHandle.standardError.write(Data("\(text)\n".utf8))
    Foundation.exit(code.rawValue)
  }
}

/// What a person should know although the command did what it was asked.
enum Warning {
  static func print(_ text: String) {
    FileHandle.standardError.write(Data("Warning: \(PrintableText.shown(text))\n".utf8))
  }
}

/// What a person likes to know beside a result that scripts read.
enum Note {
  static func print(_ text: String) {
    FileHandle.standardError.write(Data("\(PrintableText.shownLines(text))\n".utf8))
  }
}
