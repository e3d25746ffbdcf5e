import Foundation
import Logging
import NIOCore
import NIOPosix
import Records
import SyncProtocol
import Synchronization
import Testing

@testable import Transport

/// Lines that a listener logged, and what its connections came to.
final class Journal: Sendable {
  private let lines = Mutex<[String]>([])

  func note(_ line: String) { lines.withLock { $0.append(line) } }

  /// Waits for a line with these words and takes everything out.
  func take(_ words: String, seconds: Double = 60) async throws -> [String] {
    let end = Date().addingTimeInterval(seconds)
    while Date() < end {
      if lines.withLock({ $0.contains { $0.contains(words) } }) { break }
      try await Task.sleep(for: .milliseconds(10))
    }
    return lines.withLock { lines in
      defer { lines = [] }
      return lines
    }
  }
}

/// Keeps what is logged.
struct JournalHandler: LogHandler {
  let journal: Journal
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.info

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let details = ["agency", "count", "reason"].compactMap { key in
      event.metadata?[key].map { "\($0)" }
    }
    journal.note(([event.message.description] + details).joined(separator: " "))
  }
}

/// An agency with its CA, for one federation.
struct TLSAgency: Sendable {
  let node: NodeName
  let authority: CertificateAuthority
  let identity: TLSIdentity

  /// - Parameters:
  ///   - other: the agency whose CA signs, if not its own.
  ///   - issued: when the certificate of the node was issued; it lasts a year.
  ///   - end: when it ends, if sooner.
  init(
    _ id: String, federation: String = "test", node name: String = NodeName.agencyNode,
    signedBy other: TLSAgency? = nil, issued: Date = Date(), until end: Date? = nil
  ) throws {
    node = NodeName(agency: try #require(AgencyID(id)), node: name)
    authority =
      try other?.authority
      ?? CertificateAuthority(for: node.agency, federation: federation, now: issued)
    let keyPEM = CertificateAuthority.newKeyPEM()
    guard let end else {
      identity = try authority.issue(
        for: node, federation: federation, keyPEM: keyPEM, now: issued)
      return
    }
    let certificate = try authority.certify(
      node, federation: federation, publicKey: try CertificateAuthority.publicKey(of: keyPEM),
      from: issued, until: end)
    identity = try TLSIdentity(
      certificate: certificate, authorities: [authority.der], keyPEM: keyPEM, for: node,
      federation: federation)
  }
}

/// A listener of the police that has pinned care, and answers pings.
struct Listening: Sendable {
  let police: TLSAgency
  let care: TLSAgency
  /// The police's own devices that are let in, by name.
  let devices: [String: TLSAgency]
  let journal = Journal()
  let endpoint: Endpoint
  private let listener: TLSListener
  private let task: Task<Void, any Error>

  /// - Parameters:
  ///   - careSince: when care's CA and certificate were issued.
  ///   - more: CAs that are pinned beside care's.
  ///   - names: what the police's own devices are called.
  ///   - window: for how long a refused address gets no second line.
  ///   - limits: those of each connection.
  init(
    careSince: Date = Date(), pinning more: [AgencyID: Data] = [:], devices names: [String] = [],
    window: Duration = .seconds(10), limits: LinkLimits = LinkLimits()
  ) async throws {
    police = try TLSAgency("police.here")
    care = try TLSAgency("care.there", issued: careSince)
    let police = police
    devices = Dictionary(
      uniqueKeysWithValues: try names.map {
        ($0, try TLSAgency("police.here", node: $0, signedBy: police))
      })
    let own = Pins.OwnDevices(
      authorities: [police.authority.der], certificates: devices.mapValues { [$0.identity.leaf] })
    let pins = Pins(
      federation: "test", own: police.node.agency,
      authorities: more.merging([care.node.agency: care.authority.der]) { $1 }.mapValues { [$0] },
      devices: names.isEmpty ? nil : own)
    let journal = journal
    let logger = Logger(label: "test") { _ in JournalHandler(journal: journal) }
    let listener = try await TLSListener(
      on: Endpoint(host: "127.0.0.1", port: 0), identity: police.identity,
      limits: limits, group: .singletonMultiThreadedEventLoopGroup, logger: logger,
      refusals: RefusalLog(logger, window: window), pins: { pins })
    self.listener = listener
    endpoint = Endpoint(host: "127.0.0.1", port: listener.port)
    task = Task {
      try await listener.run { connection in
        do {
          try await connection.use { reader, writer in
            try await reader.forEach { message in
              guard case .ping(let id) = message else { return }
              try await writer.write(.pong(id))
            }
          }
          journal.note("closed in order")
        } catch {
          journal.note("broken: \(error)")
        }
      }
    }
  }

