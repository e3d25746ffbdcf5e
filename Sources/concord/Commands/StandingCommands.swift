import Agreements
import ArgumentParser
import Foundation
import Node
import Records

/// Which agreement, where there are several.
struct AgreementOption: ParsableArguments {
  @Option(name: .customLong("agreement"), help: "Under which agreement, where there are several.")
  var name: String?
}

/// How long what was written before may still come in.
struct AcceptOption: ParsableArguments {
  @Option(help: "For how many days what the agency wrote before is still taken in.")
  var acceptDays = LocalNode.acceptDays

  func validate() throws {
    guard (0...366).contains(acceptDays) else {
      throw ValidationError("--accept-days: expected 0 to 366")
    }
  }
}

/// Why, in a word that all administrators know.
struct ReasonOption: ParsableArguments {
  @Option(help: "Why, as a code that other agencies' administrators know: a name in lower case.")
  var reason: String?

  func validate() throws {
    if let reason, !Name.isValid(reason) {
      throw ValidationError("--reason: expected a name in lower case, as key-lost")
    }
  }
}

struct Suspend: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Suspend members: from now on nothing is shared with them and nothing they write counts.",
    discussion:
      "Whoever may admit a member may suspend it. It keeps what it has. Of several all or none.")
  @OptionGroup var node: NodeArgument
  @Argument(help: "The members.", transform: Typed.agency)
  var agency: [AgencyID]
  @OptionGroup var accept: AcceptOption
  @OptionGroup var why: ReasonOption
  @OptionGroup var agreement: AgreementOption

  func run() async throws {
    let opened = try node.open()
    let signed = try opened.suspend(
      agency, acceptDays: accept.acceptDays, reason: why.reason, under: agreement.name)
    await opened.announceChange()
    for signed in signed {
      print(
        "\(signed.agency) is suspended under \(signed.lineage) since \(signed.cutoff.effective); what "
          + "it wrote before is taken in until \(signed.cutoff.acceptUntil)")
    }
  }
}

struct Reinstate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "End members' suspension; what became permitted again is sent.")
  @OptionGroup var node: NodeArgument
  @Argument(help: "The members.", transform: Typed.agency)
  var agency: [AgencyID]
  @OptionGroup var why: ReasonOption
  @OptionGroup var agreement: AgreementOption

  func run() async throws {
    let opened = try node.open()
    let signed = try opened.reinstate(agency, reason: why.reason, under: agreement.name)
    await opened.announceChange()
    for signed in signed {
      print(
        "\(signed.agency) takes part in \(signed.lineage) again since \(signed.cutoff.effective)")
    }
  }
}

struct Leave: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Leave an agreement, for good: nothing is shared with this agency or by it any more.",
    discussion: """
      What it wrote before still goes out for some days: let the node run meanwhile. It keeps what it
      has. A new deed of a later day, or a next version of the agreement, brings it in again.
      """)
  @OptionGroup var node: NodeArgument
  @OptionGroup var accept: AcceptOption
  @OptionGroup var agreement: AgreementOption

  func run() async throws {
    let opened = try node.open()
    let exit = try opened.leave(acceptDays: accept.acceptDays, under: agreement.name)
    await opened.announceChange()
    print(
      "\(opened.agency) has left \(exit.lineage) at \(exit.cutoff.effective); what it wrote before is "
        + "taken in until \(exit.cutoff.acceptUntil)")
  }
}
