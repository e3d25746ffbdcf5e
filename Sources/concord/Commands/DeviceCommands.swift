import Agreements
import ArgumentParser
import Foundation
import Node
import Records
import Replica
import Transport

struct DeviceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "device",
    abstract: "Practitioners' own nodes: make, enrol, list and revoke them.",
    discussion: """
      On the device: concord device init DIR --agency ID --name NAME, which writes DIR/device.request.
      At the agency: concord device enrol DIR REQUEST --role ROLE -o FILE.
      On the device: concord device join DIR FILE, then concord run DIR.
      """,
    subcommands: [
      Init.self, Enrol.self, Join.self, List.self, Scope.self, Renew.self, Revoke.self,
    ])

  struct Init: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a device's folder: keys of its own, and a request for its agency.")
    @OptionGroup var node: NodeArgument
    @Option(help: "The agency whose device it is.", transform: Typed.agency)
    var agency: AgencyID
    @Option(help: "What the device is called: a name in lower case, as car-12.")
    var name: String

    @Flag(
      help: "Seal the keys under a passphrase, which is asked for where no option names a secret.")
    var sealed = false
    @OptionGroup var seal: NewSealOptions

    func validate() throws { try Typed.check(device: name) }

    func run() throws {
      let under = sealed || seal.saysSomething ? try seal.seal() : nil
      let request = try DeviceJoining.create(
        in: node.folder, NodeName(agency: agency, node: name), under)
      print("wrote \(request): the agency enrols the device with it (concord device enrol)")
    }
  }

  struct Enrol: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Enrol a device, or renew its enrolment, at the agency's node.",
      discussion: """
        The file that it writes holds no secret, and lets in nobody but the device that made the
        request. A device that is enrolled once more needs the new file before it is let in again.
        """)
    @OptionGroup var node: NodeArgument
    @Argument(help: "The device's request, as concord device init wrote it.")
    var request: String
    @Option(
      help: "A role of the agency's policy, which says what it sees (concord account roles DIR).")
    var role: String
    @OptionGroup var scope: ScopeOptions
    @Option(help: "For how many days its key counts.")
    var days = LocalNode.deviceDays
    @Flag(help: "Let in again a device that was revoked.")
    var again = false
    @Option(name: [.customShort("o"), .long], help: "The file for the device to join with.")
    var output: String

    func validate() throws {
      try Typed.check(role: role)
      try Typed.check(days: days)
    }

    func run() async throws {
      let opened = try node.open()
      let read = try TextFile.read(request)
      try TextFile.checkNew(output)
      var scope = DeviceScope(labels: try opened.labels(ofRole: role))
      self.scope.apply(to: &scope)
      let (device, file) = try opened.enrolDevice(
        read.text, source: read.source, DeviceTerms(role: role, scope: scope, days: days),
        isAgain: again)
      try TextFile.create(file, at: output)
      await opened.announceChange()
      print("wrote \(output): \(device) joins with it (concord device join)")
    }
  }

  struct Join: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Join with the file that the agency wrote; again with a later one.")
    @OptionGroup var node: NodeArgument
    @Argument(help: "The file from concord device enrol.")
    var file: String
    @Option(
      help: "Where it serves its pages, as 127.0.0.1:7480: on this machine alone.",
      transform: Typed.endpoint)
    var web: Endpoint?
    @Flag(help: .hidden)
    var testClock = false

    func validate() throws {
      guard web?.isLoopback ?? true else {
        throw ValidationError(
          "--web: a device serves pages to its own machine only, as 127.0.0.1:7480")
      }
    }

    func run() throws {
      let read = try TextFile.read(file)
      let joined = try DeviceJoining.join(
        node.folder, read.text, source: read.source, web: web, testClock: testClock,
        environment: ProcessInfo.processInfo.environment, node.secret.unlocking)
      let configuration = joined.configuration
      print("\(configuration.node) syncs with its agency at \(configuration.endpoint) once it runs")
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show the agency's devices, what each may hold, and which count.")
    @OptionGroup var node: NodeArgument
    @OptionGroup var output: JSONFlag

    func run() throws {
      let opened = try node.open()
      let facts = try opened.devices().map { DeviceFacts($0, at: opened.clock.now()) }
      guard !output.json else { return try printJSON(facts) }
      if facts.isEmpty { print("No devices (concord device enrol).") }
      for fact in facts { print(fact.text) }
    }
  }

  struct Scope: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Set anew what a device may hold.",
      discussion: """
        What it may no longer have is taken back when it next connects; what it wrote itself stays.
        What is not said stays as it is.
        """)
    @OptionGroup var node: NodeArgument
    @Argument(help: "The device's name.")
    var name: String
    @Option(help: "What the device is used as from now on.")
    var role: String?
    @OptionGroup var scope: ScopeOptions

    func validate() throws {
      if let role { try Typed.check(role: role) }
      guard role != nil || scope.saysSomething else {
        throw ValidationError("say what is to change: --role, --sees or --caseload")
      }
    }

    func run() async throws {
      let opened = try node.open()
      let labels = try role.map(opened.labels(ofRole:))
      let device = try opened.rescopeDevice(name, role: role) { held in
        if let labels { held.labels = labels }
        scope.apply(to: &held)
      }
      await opened.announceChange()
      print(DeviceFacts(device, at: opened.clock.now()).text)
    }
  }

  struct Renew: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Renew a device's key and certificate, before they expire.",
      discussion: """
        A device that still connects gets the new certificate over its link, and uses it from its next start \
        on. The file is for one that is out of reach until after the old one has expired.
        """)
    @OptionGroup var node: NodeArgument
    @Argument(help: "The device's name.")
    var name: String
    @Option(help: "For how many days from now its key counts.")
    var days = LocalNode.deviceDays
    @Option(name: [.customShort("o"), .long], help: "A file for the device to join with.")
    var output: String?

    func validate() throws { try Typed.check(days: days) }

    func run() async throws {
      let opened = try node.open()
      if let output { try TextFile.checkNew(output) }
      let (device, file) = try opened.renewDevice(name, days: days)
      if let output { try TextFile.create(file, at: output) }
      await opened.announceChange()
      let further = output.map { ", or with \($0)" } ?? ""
      print("\(device) is renewed for \(days) days: it hears of it when it next connects\(further)")
    }
  }

  struct Revoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Revoke a device: it is let in no more, and nothing that it wrote since counts.",
      discussion: "What the agency took in from it before stays.")
    @OptionGroup var node: NodeArgument
    @Argument(help: "The device's name.")
    var name: String

    func run() async throws {
      let opened = try node.open()
      let since = try opened.revokeDevice(name)
      // Links begin anew: one that stands with the device ends now.
      await opened.announceAgreement()
      print("\(opened.agency)/\(name) counts no more, since \(since)")
    }
  }
}

