public import Records

extension Partnership {
  /// Whether an agency may read a field of a record now, in any agreement to which it and the
  /// sender are parties.
  public func mayRead(
    _ agency: AgencyID, _ field: String, of type: String, _ circumstances: Circumstances,
    remembering memory: DecisionMemory? = nil
  ) -> Decision {
    guard let memory, !isAnyStanding(of: agency, circumstances.sender?.agency) else {
      return decideReading(agency, field, of: type, circumstances)
    }
    let question = DecisionMemory.Reading(
      agency: agency, field: field, type: type, isRouted: circumstances.routedBy != nil,
      isRestricted: circumstances.isRestricted, now: circumstances.now,
      sender: circumstances.sender?.agency)
    let decision =
      memory.reading[question] ?? decideReading(agency, field, of: type, circumstances)
    memory.reading[question] = decision
    // It is the same for whatever record leads to the agency, but for that record's name.
    guard case .grant(let id, .some) = decision.rule else { return decision }
    return decision.overruled(by: .grant(id: id, route: circumstances.routedBy))
  }

  private func decideReading(
    _ agency: AgencyID, _ field: String, of type: String, _ circumstances: Circumstances
  ) -> Decision {
    decide(Decision(.noAgreement), at: circumstances.now) { term in
      if let sender = circumstances.sender, card(of: sender.agency, in: term.agreement) == nil {
        return Decision(.notAParty, term.agreement)
      }
      let decision = mayRead(agency, field, of: type, circumstances, under: term)
      guard decision.isAllowed, let next = pending[term.agreement.lineage] else { return decision }
      let later = mayRead(agency, field, of: type, circumstances, under: next, isPending: true)
      guard later.isAllowed else {
        return decision.overruled(by: .awaitingSignatures(version: next.agreement.version))
      }
      return decision
    }
  }

  /// Whether a sender's claim holds that a grant of an agreement lets the receiver read a field.
  /// The route is not checked: the source evaluates it, and may know what the receiver does not.
  /// - Parameter drift: how far the sender's clock may be from this one, in milliseconds: at the
  ///   first and the last minute of a version the sender's counts.
  /// - Parameter change: what is sent: of its own changes a sender that takes no part any more may
  ///   still send what it wrote before.
  public func covers(
    _ field: String, of type: String, grant id: String, agreement: Digest, sender: AgencyID,
    receiver: AgencyID, at now: Instant, drift: Int64, change: ChangeHeader? = nil,
    remembering memory: DecisionMemory? = nil
  ) -> Bool {
    guard let memory, !isAnyStanding(of: sender, receiver) else {
      return decideCovering(
        field, of: type, grant: id, agreement: agreement, sender: sender, receiver: receiver,
        at: now, drift: drift, change: change)
    }
    let question = DecisionMemory.Covering(
      field: field, type: type, grant: id, agreement: agreement, sender: sender,
      receiver: receiver, now: now, drift: drift)
    if let known = memory.covering[question] { return known }
    let covers = decideCovering(
      field, of: type, grant: id, agreement: agreement, sender: sender, receiver: receiver,
      at: now, drift: drift, change: change)
    memory.covering[question] = covers
    return covers
  }

  private func decideCovering(
    _ field: String, of type: String, grant id: String, agreement: Digest, sender: AgencyID,
    receiver: AgencyID, at now: Instant, drift: Int64, change: ChangeHeader?
  ) -> Bool {
    guard let term = term(digest: agreement), isInForce(term.agreement, at: now, drift: drift),
      card(of: sender, in: term.agreement) != nil,
      takesPart(receiver, in: term.agreement, at: now, drift: drift, own: nil),
      takesPart(
        sender, in: term.agreement, at: now, drift: drift,
        own: change?.author == sender ? change : nil),
      let kind = card(of: receiver, in: term.agreement)?.kind,
      let definition = Self.definition(field, of: type, in: term.profile),
      let grant = term.agreement.grants.first(where: { $0.id == id })
    else { return false }
    return grant.covers(receiver, kind: kind) && grant.allowsReading(definition, of: type)
  }

  /// Whether a grant of an agreement lets its recipient pass on what it received.
  public func isOnward(grant id: String, agreement: Digest) -> Bool {
    term(digest: agreement)?.agreement.grants.first { $0.id == id }?.isOnward ?? false
  }

  /// Whether the author of a write may lower a `highest` field, by the version that judges it.
  public func mayLower(
    _ agency: AgencyID, _ field: String, of type: String, lineage: String, at time: Instant
  ) -> Bool {
    guard let term = term(of: lineage, at: time),
      let kind = card(of: agency, in: term.agreement)?.kind,
      let definition = Self.definition(field, of: type, in: term.profile)
    else { return false }
    return term.agreement.grants.contains {
      $0.covers(agency, kind: kind) && $0.allowsLowering(definition, of: type)
    }
  }

