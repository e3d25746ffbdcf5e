import Agreements
import FoundationEssentials
import Records

/// Writes the next version of an agreement's text: grants go, others come, and it starts later.
struct NextVersion {
  let cast: Cast
  let revision: Revision
  let previous: Agreement
  /// The text of the version before, as a template.
  let template: String

  /// The day on which the version starts.
  var starts: LocalDate { cast.firstDay.advanced(byDays: revision.midnight) }

  /// The new template.
  /// - Throws: `DocumentError` where a grant that is to go is not there.
  func text() throws(DocumentError) -> String {
    var lines = template.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    lines = lines.map { line in
      if line.hasPrefix("version: ") { return "version: \(previous.version + 1)" }
      return line.hasPrefix("starts: ") ? "starts: \(starts)" : line
    }
    for grant in revision.removes { try remove(grant, from: &lines) }
    while lines.last?.isEmpty == true { lines.removeLast() }
    for grant in revision.adds {
      lines += grant.split(separator: "\n").map { "  \($0)" }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The unsigned document.
  /// - Throws: `DocumentError`.
  func document() throws(DocumentError) -> SignedDocument {
    try Agreement.draft(
      template: try text(), source: "revision",
      cards: cast.players.filter(\.isPrincipal).map(\.card), profiles: cast.files,
      previous: previous)
  }

  private func remove(_ grant: String, from lines: inout [String]) throws(DocumentError) {
    guard let first = lines.firstIndex(of: "  - id: \(grant)") else {
      throw DocumentError(source: "revision", problem: "there is no grant \(grant) to remove")
    }
    var end = first + 1
    while end < lines.count, lines[end].hasPrefix("    ") { end += 1 }
    lines.removeSubrange(first..<end)
  }
}
