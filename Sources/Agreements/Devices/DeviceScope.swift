public import Records

/// What a device may hold of what its agency holds: what its role sees, of its caseload.
public struct DeviceScope: Hashable, Sendable {
  /// The labels of the fields that the device's role sees; nothing where it sees all.
  public var labels: Set<String>?
  /// The records of its caseload; nothing where that is all records. What refers to one of them, or
  /// is referred to by one, through at most two references, is part of it.
  public var caseload: Set<RecordID>?

  /// States a scope; by default everything.
  public init(labels: Set<String>? = nil, caseload: Set<RecordID>? = nil) {
    self.labels = labels
    self.caseload = caseload
  }

  /// Everything that the agency holds.
  public static let everything = DeviceScope()

  /// Whether the role sees fields of a label.
  public func sees(_ label: String) -> Bool { labels?.contains(label) ?? true }
}
