import Agreements
import FoundationEssentials
import Records
import SyncProtocol

/// One hostile act in the making: who against whom, and what it is made of.
struct Attack {
  let act: HostileAct
  let number: Int
  let attacker: Player
  let victim: Player
  /// What the victim's clock shows.
  let now: Instant
  let version: GrantTable.Version
  let table: GrantTable
  /// Records that the victim holds, by type.
  let records: [String: [RecordID]]
  let forged: Player
  /// Writes of others under the rule `latest` that the victim holds.
  let latest: [Knowledge.Fact]
  var generator: SeededGenerator
  private var made: UInt16 = 0

  init(
    _ act: HostileAct, number: Int, by attacker: Player, against victim: Player,
    forging forged: Player,
    now: Instant, under version: GrantTable.Version, _ table: GrantTable,
    records: [String: [RecordID]], latest: [Knowledge.Fact],
    generator: SeededGenerator
  ) {
    self.act = act
    self.number = number
    self.attacker = attacker
    self.victim = victim
    self.forged = forged
    self.now = now
    self.version = version
    self.table = table
    self.records = records
    self.latest = latest
    self.generator = generator
  }

  /// A change with the reason for which the victim must keep it aside; none where it may apply it.
  struct Made {
    let entry: Entry
    let change: ChangeID
    let reason: String?

    var writes: [WriteID] {
      if case .change(let shared) = entry { shared.writeIDs } else { [] }
    }

    var time: HLC? {
      if case .change(let shared) = entry { shared.change.header.time } else { nil }
    }
  }

  /// What the act sends; nothing where the agreement leaves no room for it.
  mutating func changes() throws -> [Made] {
    switch act {
    case .forgedAuthor:
      return try one(field: readable(.text), reason: "bad-signature") { change, attack in
        change.author = attack.forged.id
        change.key = attack.forged.key.id
      }
    case .beyondGrant:
      return try one(field: field(.text, read: true, written: false), reason: "may-not-write")
    case .unreadable: return try one(field: field(.text, read: false), reason: "not-permitted")
    case .future:
      return try one(field: honest(.text), reason: "future-stamp") { change, attack in
        change.time = HLC(
          milliseconds: attack.now.milliseconds + 172_800_000, counter: change.time.counter)
      }
    case .unknownAgreement:
      return try one(field: honest(.text), reason: "unknown-agreement") { change, attack in
        change.agreement = Digest(.random(count: 32, using: &attack.generator)) ?? change.agreement
      }
    case .otherType:
      let field = honest(.text)
      // Of a record that the victim does not know yet, the first type that comes counts.
      guard let type = field?.0, let known = record({ $0 != type }) else { return [] }
      return try one(field: field, reason: "record-type") { change, _ in change.record = known }
    case .hugeValue:
      return try one(field: honest(.text), reason: "malformed-write") { change, _ in
        change.write.value.text += String(repeating: "x", count: 131_072)
      }
    case .badValue: return [try term()].compactMap { $0 }
    case .flood: return try (0..<60).compactMap { _ in try term() }
    case .hugeContext: return try context(of: 1025, reason: "malformed-write")
    case .largestContext: return try context(of: 1024, reason: nil)
    case .hugeRemoval:
      return try one(field: honest(.text), reason: "malformed-write") { change, attack in
        change.write.operation = 4
        change.write.removes = (0..<1025).map { _ in .random(count: 32, using: &attack.generator) }
          .sorted { $0.lexicographicallyPrecedes($1) }
      }
    case .forkedStamp:
      let first = try one(field: honest(.text), reason: nil)
      made -= first.isEmpty ? 0 : 1
      return first + (try one(field: honest(.text), reason: "equivocation"))
    case .forkedSequence, .brokenChain: return try one(field: honest(.text), reason: nil)
    case .uncommitted:
      return try one(field: honest(.text), reason: "uncommitted") { change, _ in
        change.isCommitted = false
      }
    case .sameStamp: return try sameStamp()
    case .heldParts: return try heldParts()
    case .replay, .malformedMessage, .garbageFrame: return []
    }
  }

  private mutating func one(
    field: (type: String, Field)?, reason: String?,
    _ spoil: (inout CraftedChange, inout Attack) -> Void = { _, _ in }
  ) throws -> [Made] {
    guard let (type, definition) = field else { return [] }
    made += 1
    let mark = Marker.text(action: number, value: Int(made) % 90)
    let isRegister = definition.rule.isRegister
    var change = CraftedChange(
      lineage: version.agreement.lineage, agreement: version.agreement.digest, type: type,
      record: record { $0 == type } ?? RecordID(using: &generator), author: attacker.id,
      key: attacker.key.id,
      time: HLC(
        milliseconds: now.milliseconds - 1000 - Int64(number % 500),
        counter: UInt16(truncatingIfNeeded: number &* 64) &+ made),
      write: CraftedWrite(
        field: definition.name, operation: isRegister ? 1 : 3,
        value: (CraftedWrite.text, "hostile \(mark)")))
    spoil(&change, &self)
    return [try entry(change, reason: reason)]
  }

