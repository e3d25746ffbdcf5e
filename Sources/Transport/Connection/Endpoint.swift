/// Where a node listens: a host name or address, and a port.
public struct Endpoint: Hashable, Sendable, CustomStringConvertible {
  public let host: String
  /// 0 where any free port will do.
  public let port: Int

  /// States host and port.
  public init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  /// Reads `host:port` or `[v6 address]:port`; nothing where the text is neither.
  public init?(_ text: String) {
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...])
    else { return nil }
    var host = String(text[..<colon])
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = String(host.dropFirst().dropLast())
    } else if host.contains(":") {
      return nil
    }
    guard !host.isEmpty, !host.contains(where: \.isWhitespace) else { return nil }
    self.init(host: host, port: Int(port))
  }

  /// Whether others can dial it: no wildcard address, and a port that is known.
  public var isDialable: Bool { port != 0 && !Self.wildcards.contains(host) }

  /// Whether only this machine can reach it.
  public var isLoopback: Bool {
    host == "localhost" || host == "::1" || host.hasPrefix("127.")
  }

  private static let wildcards: Set<String> = ["0.0.0.0", "::", "*"]

  public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
