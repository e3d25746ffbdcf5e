import Agreements
import Floor
import Foundation
import Node
import Records
import Replica
import Transport

/// One node of a benchmark: its folder, and the process that runs on it as `concord run` would.
final class BenchNode {
  let node: LocalNode
  private(set) var process: NodeProcess?

  /// - Parameter sealsValues: whether values lie sealed in its file, as they do unless somebody says otherwise.
  init(
    _ id: AgencyID, kind: AgencyKind, under folder: String, sealsValues: Bool = true
  ) throws {
    let endpoint = Endpoint(host: "127.0.0.1", port: try FreePort.find())
    node = try LocalNode.create(
      in: NodeFolder("\(folder)/\(id)"),
      NodeConfiguration(
        agency: id, kind: kind, name: "Bench \(id)", listen: endpoint, endpoint: endpoint),
      sealsValues: sealsValues)
  }

  var id: AgencyID { node.agency }
  var file: String { node.folder.replica }
  var bytes: Int { Files.replicaBytes(file) }

  /// The agency's own key, from its file.
  func signingKey() throws -> SigningKey {
    let text = try String(contentsOfFile: node.folder.path + "/keys/signing.key", encoding: .utf8)
    guard let seed = Data(base64Encoded: text), let key = SigningKey(seed: seed) else {
      throw BenchError("the key of \(id) cannot be read")
    }
    return key
  }

  func start() throws { process = try NodeProcess(node.folder) }

  func stop() {
    process?.stop()
    process = nil
  }

  /// The process, which must run.
  func running() throws -> NodeProcess {
    guard let process else { throw BenchError("\(id) does not run") }
    return process
  }

  /// How many changes the replica has taken in, ever.
  func changes() throws -> Int { try number(Self.changesTakenIn) }
  static let changesTakenIn = "SELECT coalesce(max(no), 0) FROM change"

  /// A number that a statement gives on the replica's file.
  func number(_ sql: String) throws -> Int {
    let watch = try Watch(file, sql)
    return watch.number
  }

  /// Waits until the replica has taken in so many changes in all.
  /// - Returns: when it had.
  @discardableResult
  func reaches(_ changes: Int, seconds: Double = 600) throws -> Moment {
    let watch = try Watch(file, Self.changesTakenIn)
    return try watch.waits(for: "\(id) to hold \(changes) changes", seconds: seconds) {
      $0 >= changes
    }
  }
}

/// Looks at a number in a replica's file, as another process may.
final class Watch {
  private let handle: OpaquePointer

  init(_ path: String, _ sql: String) throws {
    var opened: OpaquePointer?
    try check(floor_watch_open(path, sql, &opened))
    guard let opened else { throw BenchError("cannot watch \(path)") }
    handle = opened
  }

  deinit { floor_watch_close(handle) }

  var number: Int { Int(floor_watch_number(handle)) }

  /// Looks again and again until the number is as wished.
  /// - Parameter pause: seconds between two looks; none to look all the time.
  func waits(
    for what: String, seconds: Double, pause: Double = 0.002, _ condition: (Int) -> Bool
  ) throws -> Moment {
    let start = Moment.now
    while true {
      let found = number
      let moment = Moment.now
      if condition(found) { return moment }
      guard moment.seconds(since: start) < seconds else {
        throw BenchError("waited \(Int(seconds)) s in vain for \(what): \(found)")
      }
      if pause > 0 { Moment.pause(pause) }
    }
  }
}

/// A port of this machine that nobody listens on.
enum FreePort {
  static func find() throws -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let code = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(descriptor, address, length) == 0 ? getsockname(descriptor, address, &length) : -1
      }
    }
    guard code == 0 else { throw BenchError("no free port") }
    return Int(UInt16(bigEndian: address.sin_port))
  }
}
