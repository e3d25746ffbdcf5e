import Agreements
import ArgumentParser
import Foundation
import Node
import Records
import Transport

struct Init: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make a node: keys, its own CA, a configuration, an empty replica.")

  @OptionGroup var node: NodeArgument
  @Option(
    help: "The agency's id, as police.south-yorkshire or school.107001 (its URN).",
    transform: Typed.agency)
  var agency: AgencyID
  @Option(help: "police, school, care, health or support.")
  var kind: AgencyKind
  @Option(help: "What people call the agency.")
  var name: String
  @Option(
    help: "Where the node listens, HOST:PORT; by default a free port on this machine only.",
    transform: Typed.endpoint)
  var listen: Endpoint?
  @Option(help: "Where others reach it, HOST:PORT, if not there.", transform: Typed.endpoint)
  var endpoint: Endpoint?
  @Option(help: "Where its web pages will be served, HOST:PORT.", transform: Typed.endpoint)
  var web: Endpoint?
  @Option(help: "Nodes of different federations never talk.")
  var federation = "concord"
  @Flag(
    help: "Seal the keys under a passphrase, which is asked for where no option names a secret.")
  var sealed = false
  @OptionGroup var seal: NewSealOptions
  @Flag(
    help: "Leave values in the open on disk: what is erased stays readable in backups and old logs."
  )
  var unsealedValues = false
  @Flag(help: .hidden)
  var testClock = false

  func validate() throws {
    guard NodeConfiguration.isName(name) else {
      throw ValidationError("--name: expected \(NodeConfiguration.expectedName)")
    }
    guard Name.isValid(federation) else {
      throw ValidationError("--federation: expected a name in lower case")
    }
    // Others write this id into records, where it must tell its kind.
    guard agency.namedKind == kind, agency.isPlausible else {
      throw ValidationError(
        kind == .school
          ? "--agency: a school's id is school. and its URN"
          : "--agency: expected \(kind.rawValue). and a name, as the kind says")
    }
    guard endpoint != nil || listen?.isDialable ?? true else {
      throw ValidationError(
        "--listen: nobody can dial this address; say with --endpoint where others reach the node")
    }
    guard endpoint?.isDialable ?? true else {
      throw ValidationError("--endpoint: expected an address and a port that others can dial")
    }
  }

  func run() throws {
    let listen = try listen ?? Endpoint(host: "127.0.0.1", port: FreePort.find())
    let configuration = NodeConfiguration(
      agency: agency, kind: kind, name: name, federation: federation, listen: listen,
      endpoint: endpoint ?? listen, web: web, testClock: testClock)
    // What cannot be read is said before anything is made.
    let under = sealed || seal.saysSomething ? try seal.seal() : nil
    let made = try LocalNode.create(
      in: node.folder, configuration, under, sealsValues: !unsealedValues)
    print("\(made.agency) in \(made.folder.path), listening on \(listen) once it runs")
  }
}

struct Join: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Join under an agreement, with the file that the admitting agency wrote.")
  @OptionGroup var node: NodeArgument
  @Argument(help: "The file from concord admit.")
  var file: String

  func run() async throws {
    let opened = try node.open()
    let read = try TextFile.read(file)
    let membership = try opened.join(read.text, source: read.source)
    await opened.announceAgreement()
    print("\(opened.agency) is a member under \(membership.lineage)")
  }
}

/// A port that nobody listens on now.
enum FreePort {
  static func find() throws -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw NodeError("no free port on this machine") }
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
      }
    }
    guard isBound else { throw NodeError("no free port on this machine") }
    return Int(UInt16(bigEndian: address.sin_port))
  }
}
