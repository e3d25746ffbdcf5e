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
  /// Where the web pages will be served, where wanted.
  public let web: Endpoint?
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
    var alert: String?
    var test_clock: Bool?
  }

  private static let keys = [
    "agency", "kind", "name", "federation", "device", "listen", "endpoint", "web", "alert",
    "test_clock",
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
      alert: try fields.optional("alert").map(Self.program), testClock: testClock ?? false)
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
      endpoint: endpoint.description, web: web?.description,
      alert: alert, test_clock: testClock ? true : nil)
    return try YAMLEncoder().encode(file)
  }
}
