import Agreements
import Foundation
import Records
import Replica
import Simulation
import SyncProtocol
import TestSupport
import Testing

/// Three principals whose agreement gets a next version, each with a real replica in a folder.
struct VersionedNetwork {
  let folder: TemporaryFolder
  let agencies: [TestAgency]
  /// Agencies of the same names with other keys.
  let strangers: [TestAgency]
  let nodes: [SimulatedNode]
  private let profile: ProfileFile
  private let agreement: SignedDocument
  var generator = SeededGenerator(seed: 1)

  var police: SimulatedNode { nodes[0] }
  var care: SimulatedNode { nodes[1] }
  var health: SimulatedNode { nodes[2] }

  init() throws {
    func agencies() throws -> [TestAgency] {
      [
        try TestAgency("police.example", .police), try TestAgency("care.example", .care),
        try TestAgency("health.example", .health),
      ]
    }
    (self.agencies, strangers) = (try agencies(), try agencies())
    folder = try TemporaryFolder()
    let text = try repositoryText("Protocol/profiles/core.yaml")
    profile = try ProfileFile(
      SignedDocument(kind: .profile, body: Data(text.utf8)), source: "profile")
    agreement = try Self.signed(Self.template(), profile, by: self.agencies, previous: nil)
    let documents = [profile.document, agreement]
    let path = folder.path
    nodes = try self.agencies.map { try Self.node(of: $0, in: path, documents) }
  }

  /// A further node of one of the agencies.
  func node(of agency: TestAgency, in folder: TemporaryFolder) throws -> SimulatedNode {
    try Self.node(of: agency, in: folder.path, [profile.document, agreement])
  }

  mutating func id() -> RecordID { RecordID(using: &generator) }

  mutating func put(
    _ node: SimulatedNode, _ type: String, _ record: RecordID, _ fields: (String, String)...
  ) throws {
    try node.put(type, record, fields, using: &generator)
  }

  @discardableResult
  mutating func exchange(
    _ left: SimulatedNode, _ right: SimulatedNode
  ) throws -> SimulatedLink<SeededGenerator>.Outcome {
    try TestSupport.exchange(left, right, using: &generator)
  }

  mutating func exchangeAll() throws {
    for _ in 0..<2 {
      for pair in [(0, 1), (0, 2), (1, 2)] { try exchange(nodes[pair.0], nodes[pair.1]) }
    }
  }

  func now(_ time: Instant) { for node in nodes { node.now = time } }

  func holds(_ node: SimulatedNode, _ text: String) throws -> Bool {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    return try names.filter { $0.hasPrefix("\(node.name.agency).sqlite") }.contains {
      let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/\($0)"))
      return bytes.range(of: Data(text.utf8)) != nil
    }
  }

  /// The rule by which police share a field, or do not.
  func rule(_ field: String, of record: RecordID, for node: SimulatedNode) throws -> String {
    try police.replica.explain(record, field, for: node.name.agency, now: police.now)
      .decision.ruleName
  }

  /// The second version, unsigned.
  func next(
    starts: String, careReads: String = "child.*", principals: Int = 3,
    cardsOf others: [TestAgency]? = nil
  ) throws -> SignedDocument {
    let parties = Array((others ?? agencies).prefix(principals))
    return try Self.signed(
      Self.template(
        version: 2, starts: starts, careReads: careReads, principals: parties.map(\.id)),
      profile, cardsOf: parties, by: [], previous: try Agreement(agreement, source: "first"))
  }

  /// A first version of another agreement, signed by all whose cards are in it.
  func first(lineage: String, cardsOf parties: [TestAgency]) throws -> SignedDocument {
    try Self.signed(
      Self.template().replacing("agreement: example", with: "agreement: \(lineage)"), profile,
      by: parties, previous: nil)
  }

  /// Has nodes adopt a version with some signatures.
  func adopt(
    _ document: SignedDocument, signedBy names: [String], at nodes: [SimulatedNode]
  ) throws {
    var signed = document
    for agency in agencies where names.contains(agency.id.description) {
      try signed.sign(as: agency.id, with: agency.key)
    }
    for node in nodes { try node.replica.adopt([signed], now: node.now) }
  }

  /// The entries that a node has ready for a peer, not yet delivered.
  mutating func entries(from node: SimulatedNode, to peer: NodeName) throws -> [Entry] {
    let hello = Hello(
      federation: "test", node: peer, clock: node.now, agreements: [], sending: nil, received: nil,
      window: LinkLimits().windowBytes)
    let positions = try node.replica.resume(
      hello, from: peer, now: node.now, using: &generator)
    return try #require(
      try node.replica.prepare(
        for: peer, after: positions.acknowledged, limits: LinkLimits(), now: node.now)
    ).entries
  }

  private static func node(
    of agency: TestAgency, in path: String, _ documents: [SignedDocument]
  ) throws -> SimulatedNode {
    let replica = try LocalReplica(
      path: "\(path)/\(agency.id).sqlite", me: NodeName(agency: agency.id), creating: true)
    try replica.adopt(documents, now: TestPartnership.now)
    return SimulatedNode(
      replica: replica, key: agency.key, federation: "test", now: TestPartnership.now)
  }

  private static func signed(
    _ template: String, _ profile: ProfileFile, cardsOf parties: [TestAgency]? = nil,
    by signers: [TestAgency], previous: Agreement?
  ) throws -> SignedDocument {
    var document = try Agreement.draft(
      template: template, source: "template",
      cards: try (parties ?? signers).map { try $0.card() }, profiles: [profile],
      previous: previous)
    for agency in signers { try document.sign(as: agency.id, with: agency.key) }
    return document
  }

  private static func template(
    version: Int = 1, starts: String = "2026-09-01", careReads: String = "child.*",
    principals: [AgencyID] = ["police.example", "care.example", "health.example"]
      .compactMap { AgencyID($0) }
  ) -> String {
    """
    agreement: example
    version: \(version)
    profile: core
    purpose: An example
    legal_basis: [An example]
    starts: \(starts)
    ends: 2028-08-31
    principals: [\(principals.map(\.description).joined(separator: ", "))]
    grants:
      - {id: care-reads, to: {kind: care}, read: ["\(careReads)", child.needs], write: [child.*], onward: true}
      - {id: police-reads, to: {kind: police}, read: [child.*], write: [child.*]}
      - {id: health-reads, to: {kind: health}, read: [child.name], write: [child.needs]}

    """
  }
}
