import Agreements
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
      abstract: "Take up new keys, from the node's next start on.",
      discussion: """
        Others trust the agency's CA, so of a new TLS key nobody has to be told. Of a new signing key or CA the peers \
        learn with their next sync, and take old and new until the time is over. Make a backup afterwards: \
        one from before does not hold the new keys.
        """)
    @OptionGroup var node: NodeArgument
    @Flag(help: "The key of the node's certificate.")
    var tls = false
    @Flag(help: "The key that signs what this agency writes.")
    var signingKey = false
    @Flag(help: "The CA that vouches for this agency's node and devices.")
    var ca = false
    @Option(help: "For how many days the old signing key and CA still count.")
    var days = LocalNode.rotationDays
    @OptionGroup var output: JSONFlag

    func validate() throws {
      guard tls || signingKey || ca else {
        throw ValidationError("say which: --tls, --signing-key, --ca")
      }
      guard (1...366).contains(days) else { throw ValidationError("--days: from 1 to 366") }
    }

    func run() throws {
      let opened = try node.open()
      if tls { try opened.rotateTLSKey() }
      let rotation =
        signingKey || ca
        ? try node.open().rotate(signingKey: signingKey, authority: ca, days: days) : nil
      let facts = RotationFacts(opened.agency, tls: tls, signingKey, ca, rotation)
      if output.json { try printJSON(facts) } else { print(facts.text) }
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
  /// The last rotation of signing key or CA; null where there was none.
  @OrNull var rotation: Rotation?

  struct Rotation: Encodable {
    let serial: Int
    let from: String
    let accept_until: String
    /// The nodes that have not said yet that they know it.
    let unaware: [String]
  }

  init(_ node: LocalNode) throws {
    self.init(
      node.keySeal, unsealed: try node.replica.unsealedRecords(), try node.lastRotation())
  }

  init(
    _ seal: Seal?, unsealed: Int? = 0, _ last: (rotation: KeyRotation, unaware: [NodeName])? = nil
  ) {
    _rotation = OrNull(
      wrappedValue: last.map { last in
        let terms = last.rotation.terms
        return Rotation(
          serial: terms.serial, from: terms.from.description,
          accept_until: terms.acceptUntil.description, unaware: last.unaware.map(\.description))
      })
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
    ([valueText] + (rotation.map { [Self.text($0)] } ?? [])).joined(separator: "\n")
  }

  private static func text(_ rotation: Rotation) -> String {
    let rest =
      rotation.unaware.isEmpty
      ? "every peer knows it" : "not known yet at \(rotation.unaware.joined(separator: ", "))"
    return
      "Signing key or CA were rotated last on \(rotation.from.prefix(10)), and what they replaced counts "
      + "until \(rotation.accept_until.prefix(10)): \(rest)."
  }

  private var valueText: String {
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

/// A rotation, as scripts see it.
struct RotationFacts: Encodable {
  let agency: String
  /// Which were taken up: tls, signing-key, ca.
  let rotated: [String]
  /// Until when what signing key and CA replaced still counts; null where they stay.
  @OrNull var accept_until: String?
  @OrNull var serial: Int?

  init(_ agency: AgencyID, tls: Bool, _ signingKey: Bool, _ ca: Bool, _ rotation: KeyRotation?) {
    self.agency = agency.description
    rotated = [("tls", tls), ("signing-key", signingKey), ("ca", ca)].filter(\.1).map(\.0)
    _accept_until = OrNull(wrappedValue: rotation?.terms.acceptUntil.description)
    _serial = OrNull(wrappedValue: rotation?.terms.serial)
  }

  var text: String {
    let names = ["tls": "TLS key", "signing-key": "signing key", "ca": "CA"]
    let what = rotated.compactMap { names[$0] }.joined(separator: ", ")
    let first = "\(agency) has new keys (\(what)), and uses them from the next start on."
    guard let accept_until else { return first }
    return first
      + "\nPeers learn of it with the next sync, and take the old ones until \(accept_until.prefix(10)) (concord keys "
      + "show says who knows). Make a backup now: one from before does not hold the new keys."
  }
}
