import Agreements
import ArgumentParser
import Foundation
import Node
import Records

struct CardCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "card",
    abstract: "Print the node's public card, for others to pin; or look at somebody else's.",
    subcommands: [Show.self, Read.self], defaultSubcommand: Show.self)

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print the card, its fingerprint in words, or a QR code of it.",
      discussion: """
        A card is no secret. Whoever pins it must know that it is yours: read out the words of its fingerprint \
        on the telephone, or show the QR code from screen to camera.
        """)
    @OptionGroup var node: NodeArgument
    @Flag(help: "Print the words that two people compare on the telephone, and not the card.")
    var fingerprint = false
    @Flag(help: "Print a QR code on the terminal, and not the card.")
    var qr = false
    @Option(help: "Write a QR code to a new file that ends with .svg or .png.")
    var qrFile: String?

    func validate() throws {
      if let qrFile, !qrFile.hasSuffix(".svg"), !qrFile.hasSuffix(".png") {
        throw ValidationError("--qr-file: expected a name that ends with .svg or .png")
      }
    }

    func run() throws {
      let document = try node.open().card()
      if fingerprint {
        for line in CardFingerprint(try Card(document, source: "card")).lines { print(line) }
      }
      if qr || qrFile != nil {
        let code = try QRCode(try CardCode(document, source: "card").text)
        if qr { print(code.text(isColoured: isatty(STDOUT_FILENO) == 1), terminator: "") }
        if let qrFile { try write(code, to: qrFile) }
      }
      guard !fingerprint, !qr, qrFile == nil else { return }
      print(DocumentFile([document]).text, terminator: "")
    }

    private func write(_ code: QRCode, to path: String) throws {
      try TextFile.create(
        path.hasSuffix(".svg") ? Data(code.svg.utf8) : try code.png(), at: path)
      print("wrote \(path)")
    }
  }

  struct Read: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show whose card a file holds, and the words to compare with its owner.",
      discussion: """
        The file is a card's, or has the text that a scanner read from its QR code. Ring the agency at a number \
        that you know already, and have it read out its own: concord card DIR --fingerprint.
        """)
    @Argument(help: "The file; - for standard input.")
    var file: String
    @Option(help: "The words that the owner read out: they are compared.")
    var heard: String?
    @Option(name: [.customShort("o"), .long], help: "Write the card to a new file.")
    var output: String?
    @OptionGroup var json: JSONFlag

    func run() throws {
      if let output { try TextFile.checkNew(output) }
      let read = file == "-" ? try TextFile.standardInput() : try TextFile.read(file)
      let (document, card) = try CardFiles.read(read.text, source: read.source)
      if let heard, let objection = CardFingerprint(card).objection(to: heard) {
        throw NodeError(
          "\(read.source): this is not the card whose words were read out: \(objection)")
      }
      if let output { try TextFile.create(DocumentFile([document]).text, at: output) }
      if json.json { return try printJSON(CardFacts(card)) }
      print(PrintableText.shownLines(CardFacts(card).text))
      if heard != nil { print("The words are the same.") }
      if let output { print("wrote \(output)") }
    }
  }
}

/// Whose card it is, as people and scripts see it.
struct CardFacts: Encodable {
  let agency: String
  let kind: String
  let name: String
  let federation: String
  let endpoint: String
  let key: String
  let fingerprint: [String]

  private let lines: [String]

  enum CodingKeys: CodingKey { case agency, kind, name, federation, endpoint, key, fingerprint }

  init(_ card: Card) {
    agency = card.agency.description
    kind = card.kind.rawValue
    name = card.name
    federation = card.federation
    endpoint = card.endpoint
    key = card.signingKey.id.description
    let print = CardFingerprint(card)
    fingerprint = print.words
    lines = print.lines
  }

  var text: String {
    """
    \(PrintableText.shown(name))
      agency       \(agency), of kind \(kind)
      federation   \(federation)
      reached at   \(PrintableText.shown(endpoint))
      signing key  \(key)
      fingerprint  \(lines.joined(separator: "\n               "))
    """
  }
}
