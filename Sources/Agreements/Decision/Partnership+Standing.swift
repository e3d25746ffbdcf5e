public import Records

extension Partnership {
  /// What suspensions and exits amount to for an agency under an agreement.
  public func standing(of agency: AgencyID, in lineage: String) -> Standing {
    standings[lineage]?[agency] ?? Standing()
  }

  /// Whether an agency takes no part in an agreement at a time, and why.
  public func lapse(
    of agency: AgencyID, in lineage: String, at time: Instant
  ) -> Standing.Lapse? {
    standings[lineage]?[agency]?.lapse(at: time)
  }

  /// Whether an agency takes no part in any agreement that has something to say about it.
  public func hasLapsed(_ agency: AgencyID, at time: Instant) -> Bool {
    standings.values.contains { $0[agency]?.lapse(at: time) != nil }
  }

  /// Why a change is too late: its author takes no part any more, it was written before that, and it
  /// came after the time for it. What a principal has released counts, and what came in time.
  /// - Parameter received: when it first came to this node.
  public func lateness(
    of header: ChangeHeader, received: Instant, now: Instant
  ) -> Standing.Lapse? {
    guard lapse(of: header.author, in: header.lineage, at: now) != nil,
      let lapse = lapse(of: header.author, in: header.lineage, at: received),
      header.time.instant < lapse.since, received > lapse.acceptUntil, !isReleased(header)
    else { return nil }
    return lapse
  }

  /// Whether an agency's passing a change on is as good as a release: a principal's is, which takes
  /// part itself, did not write it, and would not have it had it not come in time.
  public func vouches(_ agency: AgencyID, for header: ChangeHeader, at now: Instant) -> Bool {
    agency != header.author && lapse(of: agency, in: header.lineage, at: now) == nil
      && term(of: header.lineage, at: now)?.agreement.principals.contains(agency) == true
  }

  /// Whether a change counts however late it came.
  public func isReleased(_ header: ChangeHeader) -> Bool {
    releases[header.id]?.contains {
      $0.agency == header.author && $0.lineage == header.lineage
    } ?? false
  }

  /// Whether a sender may still send, a lapse of its own notwithstanding: only what it wrote itself
  /// before, while that may come in.
  func maySend(_ own: ChangeHeader?, despite lapse: Standing.Lapse, at now: Instant) -> Bool {
    guard let own, own.time.instant < lapse.since else { return false }
    return now <= lapse.acceptUntil || isReleased(own)
  }

  /// Whether documents must still reach an agency.
  func isReachable(_ agency: AgencyID, in lineage: String, at now: Instant) -> Bool {
    guard let lapse = lapse(of: agency, in: lineage, at: now), lapse.kind == .left else {
      return true
    }
    return now <= lapse.acceptUntil
  }

  /// The notices that a party must know: of suspensions and exits all, of releases principals and
  /// the change's author, since a change is not mentioned to who may see nothing of it.
  func notices(of lineage: String, concerning agency: AgencyID) -> [SignedDocument] {
    let isPrincipal =
      lineages[lineage]?.contains { $0.agreement.principals.contains(agency) } ?? false
    let standings = (standings[lineage] ?? [:]).sorted { $0.key < $1.key }.map(\.value)
    let released = releases.values.joined().filter {
      $0.lineage == lineage && (isPrincipal || $0.agency == agency)
    }
    return standings.flatMap { $0.suspensions.map(\.document) + $0.exits.map(\.document) }
      + released.map(\.document).sorted { $0.id < $1.id }
  }

  /// Reads suspensions, exits and releases, once agreements and members are known.
  mutating func readNotices() {
    guard !notices.isEmpty else { return }
    standings = [:]
    releases = [:]
    for document in notices {
      ineffective[document.id] = nil
      do throws(DocumentError) {
        switch document.kind {
        case .suspension: try add(try Suspension(document, source: "suspension"))
        case .exit: try add(try Exit(document, source: "exit"))
        case .release: try add(try Release(document, source: "release"))
        default: break
        }
      } catch {
        ineffective[document.id] = error.description
      }
    }
    settleStandings()
    for change in releases.keys { releases[change]?.sort { $0.document.id < $1.document.id } }
  }

  /// Puts what was read into its order, and adds what brings an agency in again.
  private mutating func settleStandings() {
    for (lineage, agencies) in standings {
      for (agency, var standing) in agencies {
        standing.suspensions.sort(by: Standing.isBefore)
        standing.exits.sort {
          ($0.cutoff.effective, $0.document.id) < ($1.cutoff.effective, $1.document.id)
        }
        let versions = (lineages[lineage] ?? []).map(\.agreement)
        let deeds = accessions[lineage]?[agency] ?? []
        standing.admissions = Set(
          versions.filter { $0.principals.contains(agency) }.map {
            Standing.Admission(from: $0.startsAt, version: $0.version)
          }
            + deeds.map {
              Standing.Admission(from: Instant(utc: $0.membership.admittedOn), version: nil)
            })
        standings[lineage, default: [:]][agency] = standing
      }
    }
  }

  private mutating func add(_ suspension: Suspension) throws(DocumentError) {
    let (agency, lineage) = (suspension.agency, suspension.lineage)
    func fail(_ problem: String) -> DocumentError {
      DocumentError(source: "suspension of \(agency)", problem: problem)
    }
    let agreement = try version(of: lineage, at: suspension.cutoff.effective, fail)
    guard !agreement.principals.contains(agency) else {
      throw fail("a principal cannot be suspended: it leaves, or a next version drops it")
    }
    guard let kind = members[lineage]?[agency]?.card.kind else {
      throw fail("no member under \(lineage)")
    }
    let signer = agreement.admits[kind]?.first { admitter in
      agreement.cards[admitter].map { isSigned(suspension.document, by: $0) } ?? false
    }
    guard signer != nil else {
      throw fail("not signed by a principal that may admit a \(kind.rawValue)")
    }
    standings[lineage, default: [:]][agency, default: Standing()].suspensions.append(suspension)
  }

  private mutating func add(_ exit: Exit) throws(DocumentError) {
    func fail(_ problem: String) -> DocumentError {
      DocumentError(source: "exit of \(exit.agency)", problem: problem)
    }
    let agreement = try version(of: exit.lineage, at: exit.cutoff.effective, fail)
    guard let card = card(of: exit.agency, in: agreement) else {
      throw fail("no party to \(exit.lineage)")
    }
    guard isSigned(exit.document, by: card) else {
      throw fail("it is not signed by \(exit.agency)")
    }
    standings[exit.lineage, default: [:]][exit.agency, default: Standing()].exits.append(exit)
  }

  private mutating func add(_ release: Release) throws(DocumentError) {
    func fail(_ problem: String) -> DocumentError {
      DocumentError(source: "release of \(release.change)", problem: problem)
    }
    guard let agreement = lineages[release.lineage]?.last?.agreement else {
      throw fail("the agreement \(release.lineage) is not adopted here")
    }
    let signer = agreement.principals.first { agency in
      agency != release.agency
        && agreement.cards[agency].map { isSigned(release.document, by: $0) } ?? false
    }
    guard signer != nil else { throw fail("not signed by a principal other than its author") }
    releases[release.change, default: []].append(release)
  }

  /// The version that says who may sign a notice: in force when it takes effect.
  private func version(
    of lineage: String, at time: Instant, _ fail: (String) -> DocumentError
  ) throws(DocumentError) -> Agreement {
    guard let term = term(of: lineage, at: time) ?? lineages[lineage]?.first else {
      throw fail("the agreement \(lineage) is not adopted here")
    }
    return term.agreement
  }
}
