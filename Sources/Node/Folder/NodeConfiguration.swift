import Agreements
import Foundation
public import Records
public import Transport
import Yams

/// What `concord.yaml` in a node's folder says.
public struct NodeConfiguration: Hashable, Sendable {
  public let agency: AgencyID
  public let kind: AgencyKind
  public let name: String
  /// Nodes of different federations never talk.
  public let federation: String
  /// Where this node listens. A device does not.
  public let listen: Endpoint
  /// Where others reach it, as the card says; of a device, where it reaches its agency's node.
  public let endpoint: Endpoint
  /// Which of the agency's devices this is; nothing for the agency's own node.
  public let device: String?
  /// Where the practitioners' pages are served, where wanted: on loopback without TLS, else with it.
  public let web: Endpoint?
  /// The certificate and key with which pages are served elsewhere than on loopback, PEM, where the agency
  /// has ones that its browsers know: absolute paths. Without them the node's own CA vouches.
  public let webCertificate: String?
  public let webKey: String?
  /// Where the node's measures are served for Prometheus, where wanted: over HTTP, to whoever reaches it.
  public let metrics: Endpoint?
  /// The program that tells people outside the node that something waits, where wanted: an absolute path.
  public let alert: String?
  /// Whether `CONCORD_NOW` sets the clock. Never on a node in service.
  public let testClock: Bool

  /// The node's full name.
  public var node: NodeName { NodeName(agency: agency, node: device ?? NodeName.agencyNode) }

  /// States a configuration.
  public init(
    agency: AgencyID, kind: AgencyKind, name: String, federation: String = "concord",
    listen: Endpoint, endpoint: Endpoint, device: String? = nil, web: Endpoint? = nil,
    webCertificate: String? = nil, webKey: String? = nil, metrics: Endpoint? = nil,
    alert: String? = nil, testClock: Bool = false
  ) {
    self.device = device
    self.agency = agency
    self.kind = kind
    self.name = name
    self.federation = federation
    self.listen = listen
    self.endpoint = endpoint
    self.web = web
    self.webCertificate = webCertificate
    self.webKey = webKey
    self.metrics = metrics
    self.alert = alert
    self.testClock = testClock
  }
}

extension NodeConfiguration {
  private struct File: Encodable {
    var agency: String
    var kind: String
    var name: String
    var federation: String
    var device: String?
    var listen: String?
    var endpoint: String
    var web: String?
    var web_certificate: String?
    var web_key: String?
    var metrics: String?
    var alert: String?
    var test_clock: Bool?
  }

  private static let keys = [
    "agency", "kind", "name", "federation", "device", "listen", "endpoint", "web",
    "web_certificate", "web_key", "metrics", "alert", "test_clock",
  ]

  /// Reads the file's text.
  /// - Throws: `NodeError` that names the file, the line and the key.
  public init(yaml text: String, source: String) throws(NodeError) {
    do {
      try self.init(try YAMLReader(text, source: source).mapping(Self.keys))
    } catch {
      throw NodeError(error.description)
    }
  }

  /// Reads a node's.
  init(in folder: NodeFolder) throws(NodeError) {
    try self.init(
      yaml: String(decoding: try NodeFolder.read(folder.configuration), as: UTF8.self),
      source: folder.configuration)
  }

  private init(_ fields: YAMLFields) throws(DocumentError) {
    let testClock = try fields.optional("test_clock")?.boolean()
    let device = try fields.optional("device")?.name()
    self.init(
      agency: try fields.required("agency").agency(),
      kind: try fields.required("kind").kind(),
      name: try fields.required("name").read(Self.expectedName) {
        Self.isName($0) ? $0 : nil
      },
      federation: try fields.required("federation").name(),
      listen: device == nil ? try Self.endpoint(try fields.required("listen")) : Self.nowhere,
      endpoint: try Self.endpoint(try fields.required("endpoint")), device: device,
      web: try fields.optional("web").map(Self.endpoint),
      webCertificate: try fields.optional("web_certificate").map(Self.file),
      webKey: try fields.optional("web_key").map(Self.file),
      metrics: try fields.optional("metrics").map(Self.endpoint),
      alert: try fields.optional("alert").map(Self.program), testClock: testClock ?? false)
  }

  private static func file(_ reader: YAMLReader) throws(DocumentError) -> String {
    try reader.read("the absolute path of a PEM file") {
      $0.hasPrefix("/") && PrintableText.isLine($0) ? $0 : nil
    }
  }

  /// What stands for the address of a node that does not listen.
  static let nowhere = Endpoint(host: "127.0.0.1", port: 0)

  private static func program(_ reader: YAMLReader) throws(DocumentError) -> String {
    try reader.read("the absolute path of a program, which gets one fixed sentence") {
      $0.hasPrefix("/") && PrintableText.isLine($0) ? $0 : nil
    }
  }

  private static func endpoint(_ reader: YAMLReader) throws(DocumentError) -> Endpoint {
    try reader.read("HOST:PORT") { Endpoint($0) }
  }

  /// Whether a text can stand as an agency's name on cards and screens.
  public static func isName(_ text: String) -> Bool {
    !text.allSatisfy(\.isWhitespace) && text.utf8.count <= nameBytes && PrintableText.isLine(text)
  }

  /// What `isName` wants, in words.
  public static let expectedName = "a name of one line, at most \(nameBytes) bytes"

  private static let nameBytes = 200

  /// The file's text.
  public func yaml() throws -> String {
    let file = File(
      agency: agency.description, kind: kind.rawValue, name: name, federation: federation,
      device: device, listen: device == nil ? listen.description : nil,
      endpoint: endpoint.description, web: web?.description, web_certificate: webCertificate,
      web_key: webKey, metrics: metrics?.description, alert: alert,
      test_clock: testClock ? true : nil)
    return try YAMLEncoder().encode(file)
  }
}
