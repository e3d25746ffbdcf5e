import ArgumentParser
import Foundation
import Node
import Records
import Replica

struct KeysCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keys", abstract: "How the node's private keys are kept.",
    discussion: """
      Sealed keys lie in one file, keys/sealed.keys, under a passphrase, a key file or a systemd credential. \
      A node that runs has them open, and commands beside it ask it for what opens the file.
      """,
    subcommands: [Show.self, SealKeys.self, Unseal.self, SealRecords.self, Rotate.self])

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show under what the keys are sealed, and whether values are.")
    @OptionGroup var node: NodeArgument
    @OptionGroup var output: JSONFlag

    func run() throws {
      let facts = try KeyFacts(try node.open())
      if output.json { try printJSON(facts) } else { print(facts.text) }
    }
  }

  struct SealKeys: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "seal", abstract: "Seal the keys, or seal them under something else.",
      discussion: "Without an option a passphrase is asked for. A node that runs goes on.")
    @OptionGroup var node: NodeArgument
    @OptionGroup var seal: NewSealOptions

    func run() throws {
      let opened = try node.open()
      try opened.sealKeys(under: try seal.seal())
      print(KeyFacts(try LocalNode.keySeal(in: opened.folder)).text)
    }
  }

  struct Unseal: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Keep the keys in the open again, in files that only their owner can read.")
    @OptionGroup var node: NodeArgument

    func run() throws {
      try node.open().sealKeys(under: nil)
      print("The keys lie open in the folder, readable to their owner only.")
    }
  }
}

extension KeysCommand {
  struct Rotate: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take up a new TLS key, from the node's next start on.",
      discussion: """
        Others trust the agency's CA, so nobody has to be told, and the old key serves until then. The signing key \
        and the CA stand on the card: they change with a next version of the agreement.
        """)
    @OptionGroup var node: NodeArgument
    @Flag(help: "The key of the node's certificate.")
    var tls = false

    func validate() throws { guard tls else { throw ValidationError("say which: --tls") } }

    func run() throws {
      let opened = try node.open()
      try opened.rotateTLSKey()
      print("\(opened.agency) has a new TLS key, and uses it from the next start on")
    }
  }

  struct SealRecords: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "seal-records",
      abstract:
        "Seal the values of a node that has them in the open, each record's with a key of its own.",
      discussion:
        "The node must not run meanwhile. Backups from before stay readable: take them away.")
    @OptionGroup var node: NodeArgument

    func run() throws {
      let count = try node.open().sealRecords()
      print("\(count) records sealed; new ones are sealed as they come")
    }
  }
}

/// How keys are kept, as scripts see it.
struct KeyFacts: Encodable {
  /// passphrase, key-file or credential; null where they lie in the open.
  @OrNull var sealed_under: String?
  let name: String?
  /// Records whose values lie in the open; null where none are sealed at all.
  @OrNull var unsealed_records: Int?

  init(_ node: LocalNode) throws {
    self.init(node.keySeal, unsealed: try node.replica.unsealedRecords())
  }

  init(_ seal: Seal?, unsealed: Int? = 0) {
    _unsealed_records = OrNull(wrappedValue: unsealed)
    _sealed_under = OrNull(wrappedValue: seal.map { Self.word($0.kind) })
    name = seal.flatMap { $0.name.isEmpty ? nil : $0.name }
  }

  private static func word(_ kind: Seal.Kind) -> String {
    switch kind {
    case .passphrase: "passphrase"
    case .keyFile: "key-file"
    case .credential: "credential"
    }
  }

  var text: String {
    guard unsealed_records != 0 else { return keyText }
    let which = unsealed_records.map { "of \($0) records" } ?? "of all records"
    return keyText + "\nThe values \(which) lie in the open (concord keys seal-records)."
  }

  private var keyText: String {
    guard let sealed_under else {
      return "The keys lie open in the folder, readable to their owner only (concord keys seal)."
    }
    let what = sealed_under.replacingOccurrences(of: "-", with: " ")
    return "The keys are sealed under a \(what)\(name.map { ": " + $0 } ?? "")."
  }
}
