public import Agreements
import Foundation
import Records
import Replica

/// Where the signing of a version stands, and what the reader has to do next.
public struct SigningStatus: Sendable {
  public let round: SigningRound
  public let step: SigningRound.Step

  /// Of an agreement's file, for whoever reads it.
  /// - Throws: `DocumentError` where it holds no agreement.
  public init(file text: String, source: String) throws {
    let file = try DocumentFile(text, source: source)
    round = SigningRound(try LocalNode.agreement(in: file, source: source))
    step = round.step(for: nil, isAdopted: false)
  }

  init(_ agreement: Agreement, for reader: Card, isAdopted: Bool) {
    round = SigningRound(agreement)
    step = round.step(for: reader, isAdopted: isAdopted)
  }
}

extension LocalNode {
  /// Where the signing of a file's agreement stands, for this agency.
  /// - Throws: `DocumentError` where it holds no agreement.
  public func signing(of text: String, source: String) throws -> SigningStatus {
    let file = try DocumentFile(text, source: source)
    let agreement = try Self.agreement(in: file, source: source)
    let isAdopted = try replica.partnership().term(digest: agreement.digest) != nil
    return SigningStatus(
      agreement, for: try Card(try card(), source: "card"), isAdopted: isAdopted)
  }

  /// Of each agreement here the newest version that all have signed, and the next one where signatures are missing.
  public func signings() throws -> [SigningStatus] {
    let partnership = try replica.partnership()
    let mine = try Card(try card(), source: "card")
    return partnership.lineages.keys.sorted().flatMap { lineage -> [SigningStatus] in
      let newest = partnership.lineages[lineage]?.last.map { ($0.agreement, true) }
      let next = partnership.pending[lineage].map { ($0.agreement, false) }
      return [newest, next].compactMap { $0 }.map {
        SigningStatus($0.0, for: mine, isAdopted: $0.1)
      }
    }
  }
}
