public import Agreements
public import Casework
public import Records
public import Replica

/// Somebody who works at a node: who they are and in which role.
public struct Viewer: Hashable, Sendable {
  public let account: Account
  public let role: RolePolicy.Role

  /// States who looks.
  public init(account: Account, role: RolePolicy.Role) {
    self.account = account
    self.role = role
  }

  /// As which of the school's roles they open notifications.
  public var opensAs: KeyAdultRole? { role.opensAs.flatMap(KeyAdultRole.init) }

  /// Whether a restriction means them: by the name they sign in with, or as they are known.
  func isMeant(by words: String) -> Bool {
    let meant = Self.folded(words)
    return meant == Self.folded(account.name) || meant == Self.folded(account.title)
  }

  private static func folded(_ text: String) -> String {
    text.split(whereSeparator: \.isWhitespace).joined(separator: " ").lowercased()
  }
}

/// What is kept from somebody: whole records, and single fields.
public struct Hidden: Hashable, Sendable {
  public var records: Set<RecordID> = []
  public var fields: [RecordID: Set<String>] = [:]

  /// Nothing is kept from them.
  public init() {}
}

/// Works out what is kept from whom (shielding, domain rules 18 and 19). What refers to something hidden
/// is hidden too, and what refers to that: a notification tells of its child.
public struct Shielding: Sendable {
  private let node: LocalNode

  /// Shielding at a node.
  public init(_ node: LocalNode) { self.node = node }

  /// What is kept from somebody.
  /// - Parameter notFor: notifications that are not for some roles at this agency, each with these.
  /// - Throws: `ReplicaError`.
  public func hidden(
    from viewer: Viewer, restrictions: [RecordID], notFor: [RecordID: Set<KeyAdultRole>]
  ) throws -> Hidden {
    var hidden = Hidden()
    var found: [RecordID] = []
    for id in restrictions {
      // One that was erased restricts nothing; one that cannot be read must not be passed over.
      let record: CaseRecord
      do { record = try node.caseRecord(id, type: "restriction") } catch ReplicaError.notFound {
        continue
      }
      guard record.entries("people").contains(where: { viewer.isMeant(by: $0.value.words ?? "") })
      else { continue }
      let fields = Set(record.entries("fields").compactMap(\.value.words))
      for target in record.references("record") {
        if fields.isEmpty {
          found.append(target)
        } else {
          hidden.fields[target, default: []].formUnion(fields)
        }
      }
      found.append(id)
    }
    if let role = viewer.opensAs {
      for (id, roles) in notFor where roles.contains(role) {
        found.append(id)
        if let incident = (try? node.notification(id))?.incident { found.append(incident) }
      }
    }
    while let next = found.popLast() {
      guard hidden.records.insert(next).inserted else { continue }
      found += try node.replica.recordIDs(referringTo: next)
    }
    return hidden
  }
}
