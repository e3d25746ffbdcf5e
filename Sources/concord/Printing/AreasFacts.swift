import Casework
import Foundation
import Records
import Simulation

/// What came of a simulation of many areas, for scripts and for people.
struct AreasFacts: Encodable {
  let scenario: String
  let seed: UInt64
  /// How many times as many incidents there were as the scenario says.
  let times: Int
  let forces: Int
  let councils: Int
  let schools: Int
  /// Nodes that took part; a school that had nothing all week needs none.
  let nodes: Int
  let hours: Double
  let seconds: Double
  let processorSeconds: Double
  let hoursPerSecond: Double
  let jobs: Int
  let peakBytes: Int
  /// Bytes of the files of as many areas as were played at one time, the largest: they lie in memory too.
  let fileBytes: Int
  let writes: Int
  let events: Int
  let frames: Int
  let connections: Int
  let casework: SimulationFacts.Cases
  let delays: Delays
  let bytes: [String: Int]
  let bytesPerNotification: Double
  let faults: [String: Int]
  let checks: [String: Int]
  let busiestForce: Load?
  let busiestCouncil: Load?
  let busiestSchool: Load?
  let areas: [AreaFacts]
  let digest: String
  let failure: SimulationFacts.Failure?

  /// How long notifications were on their way to the school's ledger, in seconds.
  struct Delays: Encodable {
    let median: Double
    let ninetyNinth: Double
    let longest: Double

    enum CodingKeys: String, CodingKey {
      case median, longest
      case ninetyNinth = "ninety_ninth"
    }

    init(_ milliseconds: [Int64]) {
      let sorted = milliseconds.sorted()
      func part(_ permille: Int) -> Double {
        sorted.isEmpty ? 0 : Double(sorted[(sorted.count - 1) * permille / 1000]) / 1000
      }
      (median, ninetyNinth, longest) = (part(500), part(990), part(1000))
    }
  }

  /// What one node had to do in all, and in its busiest hours.
  struct Load: Encodable {
    let agency: String
    let busySeconds: Double
    let busiestHourSeconds: Double
    let bytesIn: Int
    let bytesOut: Int
    let busiestHourBytes: Int
    let frames: Int
    let busiestHourFrames: Int

    enum CodingKeys: String, CodingKey {
      case agency, frames
      case busySeconds = "busy_seconds"
      case busiestHourSeconds = "busiest_hour_seconds"
      case bytesIn = "bytes_in"
      case bytesOut = "bytes_out"
      case busiestHourBytes = "busiest_hour_bytes"
      case busiestHourFrames = "busiest_hour_frames"
    }

    init(_ agency: AgencyID, _ load: NodeLoad) {
      func seconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
      }
      let total = load.total
      self.agency = agency.description
      busySeconds = seconds(total.busy)
      busiestHourSeconds = seconds(load.hours.map(\.busy).max() ?? .zero)
      (bytesIn, bytesOut) = (total.bytesIn, total.bytesOut)
      busiestHourBytes = load.hours.map { $0.bytesIn + $0.bytesOut }.max() ?? 0
      frames = total.framesIn + total.framesOut
      busiestHourFrames = load.hours.map { $0.framesIn + $0.framesOut }.max() ?? 0
    }
  }

  struct AreaFacts: Encodable {
    let force: Load
    let councils: Int
    let schools: Int
    let nodes: Int
    let issued: Int
    let inTime: Int
    let late: Int
    let seconds: Double
    let digest: String

    enum CodingKeys: String, CodingKey {
      case force, councils, schools, nodes, issued, late, seconds, digest
      case inTime = "in_time"
    }
  }

  enum CodingKeys: String, CodingKey {
    case scenario, seed, times, forces, councils, schools, nodes, hours, seconds, jobs, writes,
      events, frames, connections, casework, delays, bytes, faults, checks, areas, digest, failure
    case processorSeconds = "processor_seconds"
    case hoursPerSecond = "hours_per_second"
    case peakBytes = "peak_bytes"
    case fileBytes = "file_bytes"
    case bytesPerNotification = "bytes_per_notification"
    case busiestForce = "busiest_force"
    case busiestCouncil = "busiest_council"
    case busiestSchool = "busiest_school"
  }
}