/// What a device may hold, as typed.
struct ScopeOptions: ParsableArguments {
  @Option(
    parsing: .upToNextOption,
    help: "The labels of the fields that the role sees; by default all.")
  var sees: [String] = []
  @Option(
    parsing: .upToNextOption,
    help: "The records of its caseload, with what belongs to them; by default all.",
    transform: Typed.record)
  var caseload: [RecordID] = []
  @Flag(help: "The role sees fields of all labels.")
  var seesAll = false
  @Flag(help: "All records are of its caseload.")
  var allRecords = false
  @Flag(help: "No record is of its caseload but those that it begins itself.")
  var noRecords = false

  var saysSomething: Bool {
    !sees.isEmpty || !caseload.isEmpty || seesAll || allRecords || noRecords
  }

  func validate() throws {
    for label in sees where !Name.isValid(label) {
      throw ValidationError("--sees: expected labels, as identity or notice")
    }
    guard sees.isEmpty || !seesAll else {
      throw ValidationError("--sees and --sees-all contradict each other")
    }
    guard [!caseload.isEmpty, allRecords, noRecords].filter({ $0 }).count < 2 else {
      throw ValidationError("--caseload, --all-records and --no-records contradict each other")
    }
  }

  func apply(to scope: inout DeviceScope) {
    if !sees.isEmpty { scope.labels = Set(sees) }
    if seesAll { scope.labels = nil }
    if !caseload.isEmpty { scope.caseload = Set(caseload) }
    if allRecords { scope.caseload = nil }
    if noRecords { scope.caseload = [] }
  }
}

extension Typed {
  static func check(device name: String) throws {
    guard Name.isValid(name), name != NodeName.agencyNode else {
      throw ValidationError("--name: expected a name in lower case, as car-12, and not agency")
    }
  }

  static func check(days: Int) throws {
    guard (1...3650).contains(days) else { throw ValidationError("--days: expected 1 to 3650") }
  }

  static func check(role: String) throws {
    guard Name.isValid(role) else {
      throw ValidationError("--role: expected a name in lower case, as officer")
    }
  }
}
