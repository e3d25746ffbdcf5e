import Agreements
import Foundation
import Records
import Replica

/// One of an agency's devices, for people and scripts.
struct DeviceFacts: Encodable {
  let node: String
  let role: String
  /// `enrolled`, `revoked` or `expired`.
  let state: String
  /// Labels; null where it sees all.
  let sees: [String]?
  /// Records; null where it is all.
  let caseload: [String]?
  let serial: Int
  let from: String
  let until: String
  let revoked: String?

  init(_ device: EnrolledDevice, at now: Instant) {
    node = device.node.node
    role = device.role
    state =
      device.counts ? "enrolled" : device.revokedAt != nil ? "revoked" : "expired"
    sees = device.scope.labels?.sorted()
    caseload = device.scope.caseload?.sorted().map(\.description)
    serial = device.delegation.serial
    from = device.delegation.from.description
    until = device.delegation.until.description
    revoked = device.revokedAt?.description
  }

  /// Every key is always there: scripts read what has no limit as null.
  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(node, forKey: .node)
    try container.encode(role, forKey: .role)
    try container.encode(state, forKey: .state)
    try container.encode(sees, forKey: .sees)
    try container.encode(caseload, forKey: .caseload)
    try container.encode(serial, forKey: .serial)
    try container.encode(from, forKey: .from)
    try container.encode(until, forKey: .until)
    try container.encode(revoked, forKey: .revoked)
  }

  private enum CodingKeys: CodingKey {
    case node, role, state, sees, caseload, serial, from, until, revoked
  }

  var text: String {
    let validity =
      state == "revoked" ? "revoked since \(revoked ?? "")" : "\(state) until \(until)"
    return """
      \(node), \(role): \(validity)
        sees \(sees.map { $0.isEmpty ? "nothing" : $0.joined(separator: ", ") } ?? "all fields")
        caseload: \(caseload.map { Self.count($0.count) } ?? "all records")
      """
  }

  private static func count(_ records: Int) -> String {
    records == 1 ? "1 record" : "\(records) records"
  }
}
