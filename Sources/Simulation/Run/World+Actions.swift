import Agreements
import FoundationEssentials
import Records
import Replica

/// What is planned happens.
extension World {
  func begin(_ number: Int) throws {
    guard let action = actions[number] else { return }
    note("#\(number) \(action.text(cast))")
    if let fault = action.fault { counts.faults[fault, default: 0] += 1 }
    switch action.kind {
    case .write(let node, let edit): try write(edit, at: node, action: number)
    case .resolve(let node): try resolve(at: node, action: number)
    case .draft(let node, let revision): try draft(revision, at: node)
    case .sign(let node, let revision): try sign(revision, at: node)
    case .issue(let node, let task): issue(task, at: node, action: number)
    case .withdraw(let node, let task): withdraw(task, at: node, action: number)
    case .attend(let node, let role): attend(role, at: node, action: number)
    case .join(let node): try join(node)
    case .offline(let node): weather.goOffline(node, by: 1)
    case .refused(let node): weather.refuse(node, by: 1)
    case .partition(let nodes): weather.split(nodes, action: number)
    case .oneWay(let from, let to): weather.block(from: from, to: to, action: number)
    case .cut(let from, let to, let frames, let permille):
      guard let connection = stations[from]?.links[to] else { break }
      connection.cut = (connection.side(of: from), frames, permille)
    case .repeated(let from, let to):
      guard let connection = stations[from]?.links[to] else { break }
      connection.repeats = (connection.side(of: from), number.isMultiple(of: 2))
    case .crash(let node, let isSilent): try crash(node, isSilent: isSilent, action: number)
    case .disk(let node, let fault): failDisk(node, fault)
    case .restore(let node): try copy(node, action: number)
    case .skew(let node, let by), .jump(let node, let by): stations[node]?.clock.shift(by: by)
    case .drift(let node, let parts): stations[node]?.clock.drift(by: parts, from: now)
    case .hostile(let by, let against, let act): try attack(by, against, act, action: number)
    }
  }

  func end(_ number: Int) throws {
    guard let action = actions[number] else { return }
    note("#\(number) ends")
    switch action.kind {
    case .offline(let node):
      weather.goOffline(node, by: -1)
      try release()
    case .refused(let node): weather.refuse(node, by: -1)
    case .partition, .oneWay:
      weather.clear(number)
      try release()
    case .crash(let node, _): try revive(node)
    case .restore(let node): try restore(node, action: number)
    case .disk(let node, _): mendDisk(node)
    case .skew(let node, let by): stations[node]?.clock.shift(by: -by)
    case .drift(let node, let parts): stations[node]?.clock.drift(by: -parts, from: now)
    default: break
    }
  }

  private func write(_ edit: Edit, at index: Int, action: Int) throws {
    guard let station = stations[index], let node = station.node else { return note("it is down") }
    node.now = wall(station)
    station.permitted.formUnion(Self.marks(in: edit))
    var generator = SeededGenerator(seed: seed, keys: 0xAC7, UInt64(action))
    do {
      let changes = try node.put([edit], using: &generator)
      try wrote(changes, at: station)
    } catch {
      refused(error, at: station)
    }
  }

  func wrote(_ changes: [ChangeID], at station: Station) throws {
    counts.writes += changes.count
    station.promises.wrote(changes)
    try station.learn()
    if !changes.isEmpty {
      watchLoss(station)
      checkWritten(changes, at: station)
    }
    queue.add(.changed(node: station.index, except: nil), at: now)
    planLedger(station, at: now + Self.ledgerPause)
  }

  func refused(_ error: any Error, at station: Station) {
    counts.refusedWrites += 1
    if case ReplicaError.relearning? = error as? ReplicaError { counts.relearning += 1 }
    note("\(station.player.id) refuses: \(Self.kind(error))")
    switch error as? ReplicaError {
    // The plan holds sound edits alone: where one cannot even be made, the node is at fault.
    case .change, .value, .document, .unknownType, .unknownField, .otherNode, nil:
      fail(.nothingLost, "\(station.player.id) cannot write a sound edit: \(Self.kind(error))")
    default: break
    }
  }

  static func marks(in edit: Edit) -> Set<Int> {
    var text = edit.person ?? ""
    for assignment in edit.assignments {
      switch assignment {
      case .set(_, let value), .add(_, let value), .remove(_, let value): text += " \(value)"
      case .clear: break
      }
    }
    return Marker.found(in: text)
  }

  /// A person chooses the first of the values of every field in conflict.
  private func resolve(at index: Int, action: Int) throws {
    guard let station = stations[index], let node = station.node else { return note("it is down") }
    var signer = Signer(
      key: station.player.key, now: wall(station),
      generator: SeededGenerator(seed: seed, keys: 0x5E7, UInt64(action)))
    let conflicts: [ConflictSnapshot]
    do {
      conflicts = try node.replica.conflicts()
    } catch {
      return refused(error, at: station)
    }
    for conflict in conflicts.prefix(4) {
      guard let value = conflict.field.values.first?.value.description else { continue }
      do {
        let changes = try node.replica.resolve(
          conflict.record, conflict.field.field.name, value: value,
          seen: conflict.field.values.map(\.write), person: nil, &signer)
        try wrote(changes, at: station)
      } catch {
        refused(error, at: station)
      }
    }
  }

  private func draft(_ revision: Int, at index: Int) throws {
    guard let station = stations[index], station.node != nil,
      let last = station.versions.last(where: \.isComplete)?.agreement
    else { return note("it is down") }
    let template = revision == 0 ? cast.template : nil
    guard let template = template ?? Self.template(of: last) else { return }
    let next = NextVersion(
      cast: cast, revision: scenario.workload.revisions[revision], previous: last,
      template: template)
    drafts[revision] = try next.document()
    try sign(revision, at: index)
  }

  /// The text of a version without what drafting added.
  private static func template(of agreement: Agreement) -> String? {
    let text = agreement.document.text
    return text.firstRange(of: "\nprevious: ").map { String(text[..<$0.lowerBound]) + "\n" }
  }

  private func sign(_ revision: Int, at index: Int) throws {
    guard let station = stations[index], let node = station.node, var document = drafts[revision]
    else { return note("it is down, or there is nothing to sign") }
    try document.sign(as: station.player.id, with: station.player.key)
    drafts[revision] = document
    do {
      try node.replica.adopt([document], now: wall(station))
      try station.learnVersions()
      queue.add(.changed(node: index, except: nil), at: now)
    } catch {
      refused(error, at: station)
    }
  }
}
