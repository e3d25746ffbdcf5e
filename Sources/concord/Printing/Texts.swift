import Agreements
import Node
import Records
import Replica

/// A value for people to read: on one line, whatever is in it.
private func shown(_ value: Value) -> String { PrintableText.shown(value.description) }

/// A record for people to read.
enum RecordText {
  static func of(_ record: RecordSnapshot) -> String {
    var lines = ["\(record.type) \(record.id)"]
    for field in record.fields {
      let note = field.isConflict ? "  (choose: concord resolve)" : ""
      lines.append("  \(PrintableText.shown(field.field.title))\(note)")
      lines += field.values.map { "    \(shown($0.value))  -- \($0.by), \($0.at)" }
      if field.withheld > 0 {
        lines.append("    \(field.withheld) withheld: shared with this agency no longer")
      }
    }
    return lines.joined(separator: "\n")
  }
}

/// A history entry for people to read.
enum HistoryText {
  static func of(_ entry: HistoryEntry) -> String {
    let person = entry.person.map { " (\(PrintableText.shown($0)))" } ?? ""
    let by = entry.by.description + (entry.device.map { "/\($0)" } ?? "")
    var lines = ["\(entry.at)  \(by)\(person)"]
    for write in entry.writes {
      let value = write.value.map(shown) ?? ""
      let text =
        switch write.operation {
        case .set: "\(write.field) = \(value)"
        case .clear: "\(write.field) cleared"
        case .add: "\(write.field) + \(value)"
        case .remove: "\(write.field) - \(value)"
        }
      lines.append("  \(text)")
    }
    return lines.joined(separator: "\n")
  }
}

/// A conflict for people to read.
enum ConflictText {
  static func of(_ conflict: ConflictSnapshot) -> String {
    var lines = [
      "\(PrintableText.shown(conflict.field.field.title)) of \(conflict.type) \(conflict.record):"
    ]
    for value in conflict.field.values {
      lines.append("  \(shown(value.value))  -- \(value.by), \(value.at)")
    }
    let name = conflict.field.field.name
    lines.append("  choose: concord resolve DIR \(conflict.record) \(name) --value VALUE")
    return lines.joined(separator: "\n")
  }
}

/// One peer's part of an exchange for people to read.
enum SyncText {
  static func of(_ peer: SyncReport.Peer) -> String {
    let moved = "\(peer.sent) sent, \(peer.received) received"
    let aside = peer.quarantined > 0 ? ", \(peer.quarantined) kept aside" : ""
    if let error = peer.error {
      return "\(peer.agency): \(PrintableText.shown(error)) (\(moved)\(aside))"
    }
    return "\(peer.agency): in step, \(moved)\(aside)"
  }
}
