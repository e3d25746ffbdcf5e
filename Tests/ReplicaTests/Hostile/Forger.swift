import Agreements
import Foundation
import Records
import Replica
import Simulation
import SyncProtocol
import TestSupport
import Testing

/// Makes changes as no honest node would, and sends them with a valid key.
struct Forger {
  var network: Network
  private let agreement: Digest
  private let lineage: String
  private var counter: UInt16 = 0

  init(schools: [String] = ["school.106982"]) throws {
    try self.init(over: try Network(schools: schools))
  }

  /// Forges among nodes that have dealt with each other.
  init(over network: Network) throws {
    self.network = network
    let now = TestPartnership.now
    let term = try #require(try network.police.replica.partnership().terms(at: now).first)
    agreement = term.agreement.digest
    lineage = term.agreement.lineage
  }

  /// What is forged: everything has an honest default.
  struct Forgery {
    var type = "child"
    var record: RecordID
    var author: TestAgency
    /// The key that signs; the author's where there is none.
    var signer: SigningKey?
    var time: HLC
    var writes: [Write]
    var grant = "school-notice"
    var agreement: Digest
  }

  /// An honest change of the police about a record, to be spoilt.
  mutating func forgery(_ record: RecordID, _ writes: [Write]) -> Forgery {
    counter += 1
    return Forgery(
      record: record, author: network.partnership.principals[0],
      time: HLC(milliseconds: TestPartnership.now.milliseconds, counter: counter), writes: writes,
      agreement: agreement)
  }

  /// The entry that carries a forgery.
  mutating func entry(
    _ forgery: Forgery, spoil: (DisclosedChange) -> DisclosedChange = { $0 }
  ) throws -> Entry {
    let key = forgery.signer ?? forgery.author.key
    let draft = ChangeDraft(
      lineage: lineage, agreement: forgery.agreement, recordType: forgery.type,
      record: forgery.record, author: forgery.author.id, time: forgery.time,
      writes: forgery.writes)
    let authored = try AuthoredChange(
      draft, key: forgery.author.key.id, using: &network.generator)
    let change = spoil(
      DisclosedChange(
        header: authored.header, proof: try authored.signed(by: key),
        openings: authored.openings))
    let justification = SharedChange.Justification(grant: forgery.grant, route: nil)
    return .change(
      try #require(
        SharedChange(
          change: change, agreement: agreement,
          justifications: change.openings.map { _ in justification })))
  }

  /// Connects to a victim as one of the principals or members.
  mutating func peer(
    as agency: TestAgency, against victim: SimulatedNode
  ) throws -> HostilePeer<SeededGenerator> {
    let peer = try HostilePeer(
      named: NodeName(agency: agency.id), key: agency.key, against: victim,
      generator: network.generator)
    _ = network.generator.next()
    return peer
  }
}
