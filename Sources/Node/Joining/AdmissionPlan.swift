import Agreements
import Foundation
public import Records

/// What admitting many agencies at once comes to, before anything is written.
public struct AdmissionPlan: Sendable {
  /// One candidate.
  public struct Row: Sendable {
    /// What becomes of it.
    public enum Outcome: Hashable, Sendable {
      case admitted
      /// It is a member already: its deed is handed out once more.
      case member
      case refused(String)
    }

    public let place: String
    /// Nothing where no card could be read.
    public let agency: AgencyID?
    /// As the list of schools names it, or else the card.
    public let name: String?
    public let outcome: Outcome
    /// What an administrator should know besides.
    public let note: String?
    let deed: SignedDocument?
    let lineage: String?
  }

  public let rows: [Row]
  /// Whether schools were compared with a list.
  public let isCompared: Bool
  /// What every member gets beside its deed, by agreement, as it stands in a file.
  let enclosures: [String: String]

  /// The deeds that are new here.
  var deeds: [SignedDocument] { rows.filter { $0.outcome == .admitted }.compactMap(\.deed) }

  /// Those who then are members.
  public var members: [AgencyID] { rows.filter { $0.deed != nil }.compactMap(\.agency) }

  /// The file with which the agency of a row joins; nothing where it was refused.
  public func file(for row: Row) -> String? {
    guard let deed = row.deed, let lineage = row.lineage else { return nil }
    return DocumentFile([deed]).text + (enclosures[lineage] ?? "")
  }
}
