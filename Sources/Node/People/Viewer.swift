public import Agreements
public import Casework
import Foundation
public import Records
public import Replica

/// Somebody who works at a node, or a program that does: who they are and in which role.
public struct Viewer: Hashable, Sendable {
  public let account: Account
  public let role: RolePolicy.Role
  /// Whether it is a program: who reads what it was told, the node cannot know.
  public let isProgram: Bool

  /// States who looks.
  public init(account: Account, role: RolePolicy.Role) {
    self.account = account
    self.role = role
    isProgram = false
  }

  /// States which program looks.
  public init(_ token: ProgramToken, role: RolePolicy.Role) {
    account = Account(
      name: token.actor, title: "the program \(token.actor)", role: role.name, secret: Data(),
      createdAt: token.createdAt)
    self.role = role
    isProgram = true
  }

  /// As which of the school's roles they open notifications.
  public var opensAs: KeyAdultRole? { role.opensAs.flatMap(KeyAdultRole.init) }

  /// Whether a restriction of these people's names means them: by the name they sign in with, or as they are
  /// known. What is kept from anybody is kept from a program, behind which they may sit.
  func isMeant(by people: Set<String>) -> Bool {
    guard !isProgram else { return !people.isEmpty }
    return !people.isDisjoint(with: [Self.folded(account.name), Self.folded(account.title)])
  }

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
