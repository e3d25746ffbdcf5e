import Agreements
import ArgumentParser
import Foundation
import Node
import Records
import Replica

struct AgreementCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "agreement",
    abstract: "Draft, sign, merge, adopt and show agreements, and say who has signed.",
    subcommands: [
      Draft.self, Sign.self, AgreementStatus.self, Merge.self, Adopt.self, Show.self,
    ])

  struct Draft: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make the text that all principals sign, from a template and their cards.")
    @Argument(help: "The template (YAML).")
    var template: String
    @Option(parsing: .upToNextOption, help: "The principals' card files.")
    var card: [String]
    @Option(parsing: .upToNextOption, help: "Profile files that do not come with concord.")
    var profile: [String] = []
    @Option(help: "The file of the version before.")
    var previous: String?
    @Option(name: [.customShort("o"), .long], help: "The file to write.")
    var output: String

    func run() throws {
      try TextFile.checkNew(output)
      let text = try AgreementDrafting.draft(
        template: try TextFile.read(template), cards: try card.map(TextFile.read),
        profiles: try profile.map(TextFile.read), previous: try previous.map(TextFile.read))
      try TextFile.create(text, at: output)
      print("wrote \(output): each principal signs it (concord agreement sign DIR \(output))")
    }
  }

  struct Sign: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Sign an agreement as this agency, in place.")
    @OptionGroup var node: NodeArgument
    @Argument(help: "The agreement's file.")
    var file: String

    func run() throws {
      let opened = try node.open()
      let read = try TextFile.read(file)
      try TextFile.replace(
        file, with: try opened.signAgreement(read.text, source: read.source))
      print("\(opened.agency) has signed \(file)")
    }
  }

  struct Merge: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Join the signatures of several files of one agreement.")
    @Argument(help: "The files.")
    var files: [String]
    @Option(name: [.customShort("o"), .long], help: "The file to write.")
    var output: String

    func run() throws {
      try TextFile.create(
        try LocalNode.mergeAgreements(try files.map(TextFile.read)), at: output)
      print("wrote \(output)")
    }
  }

  struct Adopt: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Put an agreement that all principals have signed into force here.")
    @OptionGroup var node: NodeArgument
    @Argument(help: "The agreement's file.")
    var file: String

    func run() async throws {
      let opened = try node.open()
      let read = try TextFile.read(file)
      let (agreement, isAlready) = try opened.adopt(read.text, source: read.source)
      await opened.announceAgreement()
      let name = "\(agreement.lineage) version \(agreement.version)"
      let missing = agreement.missingSignatures.map(\.description).joined(separator: ", ")
      if isAlready {
        print("\(name) was adopted before: this file changes nothing")
      } else if missing.isEmpty {
        print("\(name) is adopted by \(opened.agency)")
      } else {
        print(
          "\(name) is kept by \(opened.agency); it is not adopted while the signature of \(missing) is "
            + "missing. Until then the version before is in force, and only what both allow is shared"
        )
      }
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show the agreements that are in force here, their parties and grants.")
    @OptionGroup var node: NodeArgument
    @OptionGroup var output: JSONFlag

    func run() throws {
      let opened = try node.open()
      let partnership = try opened.replica.partnership()
      let facts = partnership.terms(at: opened.clock.now()).map {
        AgreementFacts($0.agreement, partnership, at: opened.clock.now())
      }
      guard !output.json else { return try printJSON(facts) }
      let coming = ComingAgreement.all(of: partnership, at: opened.clock.now())
      guard !facts.isEmpty || !coming.isEmpty else {
        throw NodeError("no agreement here (concord agreement adopt, or concord join)")
      }
      for fact in facts { print(fact.text) }
      for next in coming { print(PrintableText.shown(next.text)) }
      for warning in partnership.warnings(at: opened.clock.now()) {
        print("Warning: \(PrintableText.shown(warning))")
      }
    }
  }
}
