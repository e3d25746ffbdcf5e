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

  /// What a restriction may call them: the name they sign in with, or as they are known.
  var names: Set<String> { [Self.folded(account.name), Self.folded(account.title)] }

  static func folded(_ text: String) -> String {
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
