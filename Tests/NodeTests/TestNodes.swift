import Agreements
import Node
import Records
import TestSupport
import Testing
import Transport

/// Nodes in folders of their own, on one fixed clock.
enum TestNodes {
  static func node(
    _ id: String, _ kind: AgencyKind, in folder: TemporaryFolder
  ) throws -> LocalNode {
    let endpoint = Endpoint(host: "127.0.0.1", port: 7400)
    return try LocalNode.create(
      in: NodeFolder("\(folder.path)/\(id)"),
      NodeConfiguration(
        agency: try #require(AgencyID(id)), kind: kind, name: id, listen: endpoint,
        endpoint: endpoint, testClock: true),
      environment: ["CONCORD_NOW": "2027-05-04T10:00:00Z"])
  }

  /// Two nodes that have adopted Sheffield's agreement.
  static func partners(
    in folder: TemporaryFolder
  ) throws -> (police: LocalNode, care: LocalNode) {
    let police = try node("police.south-yorkshire", .police, in: folder)
    let care = try node("care.E08000019", .care, in: folder)
    let cards = try [police, care].map { (DocumentFile([try $0.card()]).text, "\($0.agency)") }
    var text = try AgreementDrafting.draft(
      template: (try repositoryText("Protocol/agreements/sheffield-encompass.yaml"), "sheffield"),
      cards: cards, profiles: [], previous: nil)
    for node in [police, care] { text = try node.signAgreement(text, source: "sheffield") }
    for node in [police, care] { _ = try node.adopt(text, source: "sheffield") }
    return (police, care)
  }
}