  func stop() { task.cancel() }

  /// Dials as an agency, expecting one, with the CA pinned for it.
  func dial(
    as agency: TLSAgency, expecting expected: TLSAgency? = nil, pinned: TLSAgency? = nil
  ) async throws -> Connection {
    let dialer = TLSDialer(
      identity: agency.identity, federation: "test", group: .singletonMultiThreadedEventLoopGroup)
    return try await dialer.connect(
      to: endpoint, agency: (expected ?? police).node.agency,
      authorities: [(pinned ?? police).authority.der])
  }

  /// Whether care is let in and answered.
  func serves() async throws -> Bool {
    try await answers(try await dial(as: care))
  }

  /// Whether a ping over a connection is answered.
  func answers(_ connection: Connection) async throws -> Bool {
    let answered = Mutex(false)
    try await connection.use { reader, writer in
      try await writer.write(.ping(7))
      do {
        try await reader.forEach { message in
          if message == .pong(7) {
            answered.withLock { $0 = true }
            throw CancellationError()
          }
        }
      } catch is CancellationError {}
    }
    return answered.withLock { $0 }
  }

  /// Sends bytes by OpenSSL's own client, an implementation that shares nothing with ours. It stays a
  /// moment: whoever hangs up on an answer that lies unread resets the connection instead of ending it.
  func openSSL(
    _ bytes: Data, as agency: TLSAgency?, options: [String] = ["-tls1_3"],
    around command: (String) -> String = { "( cat; sleep 1 ) | \($0)" }
  ) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "concord-tls-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let input = folder.appendingPathComponent("input")
    try bytes.write(to: input)
    var arguments =
      ["s_client", "-connect", endpoint.description, "-quiet", "-no_ign_eof"] + options
    if let agency {
      let certificate = folder.appendingPathComponent("leaf.pem")
      let base64 = agency.identity.leaf.base64EncodedString(options: .lineLength64Characters)
      let pem = "-----BEGIN CERTIFICATE-----\n\(base64)\n-----END CERTIFICATE-----\n"
      try Data(pem.utf8).write(to: certificate)
      let key = folder.appendingPathComponent("key.pem")
      try Data(agency.identity.keyPEM.utf8).write(to: key)
      arguments += ["-cert", certificate.path, "-key", key.path]
    }
    let script = command((["openssl"] + arguments).joined(separator: " "))
    try await run("bash", ["-c", script], input: FileHandle(forReadingFrom: input))
  }

  /// As `openSSL`, but the client is killed without a goodbye once it has sent the bytes.
  func openSSLKilled(_ bytes: Data, as agency: TLSAgency) async throws {
    try await openSSL(
      bytes, as: agency, options: ["-tls1_3"],
      around: { "( cat; sleep 3 ) | timeout --signal=KILL 1 \($0)" })
  }

  /// Opens connections that say nothing, and holds them until the work is done: a clock would let
  /// them go before a busy machine has looked at them.
  func silence(_ count: Int, during work: () async throws -> Void) async throws {
    let bootstrap = ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
    var channels = [any Channel]()
    for _ in 0..<count {
      channels.append(
        try await bootstrap.connect(host: endpoint.host, port: endpoint.port).get())
    }
    let outcome: Result<Void, any Error>
    do { outcome = .success(try await work()) } catch { outcome = .failure(error) }
    // Those that were refused are closed already.
    for channel in channels { try? await channel.close() }
    try outcome.get()
  }

  /// Opens a plain socket, says something that is not TLS, and waits to be hung up on.
  func plainText() async throws {
    let script = "exec 3<>/dev/tcp/127.0.0.1/\(endpoint.port); echo hello >&3; cat <&3"
    try await run("bash", ["-c", script], input: .nullDevice)
  }

  /// Runs a program for 5 s at most, without holding a thread that the listener needs.
  private func run(_ program: String, _ arguments: [String], input: FileHandle) async throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/timeout")
    process.arguments = ["5", program] + arguments
    process.standardInput = input
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
      process.terminationHandler = { _ in done.resume() }
      do { try process.run() } catch {
        process.terminationHandler = nil
        done.resume(throwing: error)
      }
    }
  }
}
