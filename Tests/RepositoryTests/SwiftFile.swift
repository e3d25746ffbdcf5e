import Foundation

/// A Swift file in which comments and string literals are told from code.
///
/// The three texts have the same lines: what does not belong is blank. Code within a string's
/// interpolation is code. Literals of regular expressions are not known, and not used here.
struct SwiftFile: Sendable {
  let path: String
  let lines: [String]
  /// Without comments and without the text of string literals; their quotes stay.
  let code: [String]
  /// Comments alone, with their slashes.
  let comments: [String]
  /// Without comments.
  let codeAndLiterals: [String]

  init(path: String, text: String) {
    self.path = path
    lines = text.lines
    var lexer = SwiftLexer(text)
    lexer.readCode(isInterpolation: false)
    code = lexer.text { $0 == .code }.lines
    comments = lexer.text { $0 == .comment }.lines
    codeAndLiterals = lexer.text { $0 != .comment }.lines
  }

  /// The folder under Sources or Tests, which is the target's name.
  var target: String { path.components.dropFirst().first ?? "" }
  var isGenerated: Bool { path.hasSuffix(".pb.swift") }
  var isSource: Bool { path.hasPrefix("Sources/") }

  func violation(_ line: Int, _ problem: String) -> Violation {
    Violation(path: path, line: line + 1, problem: problem)
  }
}

/// Says of every byte of a Swift text whether it is code, comment or the inside of a literal.
private struct SwiftLexer {
  enum Kind { case code, comment, literal }

  private let bytes: [UInt8]
  private var kinds: [Kind]
  private var position = 0

  init(_ text: String) {
    bytes = Array(text.utf8)
    kinds = Array(repeating: .code, count: bytes.count)
  }

  /// The bytes of some kinds; a space stands for each other one.
  func text(where isKept: (Kind) -> Bool) -> String {
    let newline = UInt8(ascii: "\n")
    let kept = zip(bytes, kinds).map { byte, kind in
      byte == newline || isKept(kind) ? byte : UInt8(ascii: " ")
    }
    return String(decoding: kept, as: UTF8.self)
  }

  /// Reads to the end, or to the parenthesis that closes an interpolation.
  mutating func readCode(isInterpolation: Bool) {
    var depth = 0
    while position < bytes.count {
      if starts(with: "//") {
        readLineComment()
      } else if starts(with: "/*") {
        readBlockComment()
      } else if let hashes = hashesBeforeQuote() {
        readLiteral(hashes: hashes)
      } else {
        if starts(with: "(") { depth += 1 }
        if starts(with: ")") { depth -= 1 }
        position += 1
        if isInterpolation, depth < 0 { return }
      }
    }
  }

  private func starts(with text: String) -> Bool {
    bytes[position...].starts(with: text.utf8)
  }

  private mutating func take(_ count: Int, as kind: Kind) {
    let end = min(position + count, bytes.count)
    for index in position..<end { kinds[index] = kind }
    position = end
  }

  private mutating func readLineComment() {
    while position < bytes.count, !starts(with: "\n") { take(1, as: .comment) }
  }

  /// Block comments nest.
  private mutating func readBlockComment() {
    var depth = 0
    repeat {
      if starts(with: "/*") {
        depth += 1
        take(2, as: .comment)
      } else if starts(with: "*/") {
        depth -= 1
        take(2, as: .comment)
      } else {
        take(1, as: .comment)
      }
    } while depth > 0 && position < bytes.count
  }

  /// How many number signs stand here before a quote; nothing where there is no quote.
  private func hashesBeforeQuote() -> Int? {
    let hashes = bytes[position...].prefix { $0 == UInt8(ascii: "#") }.count
    let quote = position + hashes
    return quote < bytes.count && bytes[quote] == UInt8(ascii: "\"") ? hashes : nil
  }

  private mutating func readLiteral(hashes: Int) {
    let signs = String(repeating: "#", count: hashes)
    position += hashes
    let isMultiline = starts(with: "\"\"\"")
    let quotes = isMultiline ? "\"\"\"" : "\""
    position += quotes.utf8.count
    while position < bytes.count {
      if starts(with: quotes + signs) {
        take(quotes.utf8.count + hashes, as: .code)
        return
      }
      if starts(with: "\\\(signs)(") {
        take(hashes + 1, as: .literal)
        position += 1
        readCode(isInterpolation: true)
      } else if starts(with: "\\\(signs)") {
        take(hashes + 2, as: .literal)
      } else if !isMultiline, starts(with: "\n") {
        return
      } else {
        take(1, as: .literal)
      }
    }
  }
}