  /// Agreements that are past their review date or their end, and what two of them do not say alike,
  /// as warnings for an administrator.
  public func warnings(at now: Instant) -> [String] {
    let dates: [String] = terms(at: now).compactMap { term in
      let agreement = term.agreement
      if now >= agreement.endsAt {
        return "\(agreement.lineage) ended on \(agreement.ends): nothing is shared under it"
      }
      if let review = agreement.review, now >= Instant(utc: review) {
        return "\(agreement.lineage) was to be reviewed on \(review)"
      }
      return nil
    }
    return dates
      + clashes.map {
        "\($0.lineage) defines \($0.name) in another way than the agreements before it by name: "
          + "here theirs counts, except for what is written under \($0.lineage)"
      }
  }

  private func decide(
    _ otherwise: Decision, at now: Instant, _ judge: (Term) -> Decision
  ) -> Decision {
    var refusal: Decision?
    for lineage in names {
      guard let term = term(of: lineage, at: now) ?? lineages[lineage]?.first else { continue }
      let decision = judge(term)
      if decision.isAllowed { return decision }
      refusal = refusal ?? decision
    }
    return refusal ?? otherwise
  }

  private func mayRead(
    _ agency: AgencyID, _ name: String, of type: String, _ circumstances: Circumstances,
    under term: Term, isPending: Bool = false
  ) -> Decision {
    let agreement = term.agreement
    let isEarly = circumstances.now < agreement.startsAt && !isPending
    if isEarly { return Decision(.notStarted(agreement.starts), agreement) }
    guard circumstances.now < agreement.endsAt else {
      return Decision(.ended(agreement.ends), agreement)
    }
    guard let kind = card(of: agency, in: agreement)?.kind else {
      return Decision(.notAParty, agreement)
    }
    if let refusal = lapse(agreement, agency, circumstances) { return refusal }
    guard let field = Self.definition(name, of: type, in: term.profile) else {
      return Decision(.unknownField, agreement)
    }
    let grants = agreement.grants.filter {
      $0.covers(agency, kind: kind) && $0.allowsReading(field, of: type)
    }
    guard !grants.isEmpty else { return Decision(.noGrant, agreement) }
    guard !circumstances.isRestricted else { return Decision(.restricted, agreement) }
    if let grant = grants.first(where: { !$0.isRouted }) {
      return Decision(.grant(id: grant.id, route: nil), agreement)
    }
    guard let route = circumstances.routedBy else {
      return Decision(.notRouted(grants: grants.map(\.id)), agreement)
    }
    return Decision(.grant(id: grants[0].id, route: route), agreement)
  }

  /// A version is in force until it ends or another one starts.
  private func isInForce(_ agreement: Agreement, at now: Instant, drift: Int64) -> Bool {
    let next = lineages[agreement.lineage]?.first { $0.agreement.version == agreement.version + 1 }
    let end = min(agreement.endsAt, next?.agreement.startsAt ?? agreement.endsAt)
    return agreement.startsAt <= now.advanced(byMilliseconds: drift)
      && now.advanced(byMilliseconds: -drift) < end
  }

  /// Whether a recipient or a sender takes no part, as a decision.
  private func lapse(
    _ agreement: Agreement, _ agency: AgencyID, _ circumstances: Circumstances
  ) -> Decision? {
    let (lineage, now) = (agreement.lineage, circumstances.now)
    if let lapse = lapse(of: agency, in: lineage, at: now) {
      return Decision(Self.rule(lapse, of: agency), agreement)
    }
    guard let sender = circumstances.sender,
      let lapse = lapse(of: sender.agency, in: lineage, at: now),
      !maySend(sender.own, despite: lapse, at: now)
    else { return nil }
    return Decision(Self.rule(lapse, of: sender.agency), agreement)
  }

  /// Whether an agency takes part by some clock within the drift, or sends what it still may: how
  /// late that is allowed to come is judged apart.
  private func takesPart(
    _ agency: AgencyID, in agreement: Agreement, at now: Instant, drift: Int64, own: ChangeHeader?
  ) -> Bool {
    [-drift, 0, drift].contains { shift in
      let lapse = lapse(
        of: agency, in: agreement.lineage, at: now.advanced(byMilliseconds: shift))
      guard let lapse else { return true }
      return own.map { $0.time.instant < lapse.since } ?? false
    }
  }

  static func rule(_ lapse: Standing.Lapse, of agency: AgencyID) -> Decision.Rule {
    switch lapse.kind {
    case .suspended: .suspended(agency, since: lapse.since)
    case .left: .left(agency, since: lapse.since)
    }
  }

  static func definition(_ name: String, of type: String, in profile: Profile) -> Field? {
    name == Field.person.name ? .person : profile.field(name, of: type)
  }
}
