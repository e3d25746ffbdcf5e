import ArgumentParser
import Foundation
import Node
import Records

/// Where the secret stands that opens a node's keys, where it is not asked for.
struct SecretOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The file with the passphrase under which the keys are sealed, '-' for standard input; else it is asked for.",
      valueName: "path"))
  var passphraseFile: String?

  var unlocking: Unlocking {
    let path = passphraseFile
    return Unlocking(
      environment: ProcessInfo.processInfo.environment,
      given: { kind in try path.map { try SecretFile.read($0, kind) } },
      ask: { prompt in try Password.askOnce(prompt) })
  }
}

/// A file that holds a passphrase, or a key that a machine made.
enum SecretFile {
  /// A passphrase is the first line; a key is all there is.
  static func read(_ path: String, _ kind: Seal.Kind) throws -> Data {
    guard kind == .passphrase else {
      guard path != "-" else { return try FileHandle.standardInput.readToEnd() ?? Data() }
      return try contents(path)
    }
    guard path != "-" else {
      guard let line = readLine(), !line.isEmpty else {
        throw NodeError("expected the passphrase on standard input")
      }
      return Data(line.utf8)
    }
    let line = try contents(path).prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
    guard !line.isEmpty else { throw NodeError("\(path): expected a passphrase in the first line") }
    return Data(line)
  }

  private static func contents(_ path: String) throws -> Data {
    do {
      return try Data(contentsOf: URL(fileURLWithPath: path))
    } catch {
      throw NodeError("cannot read \(PrintableText.shown(path))")
    }
  }
}

/// Under what keys or a backup are to be sealed.
struct NewSealOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Under the passphrase in this file, '-' for standard input.", valueName: "path"))
  var newPassphraseFile: String?
  @Option(
    help: ArgumentHelp(
      "Under this file of at least 32 random bytes, which only its owner can read.",
      valueName: "path"))
  var keyFile: String?
  @Option(
    help: ArgumentHelp(
      "Under the systemd credential of this name; --new-passphrase-file says where its content stands.",
      valueName: "name"))
  var credential: String?

  var saysSomething: Bool { newPassphraseFile != nil || keyFile != nil || credential != nil }

  func validate() throws {
    guard keyFile == nil || newPassphraseFile == nil && credential == nil else {
      throw ValidationError("--key-file stands alone")
    }
    guard credential.map(Name.isValid) ?? true else {
      throw ValidationError("--credential: expected a name in lower case, as concord-keys")
    }
    guard credential == nil || newPassphraseFile != nil else {
      throw ValidationError("--credential: name the file with its content (--new-passphrase-file)")
    }
  }

  /// The seal; a passphrase is asked for, twice, where nothing is said.
  func seal() throws -> OpenSeal {
    if let keyFile {
      let path = URL(fileURLWithPath: keyFile).standardizedFileURL.path
      return try OpenSeal(new: .keyFile, name: path, secret: try NodeFolder.secret(in: path))
    }
    let kind: Seal.Kind = credential == nil ? .passphrase : .credential
    let secret =
      try newPassphraseFile.map { try SecretFile.read($0, kind) }
      ?? Data(try Password.ask("New passphrase: ").utf8)
    return try OpenSeal(new: kind, name: credential ?? "", secret: secret)
  }
}
