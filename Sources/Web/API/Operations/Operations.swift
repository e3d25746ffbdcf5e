import Node

/// Everything that programs can ask for. What stands here is routed, checked and described; nothing else is.
enum Operations {
  static let all: [ProgramOperation] = [
    .getStatus, .listTypes, .listRecords, .createRecord, .getRecord, .changeRecord, .getHistory,
    .listConflicts, .explain, .listNotifications, .issueNotification, .getNotification,
    .openNotification, .answerNotification, .withdrawNotification, .listQuarantine, .getDocument,
  ]

  /// What an address and a method mean.
  enum Found {
    case operation(ProgramOperation, [String: String])
    /// There is such an address, for other methods.
    case otherMethods([String])
    case nothing
  }

  /// - Parameter segments: what stands in the address below `/api/v1`.
  static func find(_ method: String, _ segments: [String]) -> Found {
    let there = all.compactMap { operation in
      operation.names(in: segments).map { (operation, $0) }
    }
    // A word of its own goes before a name that stands for any.
    let fewest = there.map(\.1.count).min()
    let nearest = there.filter { $0.1.count == fewest }
    if let (operation, names) = nearest.first(where: { $0.0.method.rawValue == method }) {
      return .operation(operation, names)
    }
    let methods = nearest.map { $0.0.method.rawValue }.sorted()
    return methods.isEmpty ? .nothing : .otherMethods(methods)
  }
}
