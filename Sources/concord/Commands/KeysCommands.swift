import ArgumentParser
import Foundation
import Node
import Records

struct KeysCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keys", abstract: "How the node's private keys are kept.",
    discussion: """
      Sealed keys lie in one file, keys/sealed.keys, under a passphrase, a key file or a systemd credential. \
      A node that runs has them open, and commands beside it ask it for what opens the file.
      """,
    subcommands: [Show.self, SealKeys.self, Unseal.self])

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show under what the keys are sealed, and until when certificates are valid.")
    @OptionGroup var node: NodeArgument
    @OptionGroup var output: JSONFlag

    func run() throws {
      let facts = KeyFacts(try node.open())
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

/// How keys are kept, as scripts see it.
struct KeyFacts: Encodable {
  /// passphrase, key-file or credential; null where they lie in the open.
  @OrNull var sealed_under: String?
  let name: String?

  init(_ node: LocalNode) { self.init(node.keySeal) }

  init(_ seal: Seal?) {
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
    guard let sealed_under else {
      return "The keys lie open in the folder, readable to their owner only (concord keys seal)."
    }
    let what = sealed_under.replacingOccurrences(of: "-", with: " ")
    return "The keys are sealed under a \(what)\(name.map { ": " + $0 } ?? "")."
  }
}
