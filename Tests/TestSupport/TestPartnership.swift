public import Agreements
public import Foundation
public import Records
public import Replica
public import Simulation
import Testing

/// The repository's folder.
public let repositoryRoot = URL(fileURLWithPath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

/// Reads a file of the repository.
public func repositoryText(_ path: String) throws -> String {
  try String(contentsOf: repositoryRoot.appendingPathComponent(path), encoding: .utf8)
}

/// A folder that is there for one test.
public final class TemporaryFolder: Sendable {
  /// The folder's path.
  public let path: String

  /// Makes the folder.
  public init() throws {
    path =
      FileManager.default.temporaryDirectory
      .appendingPathComponent("concord-test-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// An agency of a test, with its key.
public struct TestAgency: Sendable {
  public let id: AgencyID
  public let kind: AgencyKind
  public let key: SigningKey

  /// An agency with a new key.
  public init(_ id: String, _ kind: AgencyKind) throws {
    self.id = try #require(AgencyID(id))
    self.kind = kind
    key = SigningKey()
  }

  /// The same agency with another key.
  public init(_ agency: TestAgency, key: SigningKey) {
    (id, kind) = (agency.id, agency.kind)
    self.key = key
  }

  /// The agency's signed card; its CA is no certificate, which only TLS would mind.
  public func card() throws -> SignedDocument {
    try Card(
      agency: id, federation: "test", kind: kind, name: "Test \(id)", endpoint: "127.0.0.1:1",
      signingKey: key.publicKey, authority: Data("no certificate".utf8)
    ).document(signedBy: key)
  }
}

/// Agencies under one agreement, each ready to have a replica.
public struct TestPartnership {
  public let principals: [TestAgency]
  public let members: [TestAgency]
  public private(set) var documents: [SignedDocument]

  /// Drafts and signs the template and admits the members, by the first principal.
  public init(
    template: String, profiles: [String], principals: [TestAgency], members: [TestAgency] = []
  ) throws {
    self.principals = principals
    self.members = members
    let files = try profiles.map {
      try ProfileFile(SignedDocument(kind: .profile, body: Data($0.utf8)), source: "profile")
    }
    var agreement = try Agreement.draft(
      template: template, source: "template", cards: try principals.map { try $0.card() },
      profiles: files, previous: nil)
    for agency in principals { try agreement.sign(as: agency.id, with: agency.key) }
    documents = files.map(\.document) + [agreement]
    let lineage = try Agreement(agreement, source: "template").lineage
    let day = try #require(LocalDate("2026-09-01"))
    for member in members {
      documents.append(
        try Membership.document(
          of: lineage, admitting: try member.card(), by: principals[0].id, on: day,
          key: principals[0].key))
    }
  }

  /// Sheffield's agreement with police, social care and a school.
  public static func sheffield(schools: [String] = ["school.106982"]) throws -> TestPartnership {
    try TestPartnership(
      template: try repositoryText("Protocol/agreements/sheffield-encompass.yaml"),
      profiles: [try repositoryText("Protocol/profiles/core.yaml")],
      principals: [
        try TestAgency("police.south-yorkshire", .police),
        try TestAgency("care.E08000019", .care),
      ],
      members: try schools.map { try TestAgency($0, .school) })
  }

  /// The next version of the agreement, from the first one's template as edited; it starts at once,
  /// and nobody has signed it.
  public func nextVersion(_ edit: (String) -> String) throws -> SignedDocument {
    let text = try repositoryText("Protocol/agreements/sheffield-encompass.yaml")
      .replacingOccurrences(of: "version: 1\n", with: "version: 2\n")
      .replacingOccurrences(of: "starts: 2026-09-01", with: "starts: 2027-01-01")
    let first = try #require(documents.first { $0.kind == .agreement })
    return try Agreement.draft(
      template: edit(text), source: "template", cards: try principals.map { try $0.card() },
      profiles: try documents.filter { $0.kind == .profile }.map {
        try ProfileFile($0, source: "profile")
      },
      previous: try Agreement(first, source: "first"))
  }

  /// A document as signed by some of the principals.
  public func signed(_ document: SignedDocument, by signers: [Int]) throws -> SignedDocument {
    var document = document
    for index in signers {
      try document.sign(as: principals[index].id, with: principals[index].key)
    }
    return document
  }

  /// Midday on a school day within the agreement.
  public static let now = Instant(milliseconds: 1_809_432_000_000)

  /// Nodes for all agencies, principals first, with their replicas in a folder.
  public func nodes(
    in folder: TemporaryFolder, limits: ReplicaLimits = ReplicaLimits(), isSealed: Bool = false
  ) throws -> [SimulatedNode] {
    try (principals + members).map {
      try node(of: $0, in: folder, limits: limits, isSealed: isSealed)
    }
  }

  /// One agency's node with its replica in a folder.
  public func node(
    of agency: TestAgency, in folder: TemporaryFolder, limits: ReplicaLimits = ReplicaLimits(),
    isSealed: Bool = false
  ) throws -> SimulatedNode {
    let replica = try LocalReplica(
      path: "\(folder.path)/\(agency.id).sqlite", me: NodeName(agency: agency.id), limits: limits,
      sealing: isSealed ? Self.sealing(of: agency.id, in: folder) : nil, creating: true)
    try replica.adopt(documents, now: Self.now)
    return SimulatedNode(replica: replica, key: agency.key, federation: "test", now: Self.now)
  }
}

extension TestPartnership {
  /// A node's key ring, beside its replica.
  public static func sealing(of agency: AgencyID, in folder: TemporaryFolder) -> Sealing {
    Sealing(path: "\(folder.path)/\(agency).keyring", key: Data(repeating: 7, count: 32))
  }
}

extension Sealing {
  /// A ring whose copies need not outlast the machine's power.
  public init(path: String, key: Data) {
    self.init(path: path, key: key) { count in
      Data((0..<count).map { _ in UInt8.random(in: .min ... .max) })
    } write: {
      try $0.write(to: URL(filePath: $1), options: .atomic)
    }
  }
}

/// Writes one record's fields at a simulated node.
extension SimulatedNode {
  /// Puts `field=value` pairs.
  @discardableResult
  public func put(
    _ type: String, _ record: RecordID, _ fields: [(String, String)],
    using generator: inout SeededGenerator
  ) throws -> [ChangeID] {
    let assignments = fields.map { Edit.Assignment.set(field: $0.0, text: $0.1) }
    return try put(
      [Edit(type: type, record: record, assignments: assignments)], using: &generator)
  }

  /// The values of a field, as text, in a stable order.
  public func values(_ record: RecordID, _ field: String) throws -> [String] {
    let values = try? replica.record(record).field(field)?.values
    return values?.map { $0.value.description } ?? []
  }
}

/// Connects two nodes and runs until nothing moves.
@discardableResult
public func exchange(
  _ left: SimulatedNode, _ right: SimulatedNode, cutAfter limit: Int = .max,
  using generator: inout SeededGenerator
) throws -> SimulatedLink<SeededGenerator>.Outcome {
  var link = try #require(try SimulatedLink(left, right, generator: generator))
  _ = generator.next()
  return try link.run(cutAfter: limit)
}
