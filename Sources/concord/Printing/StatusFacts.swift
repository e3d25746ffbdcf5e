import Node
import Records

extension StatusFacts {
  var text: String {
    let name = agency + (device.map { "/\($0)" } ?? "")
    var lines = ["\(name), \(running ? "running" : "not running")"]
    if let agreement { lines.append("agreement \(agreement), version \(version ?? 0)") }
    lines += coming.map(\.text)
    if agreement == nil, coming.isEmpty { lines.append("no agreement yet") }
    for link in links {
      let state = link.connected ? "connected" : "not connected"
      let last = link.last_sync.map { "last in step \($0)" } ?? "never in step"
      lines.append("  \(link.agency): \(state), \(link.waiting) waiting, \(last)")
    }
    for device in devices {
      let state = device.connected ? "connected" : "not connected"
      let last = device.last_sync.map { "last in step \($0)" } ?? "never in step"
      lines.append("  device \(device.device): \(state), \(device.waiting) waiting, \(last)")
    }
    lines.append("\(quarantined) kept aside, \(conflicts ?? 0) waiting for a choice")
    if !relearning.isEmpty {
      lines.append(
        "Restored from a backup: waiting for \(relearning.joined(separator: ", ")) to tell what it "
          + "lost; until then nothing is shown, written or sent")
    }
    lines += warnings.map { "Warning: \($0)" }
    lines += (assumed ?? []).map { "Warning: notification \($0.notification): \($0.why)" }
    return lines.map(PrintableText.shown).joined(separator: "\n")
  }
}

extension ComingAgreement {
  var text: String {
    let name = "agreement \(agreement), version \(version)"
    guard !missing_signatures.isEmpty else { return "\(name), is adopted and starts on \(starts)" }
    return
      "\(name), lacks the signature of \(missing_signatures.joined(separator: ", ")): until then "
      + "the version before is in force, and only what both allow is shared"
  }
}
