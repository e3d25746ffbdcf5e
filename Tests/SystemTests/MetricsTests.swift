import Foundation
import FoundationNetworking
import TestSupport
import Testing

/// What a running node says of itself to Prometheus.
@Suite(.serialized) struct MetricsTests {
  private func get(_ port: Int, _ path: String) async throws -> (status: Int, text: String) {
    let url = try #require(URL(string: "http://127.0.0.1:\(port)/\(path)"))
    let (data, response) = try await URLSession.shared.data(from: url)
    return ((response as? HTTPURLResponse)?.statusCode ?? 0, String(decoding: data, as: UTF8.self))
  }

  private func serve(_ path: String) throws -> Int {
    let port = Int.random(in: 20_000...29_999)
    let file = URL(fileURLWithPath: "\(path)/concord.yaml")
    let text = try String(contentsOf: file, encoding: .utf8)
    try (text + "metrics: 127.0.0.1:\(port)\n").write(to: file, atomically: true, encoding: .utf8)
    return port
  }

  private func value(_ name: String, _ text: String) -> String? {
    text.split(separator: "\n").first { $0.hasPrefix(name + " ") }?.split(separator: " ").last
      .map(String.init)
  }

  @Test func whatTheGuideNamesIsServedAndNobodyIsNamed() async throws {
    let partnership = try CommandPartnership()
    let police = partnership.path("police")
    let port = try serve(police)
    try partnership.start("police")
    try partnership.start("care")
    try partnership.connected("police", to: 1)
    try partnership.expect(
      "put", police, "child", "name=Example Name", "school=school.106982")
    let (status, text) = try await get(port, "metrics")
    #expect(status == 200)
    let guide = try String(
      contentsOf: repositoryRoot.appendingPathComponent("Documentation/monitoring/README.md"),
      encoding: .utf8)
    let named = Set(guide.matches(of: /`(concord_[a-z_]+)(?:\{[a-z]+\})?` \|/).map { String($0.1) })
    let types = text.split(separator: "\n").filter { $0.hasPrefix("# TYPE ") }
    let served = Set(
      types.compactMap { $0.split(separator: " ").dropFirst(2).first.map(String.init) })
    #expect(named == served && named.count == 13)
    #expect(value("concord_link_connected{peer=\"care.E08000019\"}", text) == "1")
    #expect(value("concord_link_connected{peer=\"school.106982\"}", text) == "0")
    // What waits for the school that is away.
    let waiting = value("concord_link_waiting_changes{peer=\"school.106982\"}", text)
    #expect(waiting.flatMap(Int.init) ?? 0 > 0, "\(text)")
    #expect(value("concord_quarantine_entries", text) == "0")
    #expect(!text.contains("Example Name"))
    let health = try await get(port, "healthz")
    let ready = try await get(port, "readyz")
    #expect(health.status == 200 && ready.status == 200, "\(health) \(ready)")
    #expect(try await get(port, "elsewhere").status == 404)
  }

  @Test func aNodeWithoutAnAgreementIsAliveAndNotReady() async throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/police"
    let made = try Concord.run(
      "init", path, "--agency", "police.avonshire", "--kind", "police", "--name", "Police")
    #expect(made.status == 0, "\(made.error)")
    let port = try serve(path)
    let process = Process()
    process.executableURL = Concord.url
    process.arguments = ["run", path]
    process.environment = Concord.environment(now: Concord.now)
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    defer { kill(process.processIdentifier, SIGKILL) }
    var answer = (status: 0, text: "")
    for _ in 0..<100 where answer.status == 0 {
      answer = (try? await get(port, "readyz")) ?? answer
      try await Task.sleep(for: .milliseconds(100))
    }
    #expect(answer.status == 503 && answer.text == "no agreement is adopted here\n", "\(answer)")
    #expect(try await get(port, "healthz").status == 200)
  }
}
