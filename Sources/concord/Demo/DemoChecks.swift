import Agreements
import Foundation
import Node
import Records
import Replica

/// What the demo checks of itself.
struct DemoChecks {
  let story: DemoStory
  private(set) var results: [Result] = []

  struct Result: Encodable {
    let check: String
    let passed: Bool
    let detail: String
  }

  init(_ story: DemoStory) { self.story = story }

  mutating func record(_ check: String, _ passed: Bool, _ detail: String) {
    results.append(Result(check: check, passed: passed, detail: detail))
  }

  /// Whatever two nodes both hold is the same, and whatever one may share with another is there.
  mutating func convergence() throws {
    var compared = 0
    var problems: [String] = []
    for from in story.agencies {
      for record in story.records {
        guard let snapshot = try? from.replica.record(record) else { continue }
        for to in story.agencies where to.id != from.id {
          for field in snapshot.fields {
            let here = Set(field.values.map(\.write))
            let there = (try? to.replica.record(record))?.field(field.field.name)?.values ?? []
            let decision = try from.replica.explain(
              record, field.field.name, for: to.id, now: from.node.clock.now()
            ).decision
            guard decision.isAllowed || !there.isEmpty else { continue }
            compared += 1
            if here != Set(there.map(\.write)) {
              problems.append("\(snapshot.type).\(field.field.name) of \(from.id) and \(to.id)")
            }
          }
        }
      }
    }
    record(
      "convergence", problems.isEmpty && compared > 0,
      problems.isEmpty
        ? "\(compared) fields compared between pairs of nodes, all equal"
        : "different: \(problems.joined(separator: ", "))")
  }

  mutating func rebuild() throws {
    for agency in story.agencies {
      let before = try agency.replica.derivedDigest()
      let rebuilt = try agency.replica.rebuild()
      let same = try agency.replica.derivedDigest() == before
      record(
        "rebuild of \(agency.id)", same && rebuilt.writes > 0 && !rebuilt.isMended,
        "\(rebuilt.writes) writes merged anew")
    }
  }

  /// Searches every byte of each node's files for values that its agency may not have. Which those
  /// are stands in the story, apart from the code that decides.
  mutating func leaks(_ moment: String) {
    for agency in story.agencies {
      let files = Self.contents(of: agency.node.folder.path)
      let forbidden = story.values.filter { !$0.mayBeAt.contains(agency.id) }.map(\.text)
      let permitted = story.values.filter { $0.mayBeAt.contains(agency.id) }.map(\.text)
      let found = forbidden.filter { value in files.contains { $0.data.contains(value) } }
      // A search that cannot find anything would prove nothing: what the agency may have must show.
      let shown = permitted.filter { value in files.contains { $0.data.contains(value) } }
      let bytes = files.reduce(0) { $0 + $1.data.count }
      record(
        "leak search at \(agency.id), \(moment)",
        found.isEmpty && !forbidden.isEmpty && shown.count == permitted.count,
        "\(found.count) of \(forbidden.count) forbidden values found, \(shown.count) of "
          + "\(permitted.count) permitted ones; \(files.count) files, \(bytes) bytes")
    }
  }

  private static func contents(of folder: String) -> [(path: String, data: Data)] {
    let names = FileManager.default.enumerator(atPath: folder)?.allObjects as? [String] ?? []
    return names.sorted().compactMap { name in
      FileManager.default.contents(atPath: "\(folder)/\(name)").map { (name, $0) }
    }
  }
}

extension Data {
  fileprivate func contains(_ text: String) -> Bool { range(of: Data(text.utf8)) != nil }
}
