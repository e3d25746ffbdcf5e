import Agreements
import Casework
public import Records

/// A force with the councils of its area and their schools: a partnership by itself, since areas share
/// nothing but the profile.
public struct Area: Hashable, Sendable {
  public let force: AgencyID
  public let councils: [Council]

  /// A council, and the schools that join under its agreement with the force.
  public struct Council: Hashable, Sendable {
    public let id: AgencyID
    public let schools: [AgencyID]
  }

  /// How many schools there are.
  public var schoolCount: Int { councils.reduce(0) { $0 + $1.schools.count } }
}

extension Area {
  /// Reads a register of schools and one of forces, and puts schools into areas.
  /// - Parameter file: reads a text that the scenario names.
  static func areas(
    _ reader: YAMLReader, file: (String) throws(DocumentError) -> String
  ) throws(DocumentError) -> (chosen: [Area], schoolCount: Int) {
    let fields = try reader.mapping(["schools", "forces", "only"])
    let names = (
      schools: try fields.required("schools").line(), forces: try fields.required("forces").line()
    )
    let texts = (try file(names.schools), try file(names.forces))
    let registers: (SchoolDirectory, ForceRegister)
    do {
      registers = (
        try SchoolDirectory(csv: texts.0, source: names.schools),
        try ForceRegister(csv: texts.1, source: names.forces)
      )
    } catch {
      throw DocumentError(source: error.source, problem: error.description)
    }
    let areas = Self.areas(schools: registers.0, forces: registers.1)
    let only = try fields.list("only") { item throws(DocumentError) in
      try item.read("a force of the register, as police.kent") { text in
        areas.first { $0.force.description == text }?.force
      }
    }
    return (
      only.isEmpty ? areas : areas.filter { only.contains($0.force) },
      areas.reduce(0) { $0 + $1.schoolCount }
    )
  }

  /// Every open school is in the area of its local authority's force. Those of no force's area (abroad,
  /// offshore) are spread over all councils, so that every school of the register takes part.
  private static func areas(
    schools: SchoolDirectory, forces: ForceRegister
  ) -> [Area] {
    var byAuthority: [String: [AgencyID]] = [:]
    var elsewhere: [AgencyID] = []
    let known = forces.localAuthorities
    for school in schools.schools where school.status == "Open" {
      guard let agency = school.agency else { continue }
      if forces.force(of: school) == nil {
        elsewhere.append(agency)
      } else {
        byAuthority[school.localAuthority, default: []].append(agency)
      }
    }
    let here = known.filter { byAuthority[$0] != nil }
    for (number, agency) in elsewhere.enumerated() where !here.isEmpty {
      byAuthority[here[number % here.count]]?.append(agency)
    }
    var areas: [AgencyID: [Council]] = [:]
    for authority in here {
      guard let schools = byAuthority[authority], let force = forces.force(ofAuthority: authority),
        let id = AgencyID("care.\(slug(of: authority))")
      else { continue }
      areas[force, default: []].append(Council(id: id, schools: schools))
    }
    return areas.sorted { $0.key < $1.key }.map { Area(force: $0.key, councils: $0.value) }
  }

  /// A name as an identifier: `Bristol, City of` is `bristol-city-of`.
  private static func slug(of name: String) -> String {
    name.lowercased().split { !$0.isASCII || !($0.isLetter || $0.isNumber) }.joined(separator: "-")
  }
}

extension Scenario {
  /// What one area has of all that happens: its share by its schools.
  /// - Parameters:
  ///   - total: how many schools all areas have.
  ///   - times: how many times as many incidents there are as the scenario says.
  func within(_ area: Area, ofSchools total: Int, times: Int) -> Scenario {
    let own = max(1, area.schoolCount)
    func share(_ count: Int) -> Int { (count * own + total - 1) / total }
    func share(_ rate: Rate, times: Int = 1) -> Rate {
      Rate(every: max(1, rate.every * Int64(total) / Int64(own * times)), lasting: rate.lasting)
    }
    var scenario = self
    scenario.area = area
    scenario.agencies = [.police: 1, .care: area.councils.count, .school: own]
    scenario.faults = faults.mapValues { share($0) }
    scenario.casework?.children = share(casework?.children ?? 0) * times
    scenario.casework?.unready = share(casework?.unready ?? 0)
    if let incidents = casework?.incidents {
      scenario.casework?.incidents = share(incidents, times: times)
    }
    return scenario
  }
}
