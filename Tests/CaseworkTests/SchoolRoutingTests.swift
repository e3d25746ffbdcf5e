import Casework
import Foundation
import Records
import TestSupport
import Testing

/// All schools of England and all links between them.
private enum England {
  static func text(_ name: String) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      "gzip", "-dc", repositoryRoot.appendingPathComponent("Protocol/data/\(name).gz").path,
    ]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return try #require(String(data: bytes, encoding: .windowsCP1252))
  }

  static func schools() throws -> SchoolDirectory {
    try SchoolDirectory(csv: text("gias-establishments.csv"), source: "schools")
  }

  static func links() throws -> SchoolLinks {
    try SchoolLinks(csv: text("gias-links.csv"), source: "links")
  }
}

@Suite struct SchoolRoutingTests {
  /// No route ends at a closed school that has an open successor, whichever school a child is
  /// registered at: checked against a walk of the test's own.
  @Test func noRouteOfEnglandEndsAtAClosedSchool() throws {
    let (directory, links) = (try England.schools(), try England.links())
    #expect(directory.schools.count == 51_012)
    #expect(links.count == 33_801)
    let routing = SchoolRouting(directory, links)
    var counts: [String: Int] = [:]
    for school in directory.schools {
      let reachable = Self.openSuccessors(of: school.urn, directory, links)
      switch routing.destination(of: school.urn) {
      case .school(let urn, let via):
        let isOpen = directory.school(urn)?.isOpen ?? false
        #expect(isOpen, "\(school.urn) goes to \(urn), which is not open")
        #expect(via.isEmpty == school.isOpen)
        if !school.isOpen { #expect(reachable.contains(urn)) }
        counts[via.isEmpty ? "open" : "successor", default: 0] += 1
      case .choice(let choice, _):
        #expect(!school.isOpen && reachable.isSubset(of: choice))
        counts["a person chooses", default: 0] += 1
      case .none(let reason):
        #expect(reachable.isEmpty, "\(school.urn) has an open successor and goes nowhere")
        switch reason {
        case .unknown: counts["unknown", default: 0] += 1
        case .closed: counts["closed", default: 0] += 1
        case .successorUnknown: counts["successor unknown", default: 0] += 1
        case .notOpenYet: counts["not open yet", default: 0] += 1
        }
      }
    }
    #expect(counts["open"] == 27_108)
    print("Routes of 51,012 schools over 33,801 links: \(counts.sorted { $0.key < $1.key })")
    #expect(counts["successor", default: 0] > 8_000)
    #expect(counts["a person chooses", default: 0] > 0)
  }

  /// The open schools that follow a closed one, found by going over the links until nothing is new.
  private static func openSuccessors(
    of urn: URN, _ directory: SchoolDirectory, _ links: SchoolLinks
  ) -> Set<URN> {
    var seen: Set<URN> = [urn]
    var open: Set<URN> = []
    var last: Set<URN> = [urn]
    while !last.isEmpty {
      var next: Set<URN> = []
      for one in last {
        for successor in links.successors(of: one) where seen.insert(successor).inserted {
          if directory.school(successor)?.isOpen == true {
            open.insert(successor)
          } else {
            next.insert(successor)
          }
        }
      }
      last = next
    }
    return open
  }

  private static let schools = """
    URN,EstablishmentName,LA (name),PhaseOfEducation (name),Gender (name),EstablishmentStatus (name)
    100001,Open,A,Primary,Mixed,Open
    100002,Old,A,Primary,Mixed,Closed
    100003,Older,A,Primary,Mixed,Closed
    100004,Split,A,Primary,Mixed,Closed
    100005,Gone,A,Primary,Mixed,Closed
    100006,Round,A,Primary,Mixed,Closed
    100007,Planned,A,Primary,Mixed,Proposed to open
    100008,Before planned,A,Primary,Mixed,Closed
    100009,Other,A,Primary,Mixed,"Open, but proposed to close"
    """
  private static let links = """
    URN,LinkURN,LinkName,LinkType,LinkEstablishedDate
    100003,100002,,Successor,01-01-2020
    100001,100002,,Predecessor,01-01-2021
    100004,100001,,Successor - Split School,01-01-2021
    100004,100009,,Successor - Split School,01-01-2021
    100006,100006,,Successor,01-01-2021
    100008,100007,,Successor,01-01-2026
    100005,100001,,Other,01-01-2021
    """

  private static func routing() throws -> SchoolRouting {
    SchoolRouting(
      try SchoolDirectory(csv: schools + "\n", source: "schools"),
      try SchoolLinks(csv: links + "\n", source: "links"))
  }

  @Test func chainsSplitsCirclesAndEnds() throws {
    let routing = try Self.routing()
    func urn(_ text: String) throws -> URN { try URN(text) }
    #expect(
      routing.destination(of: try urn("100003"))
        == .school(try urn("100001"), via: [try urn("100003"), try urn("100002")]))
    #expect(
      routing.destination(of: try urn("100004"))
        == .choice([try urn("100001"), try urn("100009")], closed: try urn("100004")))
    #expect(routing.destination(of: try urn("100005")) == .none(.closed(try urn("100005"))))
    #expect(routing.destination(of: try urn("100006")) == .none(.closed(try urn("100006"))))
    #expect(
      routing.destination(of: try urn("100008"))
        == .none(.notOpenYet([try urn("100007")], closed: try urn("100008"))))
    #expect(routing.destination(of: try urn("199999")) == .none(.unknown(try urn("199999"))))
  }

  @Test func nobodyIsDropped() throws {
    func agency(_ text: String) throws -> AgencyID { try #require(AgencyID(text)) }
    let (officer, force) = (try agency("care.A"), try agency("police.elsewhere"))
    let (here, there) = (try agency("school.100001"), try agency("school.100009"))
    let elsewhere = try URN("100009")
    let routing = ChildRouting(
      schools: try Self.routing(), officer: officer, parties: [here],
      forces: { $0 == elsewhere ? force : nil })
    #expect(routing.recipient(registered: []).to == .agency(officer))
    #expect(routing.recipient(registered: [here]).to == .agency(here))
    let followed = routing.recipient(registered: [try agency("school.100003")])
    #expect(followed.to == .agency(here))
    #expect(followed.reason == .successor(of: try agency("school.100003")))
    #expect(routing.recipient(registered: [there]).to == .through(force, school: there))
    #expect(routing.recipient(registered: [here, there]).to == .choice([here, there]))
    #expect(
      routing.recipient(registered: [try agency("school.100004")]).to == .choice([here, there]))
    #expect(routing.recipient(registered: [try agency("school.199999")]).to == .person)
    // The person who is a danger to the child works there.
    #expect(routing.recipient(registered: [here], sealedFrom: [here]).to == .agency(officer))
    #expect(
      routing.recipient(registered: [try agency("school.100004")], sealedFrom: [here]).to
        == .choice([there]))
  }

  @Test func whatIsNoListOfLinksIsRefusedWithItsRow() {
    #expect {
      try SchoolLinks(csv: Self.links + "\n10,x,,Successor,\n", source: "links")
    } throws: { "\($0)" == "links: row 9: expected two URNs and three more columns" }
  }
}
