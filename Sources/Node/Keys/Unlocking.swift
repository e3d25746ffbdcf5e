import Crypto
public import Foundation

/// Where the secrets come from under which keys and backups are sealed. None of them ever stands in an
/// argument or in the environment; the path of a file may.
public struct Unlocking: Sendable {
  /// The folder in which systemd passes credentials to a service.
  let credentials: String?
  /// The secret that the person who runs the command names a file of; nothing where they name none.
  let given: @Sendable (Seal.Kind) throws -> Data?
  /// Asks a person for a passphrase; nothing where nobody can be asked.
  let ask: @Sendable (_ what: String) throws -> Data?

  /// States where secrets come from.
  public init(
    environment: [String: String] = [:],
    given: @escaping @Sendable (Seal.Kind) throws -> Data? = { _ in nil },
    ask: @escaping @Sendable (_ what: String) throws -> Data? = { _ in nil }
  ) {
    credentials = environment["CREDENTIALS_DIRECTORY"]
    self.given = given
    self.ask = ask
  }

  /// Opens a seal.
  /// - Parameters:
  ///   - path: what is sealed, for the person to read.
  ///   - folder: the node's, where one that runs on it has the key already.
  /// - Throws: `NodeError` where the secret is wrong, or cannot be had.
  func open(_ seal: Seal, of path: String, running folder: NodeFolder? = nil) throws -> OpenSeal {
    if let secret = try given(seal.kind) { return try open(seal, secret, path) }
    if seal.kind == .keyFile { return try open(seal, try NodeFolder.readPrivate(seal.name), path) }
    if seal.kind == .credential, let file = credential(seal.name) {
      return try open(seal, try NodeFolder.read(file), path)
    }
    if let key = folder.flatMap(KeyAgent.key), let open = OpenSeal(seal, key: key) { return open }
    guard seal.kind == .passphrase else {
      throw NodeError(
        "\(path) is sealed under the systemd credential \(seal.name): start the node's unit first, or "
          + "name a file that holds it (--passphrase-file)")
    }
    guard let secret = try ask("Passphrase of \(path): ") else {
      throw NodeError(
        "\(path) is sealed under a passphrase: say in which file it stands (--passphrase-file), or run "
          + "this at a terminal")
    }
    return try open(seal, secret, path)
  }

  private func open(_ seal: Seal, _ secret: Data, _ path: String) throws(NodeError) -> OpenSeal {
    guard let open = try OpenSeal(seal, secret: secret) else {
      let what =
        switch seal.kind {
        case .passphrase: "the passphrase is not the one"
        case .keyFile: "\(seal.name) is not the key"
        case .credential: "the credential \(seal.name) is not the one"
        }
      throw NodeError("\(what) under which \(path) is sealed: nothing was opened or changed")
    }
    return open
  }

  private func credential(_ name: String) -> String? {
    guard let credentials, !name.contains("/") else { return nil }
    let path = credentials + "/" + name
    return access(path, R_OK) == 0 ? path : nil
  }
}

/// Asks the node that runs on a folder for the key that opens its seal, so that commands beside it need no
/// passphrase. Whoever reaches its socket is the user as whom it runs, and could read its memory as well.
enum KeyAgent {
  /// Nothing where no node runs there, or its keys are not sealed.
  static func key(of folder: NodeFolder) -> SymmetricKey? {
    guard access(folder.controlSocket, F_OK) == 0, let socket = try? ControlSocket(folder),
      let reply = try? ask(at: socket.path), let bytes = reply.key, bytes.count == 32
    else { return nil }
    return SymmetricKey(data: bytes)
  }

  /// What opens a seal is needed before anything runs that could wait in another way.
  private static func ask(at path: String) throws -> ControlReply? {
    let file = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var patience = timeval(tv_sec: 5, tv_usec: 0)
    setsockopt(
      file, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let room = MemoryLayout.size(ofValue: address.sun_path)
    guard path.utf8.count < room else { return nil }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8) + [0]) }
    let isConnected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(file, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
      }
    }
    guard isConnected else { return nil }
    let request = try JSONEncoder().encode(ControlRequest.unseal) + Data("\n".utf8)
    guard request.withUnsafeBytes({ write(file, $0.baseAddress, $0.count) }) == request.count else {
      return nil
    }
    var line = Data()
    var part = [UInt8](repeating: 0, count: 4_096)
    while !line.contains(UInt8(ascii: "\n")) {
      let count = read(file, &part, part.count)
      guard count > 0 else { return nil }
      line.append(contentsOf: part.prefix(count))
    }
    return try JSONDecoder().decode(ControlReply.self, from: line)
  }
}
