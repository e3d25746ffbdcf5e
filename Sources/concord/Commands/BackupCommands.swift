import ArgumentParser
import Foundation
import Node
import Replica

struct Backup: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Back the node up, while it runs: its replica, configuration and keys in one sealed file.",
    discussion: """
      The file is read back and checked before it gets its name. Without --new-passphrase-file or \
      --key-file it is sealed under what seals the node's keys. Documentation/backup.md has the whole story.
      """)
  @OptionGroup var node: NodeArgument
  @Argument(help: "The file to write; it must not be there yet.")
  var file: String?
  @Option(help: ArgumentHelp("Write a generation into this folder instead.", valueName: "folder"))
  var into: String?
  @Option(help: "How many generations to keep in it.")
  var keep: Int?
  @OptionGroup var seal: NewSealOptions
  @OptionGroup var output: JSONFlag

  func validate() throws {
    guard (file == nil) != (into == nil) else {
      throw ValidationError("say either FILE, or --into FOLDER --keep N")
    }
    guard (into == nil) == (keep == nil) else {
      throw ValidationError("--into and --keep go together")
    }
    guard keep.map({ $0 >= 1 }) ?? true else { throw ValidationError("--keep: expected 1 or more") }
    guard seal.credential == nil else {
      throw ValidationError(
        "--credential: a backup is opened elsewhere; seal it under a passphrase or a key file")
    }
  }

  func run() throws {
    let opened = try node.open()
    let under = seal.saysSomething ? try seal.seal() : nil
    let written =
      if let into, let keep {
        try opened.backUp(into: into, keeping: keep, under)
      } else {
        try opened.backUp(to: file ?? "", under)
      }
    let facts = BackupFacts(written)
    if output.json { try printJSON(facts) } else { print(facts.text) }
  }
}

struct Restore: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make a node's folder from a backup, on this machine or a new one.",
    discussion: """
      Start the node where it was lost, never beside the one that was backed up. It then learns from its \
      peers what it had sent since, before it shows or writes anything.
      """)
  @Argument(help: "The backup.")
  var file: String
  @OptionGroup var node: NodeArgument
  @Option(
    help: ArgumentHelp(
      "The newest copy of the node's key ring; by default the one that lies beside the backup.",
      valueName: "file"))
  var keyring: String?

  func run() throws {
    let manifest = try Restoring.restore(
      file, to: node.folder, ring: keyring, node.secret.unlocking)
    print(
      """
      \(manifest.node) as of \(manifest.created_at) in \(node.folder.path): \
      \(manifest.counts.records) records, \(manifest.counts.changes) changes, checked.
      Make sure that the old one never runs again; then: concord run \(node.folder.path)
      """)
  }
}

/// A backup as scripts see it.
struct BackupFacts: Encodable {
  let file: String
  let bytes: Int
  let node: String
  let created_at: String
  let records: Int
  let changes: Int
  let removed: [String]

  init(_ written: WrittenBackup) {
    (file, bytes, removed) = (written.path, written.bytes, written.removed)
    (node, created_at) = (written.manifest.node, written.manifest.created_at)
    records = written.manifest.counts.records
    changes = written.manifest.counts.changes
  }

  var text: String {
    let gone = removed.isEmpty ? "" : "; took away \(removed.count) older"
    return
      "wrote \(file): \(records) records, \(changes) changes, \(bytes) bytes, read back and checked\(gone)"
  }
}