extension AreasFacts {
  init(_ outcome: AreasRun.Outcome, times: Int) {
    let report = outcome.report
    let runs = report.areas.map(\.run)
    func sum(_ value: (RunReport) -> Int) -> Int { runs.map(value).reduce(0, +) }
    scenario = report.scenario
    seed = report.seed
    self.times = times
    forces = report.areas.count
    councils = report.areas.map(\.area.councils.count).reduce(0, +)
    schools = report.areas.map(\.area.schoolCount).reduce(0, +)
    nodes = sum(\.nodes)
    hours = Double(runs.map(\.simulated).max() ?? 0) / 3_600_000
    seconds = outcome.elapsed
    processorSeconds = outcome.processor
    hoursPerSecond = hours / max(outcome.elapsed, 0.001)
    jobs = outcome.jobs
    peakBytes = PeakMemory.bytes()
    fileBytes = runs.map(\.fileBytes).sorted(by: >).prefix(outcome.jobs).reduce(0, +)
    writes = sum(\.writes)
    events = sum(\.events)
    frames = sum(\.frames)
    connections = sum(\.connections)
    let cases = runs.compactMap(\.casework)
    casework = SimulationFacts.Cases(CaseworkReport(adding: cases))
    delays = Delays(cases.flatMap(\.delays))
    let carried = runs.map(\.bytes).reduce(into: [FrameContent: Int]()) {
      $0.merge($1, uniquingKeysWith: +)
    }
    bytes = Dictionary(uniqueKeysWithValues: carried.map { ($0.key.rawValue, $0.value) })
    let casual = [FrameContent.changes, .acknowledgements].map { carried[$0, default: 0] }
    bytesPerNotification = Double(casual.reduce(0, +)) / Double(max(1, casework.issued))
    faults = runs.flatMap(\.faults).reduce(into: [:]) {
      $0[$1.kind.rawValue, default: 0] += $1.count
    }
    checks = runs.flatMap(\.checks).reduce(into: [:]) {
      $0[$1.check.rawValue, default: 0] += $1.count
    }
    busiestForce = Self.busiest(.police, report)
    busiestCouncil = Self.busiest(.care, report)
    busiestSchool = Self.busiest(.school, report)
    areas = report.areas.map { area in
      let cases = area.run.casework ?? CaseworkReport()
      return AreaFacts(
        force: Load(area.area.force, area.force), councils: area.area.councils.count,
        schools: area.area.schoolCount, nodes: area.run.nodes, issued: cases.issued,
        inTime: cases.inTime, late: cases.late.values.reduce(0, +),
        seconds: outcome.seconds[area.area.force, default: 0],
        digest: area.run.trace.digest.description)
    }
    digest = report.digest.description
    failure = report.failure.map { force, failure in
      SimulationFacts.Failure(
        check: failure.check.rawValue, atSeconds: Double(failure.time) / 1000,
        problem: "\(force): \(failure.problem)")
    }
  }

  private static func busiest(_ kind: AgencyKind, _ report: AreasReport) -> Load? {
    report.areas.compactMap { $0.greatest(kind) }.map { Load($0.agency, $0.load) }.max {
      $0.bytesIn + $0.bytesOut < $1.bytesIn + $1.bytesOut
    }
  }

  var text: String {
    func number(_ value: Double, _ digits: Int = 1) -> String {
      String(format: "%.\(digits)f", value)
    }
    func list(_ counts: [String: Int]) -> String { SimulationFacts.list(counts) }
    var lines = [
      "scenario  \(scenario), seed \(seed): \(forces) forces, \(councils) councils, \(schools) schools; "
        + "\(nodes) nodes took part" + (times > 1 ? ", \(times) times the incidents" : ""),
      "simulated \(number(hours)) h in \(number(seconds)) s (\(number(processorSeconds)) s of processor), \(jobs) "
        + "areas at a time: "
        + "\(number(hoursPerSecond, 2)) h for each second",
      "memory    \(peakBytes / 1_048_576) MiB at most, and \(fileBytes / 1_048_576) MiB of files",
      "events    \(events), \(connections) connections, \(frames) frames, \(writes) changes written",
      "faults    \(list(faults))",
    ]
    lines += SimulationFacts.text(casework)
    lines.append(
      "delay     from issue to the school's ledger: median \(number(delays.median)) s, 99 of 100 within "
        + "\(number(delays.ninetyNinth)) s, longest \(number(delays.longest)) s")
    lines.append(
      "bytes     \(number(bytesPerNotification, 0)) for each notification; in all \(list(bytes))")
    for load in [busiestForce, busiestCouncil, busiestSchool].compactMap({ $0 }) {
      lines.append(
        "busiest   \(load.agency): \(load.bytesIn) bytes in, \(load.bytesOut) out, \(load.frames) frames, "
          + "\(number(load.busySeconds)) s of work; in one hour at most \(load.busiestHourBytes) bytes, "
          + "\(load.busiestHourFrames) frames, \(number(load.busiestHourSeconds, 2)) s")
    }
    lines.append("checks    \(list(checks))")
    lines.append("trace     SHA-256 \(digest)")
    lines.append(SimulationFacts.verdict(failure))
    return lines.joined(separator: "\n")
  }
}

/// The most memory that this process has had, as the system counts it; 0 where it does not say.
enum PeakMemory {
  static func bytes() -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    let kibibytes = line?.split(separator: " ").dropFirst().compactMap { Int($0) }.first
    return (kibibytes ?? 0) * 1024
  }
}
