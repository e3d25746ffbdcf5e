import Casework
import Foundation
import Node
import Records
import Synchronization

/// The list of schools in the node's folder, kept in memory: England's has fifty thousand, and pages only
/// ask what one is called, or whether there is one. Read again where another was taken in.
final class SchoolBook: Sendable {
  private struct State {
    var read: Date?
    var routing: SchoolRouting?
    var byName: [String: [School]] = [:]
  }

  private let node: LocalNode
  private let state = Mutex(State())

  init(_ node: LocalNode) { self.node = node }

  /// The lists; nothing where none were taken in, or where they cannot be read.
  var routing: SchoolRouting? { current { $0.routing } }

  /// What a school is called.
  func name(of agency: AgencyID) -> String? {
    guard agency.namedKind == .school, let urn = try? URN(String(agency.local)) else { return nil }
    return routing?.directory.school(urn)?.name
  }

  /// The open schools of a name, however it is written.
  func schools(called name: String) -> [School] {
    current { $0.byName[Self.folded(name)] ?? [] }
  }

  static func folded(_ name: String) -> String { SearchWords.of(name).joined(separator: " ") }

  private func current<T>(_ body: (State) -> T) -> T {
    let changed = Self.modified(node.folder.path + "/schools/establishments.csv")
    return state.withLock { state in
      if state.read != changed {
        let routing = changed == nil ? nil : try? node.caseFiles.schoolRouting()
        let open = (routing?.directory.schools ?? []).filter(\.isOpen)
        state = State(
          read: changed, routing: routing,
          byName: Dictionary(grouping: open) { Self.folded($0.name) })
      }
      return body(state)
    }
  }

  private static func modified(_ path: String) -> Date? {
    (try? FileManager.default.attributesOfItem(atPath: path))?[.modificationDate] as? Date
  }
}
