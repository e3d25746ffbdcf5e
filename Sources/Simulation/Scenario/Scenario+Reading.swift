public import Agreements
import Records

extension Scenario {
  /// Reads a scenario.
  /// - Parameters:
  ///   - source: the file's name, for errors.
  ///   - file: reads a text that the scenario names, by its path from the scenario's folder.
  /// - Throws: `DocumentError` with file, line and what was expected.
  public init(
    _ text: String, source: String, file: (String) throws(DocumentError) -> String
  ) throws(DocumentError) {
    let fields = try YAMLReader(text, source: source).mapping([
      "scenario", "title", "agencies", "areas", "hostile", "sealed", "agreement", "from", "begins",
      "duration", "tick",
      "redial", "workload", "casework", "line", "faults", "checks",
    ])
    name = try fields.required("scenario").name()
    title = try fields.required("title").line()
    let areas = try fields.optional("areas").map { reader throws(DocumentError) in
      try Area.areas(reader, file: file)
    }
    self.areas = areas?.chosen ?? []
    wholeCount = areas?.schoolCount ?? 0
    agencies = areas == nil ? try Self.kinds(fields.required("agencies")) : [:]
    hostile = try fields.optional("hostile").map(Self.kinds) ?? [:]
    isSealed = try fields.optional("sealed")?.boolean() ?? false
    let texts = try fields.required("agreement").mapping(["template", "profiles"])
    template = try file(try texts.required("template").line())
    profiles = try texts.list("profiles") { item throws(DocumentError) in
      try file(try item.line())
    }
    firstDay = try fields.optional("from")?.read("a day as 2026-09-01") { LocalDate($0) }
    begins = try fields.optional("begins")?.timeOfDay() ?? 9 * 3_600_000
    duration = try fields.required("duration").duration()
    tick = try fields.optional("tick")?.duration() ?? 1000
    redial = try fields.optional("redial")?.duration()
    workload = try Workload(fields.required("workload"))
    casework = try fields.optional("casework").map { reader throws(DocumentError) in
      try CaseLoad(reader, file: file)
    }
    line = try fields.optional("line").map(Line.init) ?? Line(latency: 5...80, bandwidth: 200_000)
    faults = try fields.optional("faults").map(Self.faults) ?? [:]
    checks = try fields.list("checks") { item throws(DocumentError) in
      try item.choice(Check.self)
    }
    for (kind, count) in hostile where count > agencies[kind, default: 0] {
      throw try fields.required("hostile").fail("more \(kind) agencies than there are")
    }
    guard tick > 0, duration > tick else {
      throw try fields.required("duration").fail("expected more than one tick")
    }
    guard !checks.isEmpty else {
      throw try fields.required("checks").fail("expected at least one")
    }
  }

  private static func kinds(_ reader: YAMLReader) throws(DocumentError) -> [AgencyKind: Int] {
    var kinds: [AgencyKind: Int] = [:]
    for (key, value) in try reader.entries() {
      guard let kind = AgencyKind(rawValue: key) else {
        throw value.fail("expected a kind of agency, as school")
      }
      kinds[kind] = try value.count()
    }
    return kinds
  }

  private static func faults(_ reader: YAMLReader) throws(DocumentError) -> [FaultKind: Rate] {
    var faults: [FaultKind: Rate] = [:]
    for (key, value) in try reader.entries() {
      guard let kind = FaultKind(rawValue: key) else {
        let known = FaultKind.allCases.map(\.rawValue).joined(separator: ", ")
        throw value.fail("expected a fault: one of \(known)")
      }
      faults[kind] = try value.rate()
    }
    return faults
  }
}

extension Scenario.Line {
  fileprivate init(_ reader: YAMLReader) throws(DocumentError) {
    let fields = try reader.mapping(["latency", "bandwidth"])
    latency = try fields.required("latency").durations()
    bandwidth = try fields.required("bandwidth").read("bytes in a second, 1000 or more") { text in
      Int64(text).flatMap { $0 >= 1000 ? $0 : nil }
    }
  }
}

extension Workload {
  fileprivate init(_ reader: YAMLReader) throws(DocumentError) {
    let fields = try reader.mapping([
      "every", "records", "mix", "hot", "hot_share", "moves", "restrictions", "unseals",
      "resolves", "offline", "revisions",
    ])
    every = try fields.required("every").duration()
    records = try fields.required("records").counts()
    mix = try fields.required("mix").counts()
    hot = try fields.optional("hot")?.count() ?? 0
    hotShare = try fields.optional("hot_share")?.count() ?? 0
    moves = try fields.optional("moves")?.rate()
    restrictions = try fields.optional("restrictions")?.rate()
    unseals = try fields.optional("unseals")?.rate()
    resolves = try fields.optional("resolves")?.rate()
    var offline: [AgencyKind: Scenario.Rate] = [:]
    for (key, value) in try fields.optional("offline")?.entries() ?? [] {
      guard let kind = AgencyKind(rawValue: key) else {
        throw value.fail("expected a kind of agency, as school")
      }
      offline[kind] = try value.rate()
    }
    self.offline = offline
    revisions = try fields.list("revisions", Revision.init)
    for type in mix.keys.sorted() where records[type] == nil {
      throw try fields.required("mix").fail("there are no records of type \(type)")
    }
  }
}

extension CaseLoad {
  fileprivate init(
    _ reader: YAMLReader, file: (String) throws(DocumentError) -> String
  ) throws(DocumentError) {
    let fields = try reader.mapping([
      "calendar", "children", "incidents", "repeated", "withdrawn", "absences", "unready",
    ])
    calendar = try file(try fields.required("calendar").line())
    children = try fields.required("children").count()
    incidents = try fields.required("incidents").rate()
    repeated = try fields.optional("repeated")?.count() ?? 0
    withdrawn = try fields.optional("withdrawn")?.count() ?? 0
    absences = try fields.required("absences").rate()
    unready = try fields.optional("unready")?.count() ?? 0
    guard children > 0 else { throw try fields.required("children").fail("expected at least one") }
  }
}

extension Revision {
  fileprivate init(_ reader: YAMLReader) throws(DocumentError) {
    let fields = try reader.mapping(["drafted", "signed", "midnight", "removes", "adds"])
    drafted = try fields.required("drafted").durations()
    signed = try fields.list("signed") { item throws(DocumentError) in try item.durations() }
    midnight = try fields.required("midnight").count()
    removes = try fields.list("removes") { item throws(DocumentError) in try item.name() }
    adds = try fields.list("adds") { item throws(DocumentError) in try item.text() }
  }
}
