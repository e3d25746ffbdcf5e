public import ArgumentParser
public import Casework
import Foundation
public import Node
public import Records
import Replica
import Transport

extension AgencyKind: ExpressibleByArgument {}
extension KeyAdultRole: ExpressibleByArgument {}
extension FigureCase.Dimension: ExpressibleByArgument {}
extension TokenScope: ExpressibleByArgument {}

/// The folder of the node that a command works on.
struct NodeArgument: ParsableArguments {
  @Argument(help: "The node's folder.")
  var dir: String
  @OptionGroup var secret: SecretOption

  var folder: NodeFolder { NodeFolder(dir) }

  func validate() throws {
    // An empty path would be the folder that the command happens to run in.
    guard !dir.isEmpty else { throw ValidationError("DIR: expected the node's folder") }
  }

  func open() throws -> LocalNode {
    let environment = ProcessInfo.processInfo.environment
    return try LocalNode(folder, environment: environment, secret.unlocking)
  }
}

/// Whether a command prints JSON.
struct JSONFlag: ParsableArguments {
  @Flag(help: "Print JSON.")
  var json = false
}

/// Who reads at the command line, and why: it stands in the audit.
struct ReaderOptions: ParsableArguments {
  @Option(name: .customLong("as"), help: "Who reads, for the audit.")
  var person: String?
  @Option(help: "Why, for the audit.")
  var reason: String?

  func validate() throws {
    try Typed.check(person: person)
    if let reason { try Typed.check(reason: reason) }
  }

  /// The ids of what somebody is shown, as the audit keeps them.
  static func ids(_ ids: [RecordID]) -> String { AuditEntry.found(ids) }

  func detail(_ what: String) -> String {
    what + (reason.map { (what.isEmpty ? "" : "; ") + $0 } ?? "")
  }
}

/// What people type, read or refused with what was expected.
enum Typed {
  static func agency(_ text: String) throws -> AgencyID {
    try parsed(AgencyID(text), "an agency id, as police.south-yorkshire or school.107001")
  }

  static func record(_ text: String) throws -> RecordID {
    try parsed(RecordID(text), "a record's id (a UUID), as concord put prints it")
  }

  static func write(_ text: String) throws -> WriteID {
    try parsed(WriteID(hexadecimal: text), "a write's id: 64 hexadecimal digits")
  }

  static func endpoint(_ text: String) throws -> Endpoint {
    try parsed(Endpoint(text), "HOST:PORT, as 192.0.2.1:7400 or [2001:db8::1]:7400")
  }

  static func instant(_ text: String) throws -> Instant {
    try parsed(Instant(text), "a moment as 2027-05-01T21:40:00Z or 2027-05-01T22:40:00+01:00")
  }

  static func date(_ text: String) throws -> LocalDate {
    try parsed(LocalDate(text), "a day as 2027-05-04")
  }

  /// Minutes since midnight.
  static func timeOfDay(_ text: String) throws -> Int {
    let parts = text.split(separator: ":").map { Int($0) }
    guard parts.count == 2, let hours = parts[0], let minutes = parts[1],
      (0...23).contains(hours), (0...59).contains(minutes)
    else { throw ValidationError("expected a time of day as 08:45") }
    return hours * 60 + minutes
  }

  /// Bytes that are not UTF-8 arrive here as U+FFFD; what was meant is lost by then.
  static func check(_ texts: [String]) throws {
    for text in texts where text.unicodeScalars.contains("\u{FFFD}") {
      throw ValidationError("'\(text)': not UTF-8 text")
    }
  }

  /// Checks who acts, where that is said: one line that shows.
  static func check(person: String?) throws {
    if let person { try checkLine(person, "--as: expected who acts") }
  }

  /// Checks why something is done: one line that shows.
  static func check(reason: String) throws { try checkLine(reason, "--reason: expected why") }

  private static func checkLine(_ text: String, _ expected: String) throws {
    guard !text.allSatisfy(\.isWhitespace), PrintableText.isLine(text) else {
      throw ValidationError("\(expected), on one line, without control characters")
    }
  }

  private static func parsed<T>(_ value: T?, _ expected: String) throws -> T {
    guard let value else { throw ValidationError("expected \(expected)") }
    return value
  }
}
