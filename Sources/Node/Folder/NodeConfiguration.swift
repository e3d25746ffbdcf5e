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
  /// Where this node listens.
  public let listen: Endpoint
  /// Where others reach it; as the card says.
  public let endpoint: Endpoint
  /// Where the web pages will be served, where wanted.
  public let web: Endpoint?
  /// Whether `CONCORD_NOW` sets the clock. Never on a node in service.
  public let testClock: Bool

  /// The node's full name.
  public var node: NodeName { NodeName(agency: agency) }

  /// States a configuration.
  public init(
    agency: AgencyID, kind: AgencyKind, name: String, federation: String = "concord",
    listen: Endpoint, endpoint: Endpoint, web: Endpoint? = nil, testClock: Bool = false
  ) {
    self.agency = agency
    self.kind = kind
    self.name = name
    self.federation = federation
    self.listen = listen
    self.endpoint = endpoint
    self.web = web
    self.testClock = testClock
  }
}

extension NodeConfiguration {
  private struct File: Codable {
    var agency: String
    var kind: String
    var name: String
    var federation: String
    var listen: String
    var endpoint: String
    var web: String?
    var test_clock: Bool?
  }

  private static let keys: Set<String> = [
    "agency", "kind", "name", "federation", "listen", "endpoint", "web", "test_clock",
  ]

  /// Reads the file's text.
  /// - Throws: `NodeError` that names the file and the key.
  public init(yaml text: String, source: String) throws(NodeError) {
    let file: File
    do {
      let keys = try Yams.load(yaml: text) as? [String: Any] ?? [:]
      let unknown = keys.keys.filter { !Self.keys.contains($0) }.sorted()
      guard unknown.isEmpty else {
        throw NodeError("\(source): unknown \(unknown.joined(separator: ", "))")
      }
      file = try YAMLDecoder().decode(File.self, from: text)
    } catch let error as NodeError {
      throw error
    } catch DecodingError.keyNotFound(let key, _) {
      throw NodeError("\(source): \(key.stringValue) is missing")
    } catch {
      throw NodeError("\(source): not the YAML of a node's configuration")
    }
    func read<T>(_ key: String, _ value: T?, _ expected: String) throws(NodeError) -> T {
      guard let value else { throw NodeError("\(source): \(key): expected \(expected)") }
      return value
    }
    let address = "host:port"
    self.init(
      agency: try read("agency", AgencyID(file.agency), "an agency id as school.107001"),
      kind: try read("kind", AgencyKind(rawValue: file.kind), "a kind of agency"),
      name: file.name,
      federation: try read(
        "federation", Name.isValid(file.federation) ? file.federation : nil, "a name"),
      listen: try read("listen", Endpoint(file.listen), address),
      endpoint: try read("endpoint", Endpoint(file.endpoint), address),
      web: try file.web.map { text throws(NodeError) in try read("web", Endpoint(text), address) },
      testClock: file.test_clock ?? false)
  }

  /// The file's text.
  public func yaml() throws -> String {
    let file = File(
      agency: agency.description, kind: kind.rawValue, name: name, federation: federation,
      listen: listen.description, endpoint: endpoint.description, web: web?.description,
      test_clock: testClock ? true : nil)
    return try YAMLEncoder().encode(file)
  }
}
