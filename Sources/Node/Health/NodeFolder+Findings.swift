import Foundation

/// What can be seen of a node's machine and folder before anything in it is opened.
extension NodeFolder {
  /// Bytes below which nothing more can be stored soon, and below which it is time to make room.
  private static let room = (least: Int64(200) << 20, comfortable: Int64(2) << 30)

  /// - Throws: `NodeError` where no node is there.
  public func findings() throws(NodeError) -> [Finding] {
    guard access(configuration, F_OK) == 0 else { throw NodeError("no node in \(path)") }
    return clockFindings() + diskFindings() + permissionFindings() + ownerFindings()
  }

  /// Where time services say that they keep the clock: systemd-timesyncd, chrony, ntpd.
  private static let timeServices = [
    "/run/systemd/timesync/synchronized", "/run/chrony/chronyd.pid", "/run/ntpd.pid",
  ]

  /// Deadlines and stamps hang on the clock.
  private func clockFindings() -> [Finding] {
    guard !Self.timeServices.contains(where: FileManager.default.fileExists) else { return [] }
    return [
      Finding(
        .advice, "clock", "no time service is seen on this machine",
        "run one (timedatectl set-ntp true): changes stamped five minutes ahead wait at others")
    ]
  }

  private func diskFindings() -> [Finding] {
    guard let free = freeBytes, free < Self.room.comfortable else { return [] }
    return [
      Finding(
        free < Self.room.least ? .problem : .advice, "disk",
        "\(free >> 20) MB are free where \(path) lies",
        "make room: what cannot be stored is not acknowledged, and peers go on sending it")
    ]
  }

  private func permissionFindings() -> [Finding] {
    var findings: [Finding] = []
    func look(_ path: String, _ mode: String) {
      guard (try? Self.isOpenToOthers(path)) == true else { return }
      findings.append(
        Finding(
          .problem, "keys", "\(path) can be read by others than its owner",
          "chmod \(mode) \(path)"))
    }
    look(path, "700")
    look(keys, "700")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: keys)) ?? []
    // The CA's certificate stands on the card, for everybody to read.
    for name in names.sorted() where name != "authority.der" {
      look("\(keys)/\(name)", "600")
    }
    return findings
  }

  /// A command that another user ran on the folder, as root may, leaves files that the node cannot open.
  private func ownerFindings() -> [Finding] {
    guard let owner = Self.owner(of: path) else { return [] }
    let names = FileManager.default.enumerator(atPath: path)?.allObjects as? [String] ?? []
    let foreign = names.sorted().filter { name in
      Self.owner(of: "\(path)/\(name)").map { $0 != owner } ?? false
    }
    guard let first = foreign.first else { return [] }
    let more = foreign.count > 1 ? ", as \(foreign.count - 1) more," : ""
    return [
      Finding(
        .problem, "folder", "\(path)/\(first)\(more) belongs to another user than the folder",
        "chown -R --reference=\(path) \(path), and run commands as that user: the node cannot open it"
      )
    ]
  }

  private static func owner(of path: String) -> Int? {
    let facts = try? FileManager.default.attributesOfItem(atPath: path)
    return (facts?[.ownerAccountID] as? NSNumber)?.intValue
  }
}
