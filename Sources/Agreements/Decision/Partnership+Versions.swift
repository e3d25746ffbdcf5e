import Records

extension Partnership {
  /// Why a next version has no effect after the one before; nothing where it has. Whoever makes a
  /// next version chooses the keys and parties that count from then on, so it must come from those
  /// whom the version before named, with the keys that it pinned.
  func objection(to next: Agreement, after last: Agreement) -> String? {
    guard next.starts > last.starts else { return "starts no later than the version before" }
    for agency in next.principals {
      guard let known = last.cards[agency], let card = next.cards[agency] else { continue }
      guard succeeds(card, known) else {
        return "the card of \(agency) has other keys than in version \(last.version)"
      }
    }
    let remaining = last.principals.filter { !hasLeft($0, last, before: next.startsAt) }
    let consenting = remaining.filter { agency in
      next.principals.contains(agency)
        && last.cards[agency].map { isSigned(next.document, by: $0) } ?? false
    }
    guard !consenting.isEmpty else {
      return "no principal of version \(last.version) has signed it"
    }
    // Only half of the principals could otherwise put the other half out.
    let staying = remaining.filter { next.principals.contains($0) }
    guard staying.count * 2 > remaining.count else {
      return "it keeps \(staying.count) of the \(remaining.count) principals of version "
        + "\(last.version): more than half must stay, or the others leave first (concord leave)"
    }
    return nil
  }

  private func hasLeft(_ agency: AgencyID, _ last: Agreement, before start: Instant) -> Bool {
    guard let card = last.cards[agency] else { return false }
    return notices.contains { document in
      guard document.kind == .exit, let exit = try? Exit(document, source: "exit") else {
        return false
      }
      return exit.agency == agency && exit.lineage == last.lineage
        && exit.cutoff.effective <= start && isSigned(document, by: card)
    }
  }
}