  private mutating func term() throws -> Made? {
    try one(field: honest(.vocabulary("")), reason: "bad-value") { change, _ in
      change.write.value = (CraftedWrite.term, "no-such-term")
    }.first
  }

  /// A register's write that claims to have seen very many keys.
  private mutating func context(of size: Int, reason: String?) throws -> [Made] {
    let fields = candidates { attack, field, type in
      field.rule == .review && field.type == .text && attack.reads(field, type)
        && attack.writes(field, type)
    }
    return try one(field: fields.randomElement(using: &generator), reason: reason) {
      change, attack in
      let keys = (0..<size).map { _ in Data.random(count: 16, using: &attack.generator) }
      change.write.context = keys.sorted { $0.lexicographicallyPrecedes($1) }.map { ($0, 1) }
    }
  }

  /// A value for somebody else's field, under the same stamp: the order of agencies decides.
  private mutating func sameStamp() throws -> [Made] {
    let open = latest.filter { fact in
      guard let field = version.profile.field(fact.write.field, of: fact.type) else { return false }
      return field.type == .text && reads(field, fact.type) && writes(field, fact.type)
    }
    guard let fact = open.randomElement(using: &generator),
      let field = version.profile.field(fact.write.field, of: fact.type)
    else { return [] }
    return try one(field: (fact.type, field), reason: nil) { change, _ in
      change.record = fact.record
      change.time = fact.time
    }
  }

  /// A change of two writes that is ten minutes ahead, sent in two entries.
  private mutating func heldParts() throws -> [Made] {
    guard let (type, first) = field(.text, read: true, written: true),
      let other = version.profile.recordTypes[type]?.fields.first(where: {
        $0.type == .text && $0.name != first.name && !$0.isOnce && reads($0, type)
          && writes($0, type)
      })
    else { return [] }
    let whole = try one(field: (type, first), reason: nil) { change, attack in
      change.time = HLC(
        milliseconds: attack.now.milliseconds + 600_000, counter: change.time.counter)
      change.second = CraftedWrite(
        field: other.name, operation: other.rule.isRegister ? 1 : 3,
        value: (CraftedWrite.text, "hostile \(Marker.text(action: attack.number, value: 91))"))
    }
    guard let made = whole.first, case .change(let shared) = made.entry else { return [] }
    return zip(shared.change.openings, shared.justifications).compactMap { opening, reason in
      let part = DisclosedChange(
        header: shared.change.header, proof: shared.change.proof, openings: [opening])
      return SharedChange(change: part, agreement: shared.agreement, justifications: [reason])
        .map { Made(entry: .change($0), change: made.change, reason: nil) }
    }
  }

  private mutating func entry(_ change: CraftedChange, reason: String?) throws -> Made {
    let signed = try change.signed(by: attacker.key, using: &generator)
    let reasons = ([change.write] + [change.second].compactMap { $0 }).map { write in
      let field = version.profile.field(write.field, of: change.type)
      let grants = field.map { table.reading(victim.id, $0, of: change.type, under: version) }
      let grant = grants?.first?.id ?? version.agreement.grants.first?.id ?? "none"
      return SharedChange.Justification(grant: grant, route: nil)
    }
    guard
      let shared = SharedChange(
        change: signed, agreement: version.agreement.digest, justifications: reasons)
    else { throw ChangeError.empty }
    return Made(entry: .change(shared), change: signed.header.id, reason: reason)
  }

  private mutating func record(_ matches: (String) -> Bool) -> RecordID? {
    let found = records.keys.sorted().filter(matches).flatMap { records[$0, default: []] }
    return found.randomElement(using: &generator)
  }

  private mutating func readable(_ type: FieldType) -> (type: String, Field)? {
    field(type, read: true)
  }

  /// A field that the attacker may write and the victim may read.
  private mutating func honest(_ type: FieldType) -> (type: String, Field)? {
    field(type, read: true, written: true)
  }

  private mutating func field(
    _ type: FieldType, read: Bool, written: Bool? = nil
  ) -> (type: String, Field)? {
    candidates { attack, field, record in
      field.type.name == type.name && !field.isOnce && attack.reads(field, record) == read
        && (written.map { $0 == attack.writes(field, record) } ?? true)
    }.randomElement(using: &generator)
  }

  private func candidates(
    _ matches: (Attack, Field, String) -> Bool
  ) -> [(type: String, Field)] {
    version.profile.recordTypes.keys.sorted().flatMap { type in
      (version.profile.recordTypes[type]?.fields ?? []).filter { matches(self, $0, type) }
        .map { (type, $0) }
    }
  }

  private func reads(_ field: Field, _ type: String) -> Bool {
    !table.reading(victim.id, field, of: type, under: version).isEmpty
  }

  private func writes(_ field: Field, _ type: String) -> Bool {
    table.mayWrite(attacker.id, field, of: type, under: version)
  }
}
