public import Records

extension Partnership {
  /// Whether an agency may write a field at a time, judged by one agreement.
  public func mayWrite(
    _ agency: AgencyID, _ field: String, of type: String, lineage: String, at time: Instant,
    remembering memory: DecisionMemory? = nil
  ) -> Decision {
    guard let term = term(of: lineage, at: time) else { return Decision(.noAgreement) }
    return mayWrite(agency, field, of: type, under: term, at: time, memory)
  }

  /// The first agreement in force under which an agency may write all of these fields; else why
  /// not, with the field.
  public func mayWriteAll(
    _ agency: AgencyID, _ fields: [String], of type: String, at time: Instant
  ) -> (term: Term?, refusal: (field: String, decision: Decision)?) {
    choose(from: fields, at: time) { field, term in
      (field, mayWrite(agency, field, of: type, under: term, at: time, nil))
    }
  }

  /// The first agreement in force under which an agency may write all of this: one whose profile has
  /// the fields and their values, since all nodes judge a change by the agreement that it names.
  public func mayWriteAll(
    _ agency: AgencyID, _ writes: [Write], of type: String, at time: Instant,
    remembering memory: DecisionMemory? = nil
  ) -> (term: Term?, refusal: (field: String, decision: Decision)?) {
    choose(from: writes, at: time) { write, term in
      (write.field, mayWrite(agency, write, of: type, under: term, at: time, memory))
    }
  }

  /// The writes in as few parts as it takes that each may be written under one agreement: an edit may
  /// touch what different agreements' overlays add. What may not be written stands in the last part.
  public func partsByAgreement(
    _ agency: AgencyID, _ writes: [Write], of type: String, at time: Instant
  ) -> [[Write]] {
    let terms = terms(at: time)
    // One agreement knows all of it or refuses it.
    guard terms.count > 1 else { return [writes] }
    let person = writes.filter { $0.field == Field.person.name }
    var rest = writes.filter { $0.field != Field.person.name }
    var parts: [[Write]] = []
    while !rest.isEmpty {
      let allowed = terms.map { term in
        rest.indices.filter {
          mayWrite(agency, rest[$0], of: type, under: term, at: time, nil).isAllowed
        }
      }
      // Of those that allow as much, the first by name.
      let most = allowed.map(\.count).max() ?? 0
      guard most > 0, let part = allowed.first(where: { $0.count == most }) else { break }
      parts.append(part.map { rest[$0] } + person)
      let written = Set(part)
      rest = rest.indices.filter { !written.contains($0) }.map { rest[$0] }
    }
    return rest.isEmpty ? parts : parts + [rest + person]
  }

  /// - Returns: the first agreement under which nothing is refused; else the refusal by an agreement
  ///   that knows the field at least, where there is one.
  private func choose<Item>(
    from items: [Item], at time: Instant, _ judge: (Item, Term) -> (String, Decision)
  ) -> (term: Term?, refusal: (field: String, decision: Decision)?) {
    var refusals: [(field: String, decision: Decision)] = []
    for term in terms(at: time) {
      var refused: (String, Decision)?
      for item in items where refused == nil {
        let judged = judge(item, term)
        if !judged.1.isAllowed { refused = judged }
      }
      guard let refused else { return (term, nil) }
      refusals.append((refused.0, refused.1))
    }
    return (nil, refusals.first { $0.decision.rule != .unknownField } ?? refusals.first)
  }

  private func mayWrite(
    _ agency: AgencyID, _ write: Write, of type: String, under term: Term, at time: Instant,
    _ memory: DecisionMemory?
  ) -> Decision {
    let decision = mayWrite(agency, write.field, of: type, under: term, at: time, memory)
    guard decision.isAllowed, let value = write.value,
      let field = Self.definition(write.field, of: type, in: term.profile),
      !field.accepts(value, in: term.profile)
    else { return decision }
    return decision.overruled(by: .unknownValue)
  }

  private func mayWrite(
    _ agency: AgencyID, _ name: String, of type: String, under term: Term, at time: Instant,
    _ memory: DecisionMemory?
  ) -> Decision {
    let agreement = term.agreement
    guard time >= agreement.startsAt else {
      return Decision(.notStarted(agreement.starts), agreement)
    }
    guard time < agreement.endsAt else { return Decision(.ended(agreement.ends), agreement) }
    if let lapse = lapse(of: agency, in: agreement.lineage, at: time),
      card(of: agency, in: agreement) != nil
    {
      return Decision(Self.rule(lapse, of: agency), agreement)
    }
    guard let memory else { return right(of: agency, name, of: type, under: term) }
    let question = DecisionMemory.Writing(
      agreement: agreement.digest, agency: agency, field: name, type: type)
    if let known = memory.writing[question] { return known }
    let decision = right(of: agency, name, of: type, under: term)
    memory.writing[question] = decision
    return decision
  }

  /// Whether a version lets an agency write a field while it is in force and the agency takes part.
  private func right(
    of agency: AgencyID, _ name: String, of type: String, under term: Term
  ) -> Decision {
    let agreement = term.agreement
    guard let kind = card(of: agency, in: agreement)?.kind else {
      return Decision(.notAParty, agreement)
    }
    guard let field = Self.definition(name, of: type, in: term.profile) else {
      return Decision(.unknownField, agreement)
    }
    if field == .person { return Decision(.author, agreement) }
    let grant = agreement.grants.first {
      $0.covers(agency, kind: kind) && $0.allowsWriting(field, of: type)
    }
    guard let grant else { return Decision(.noWriteGrant, agreement) }
    return Decision(.grant(id: grant.id, route: nil), agreement)
  }
}
