import Agreements
import ArgumentParser
import Foundation
import Node
import Records

/// Who has signed, who has not, and what comes next.
struct AgreementStatus: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Say who has signed an agreement, whose signature is missing, and what to do next.",
    discussion: """
      Of a file alone it says where the file stands; with a node's folder before it, what that node's agency has to \
      do; of a folder alone, where the agreements of that node stand.
      """)
  @Argument(help: "An agreement's file, or a node's folder.")
  var path: String
  @Argument(help: "An agreement's file, after a node's folder.")
  var file: String?
  @OptionGroup var secret: SecretOption
  @OptionGroup var output: JSONFlag

  func run() throws {
    let statuses = try found()
    guard !statuses.isEmpty else {
      throw NodeError("no agreement here (concord agreement adopt, or concord join)")
    }
    let facts = statuses.map { SigningFacts($0, dir: node == nil ? "DIR" : path, file: name) }
    if output.json { return try printJSON(facts) }
    print(facts.map { PrintableText.shownLines($0.text) }.joined(separator: "\n\n"))
  }

  /// The folder, where the first argument is one.
  private var node: NodeFolder? {
    var isFolder: ObjCBool = false
    let isThere = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    return file != nil || (isThere && isFolder.boolValue) ? NodeFolder(path) : nil
  }

  /// The file's name for the commands that come next.
  private var name: String { file ?? (node == nil ? path : "FILE") }

  private func found() throws -> [SigningStatus] {
    guard let node else {
      let read = try TextFile.read(path)
      return [try SigningStatus(file: read.text, source: read.source)]
    }
    let opened = try LocalNode(
      node, environment: ProcessInfo.processInfo.environment, secret.unlocking)
    guard let file else { return try opened.signings() }
    let read = try TextFile.read(file)
    return [try opened.signing(of: read.text, source: read.source)]
  }
}

/// Where one version's signing stands, as people and scripts see it.
struct SigningFacts: Encodable {
  struct PartyFacts: Encodable {
    let agency: String
    let name: String
    let endpoint: String
    /// signed, missing or invalid
    let state: String
    let fingerprint: [String]
  }

  let agreement: String
  let version: Int
  let digest: String
  let starts: String
  let review: String?
  let ends: String
  /// Whether all principals have signed.
  let complete: Bool
  let principals: [PartyFacts]
  /// Who signed and is no principal.
  let strangers: [String]
  /// sign, collect, adopt, done, renew, draft-anew or none
  let step: String
  let next: String

  init(_ status: SigningStatus, dir: String, file: String) {
    let agreed = status.round.agreement
    agreement = agreed.lineage
    version = agreed.version
    digest = agreed.digest.description
    starts = agreed.starts.description
    review = agreed.review?.description
    ends = agreed.ends.description
    complete = status.round.parties.allSatisfy { $0.state == .signed }
    principals = status.round.parties.map { party in
      PartyFacts(
        agency: party.agency.description, name: party.card.name, endpoint: party.card.endpoint,
        state: party.state.rawValue, fingerprint: CardFingerprint(party.card).words)
    }
    strangers = status.round.strangers.map(\.description)
    (step, next) = Self.words(for: status.step, dir: dir, file: file)
  }

  private static func words(
    for step: SigningRound.Step, dir: String, file: String
  ) -> (String, String) {
    func list(_ agencies: [AgencyID]) -> String {
      agencies.map(\.description).joined(separator: ", ")
    }
    switch step {
    case .renew(let agencies):
      return (
        "renew",
        "the signature of \(list(agencies)) does not fit this text: it was altered, or another key "
          + "signed. Ask for the file again, and sign nothing meanwhile"
      )
    case .none:
      return ("none", "nothing: this agency is no principal of it. A member joins with a deed")
    case .draftAnew:
      return (
        "draft-anew",
        "the card in it is not this node's: have it drafted anew with `concord card \(dir)`"
      )
    case .sign:
      return (
        "sign",
        "read the text, compare the others' words on the telephone, then "
          + "`concord agreement sign \(dir) \(file)`"
      )
    case .collect(let agencies):
      return (
        "collect",
        "\(list(agencies)) must sign: send the file, and join what comes back with "
          + "`concord agreement merge \(file) OTHER... -o NEW`"
      )
    case .adopt:
      return (
        "adopt", "all have signed: each principal runs `concord agreement adopt \(dir) \(file)`"
      )
    case .done(let day):
      return ("done", "nothing: it is adopted here, and judges from \(day) on")
    }
  }

  var text: String {
    var lines = [
      "\(agreement) version \(version): from \(starts) to \(ends)"
        + (review.map { ", to be reviewed on \($0)" } ?? ""),
      "Text \(digest)",
    ]
    for party in principals {
      let state = party.state == "invalid" ? "DOES NOT HOLD" : party.state
      lines.append("  \(state)  \(party.agency), \(PrintableText.shown(party.name))")
      lines += stride(from: 0, to: party.fingerprint.count, by: 6).map { start in
        "    " + party.fingerprint[start...].prefix(6).joined(separator: " ")
      }
    }
    if !strangers.isEmpty {
      lines.append("  signed, and no principal: \(strangers.joined(separator: ", "))")
    }
    return (lines + ["Next: \(next)"]).joined(separator: "\n")
  }
}
