import Foundation
import Logging
import Node
import Records
import Replica
import Synchronization
import TestSupport
import Testing
import Transport

@testable import Web

/// The API of a node without an agreement: who is let in, and what whoever is not is told.
struct ProgramAPITests {
  private let folder: TemporaryFolder
  private let node: LocalNode

  init() throws {
    folder = try TemporaryFolder()
    let endpoint = Endpoint(host: "127.0.0.1", port: 7400)
    node = try LocalNode.create(
      in: NodeFolder(folder.path + "/node"),
      NodeConfiguration(
        agency: try #require(AgencyID("police.south-yorkshire")), kind: .police, name: "A force",
        listen: endpoint, endpoint: endpoint))
  }

  /// Whoever asks the API.
  private struct Asking {
    let api: ProgramAPI

    func ask(
      _ method: String, _ path: String, token: String? = nil, query: String? = nil,
      headers: [String: [String]] = [:], body: String? = "{}"
    ) async -> ProgramAPI.Reply {
      var headers = headers
      if let token { headers["authorization"] = ["Bearer \(token)"] }
      if method != "GET", headers["content-type"] == nil {
        headers["content-type"] = ["application/json"]
      }
      return await api.answer(
        ProgramAPI.Call(
          method: method, path: ProgramAPI.root + path, query: query, headers: headers,
          address: "192.0.2.1", body: { _ in body.map { Data($0.utf8) } }))
    }
  }

  /// Asks, and stops the threads that answer. No time passes meanwhile, however busy the machine is: failures are
  /// forgotten with time.
  private func asking(_ body: (Asking) async throws -> Void) async throws {
    let start = ContinuousClock.now
    let site = try Site(node, isSecure: false, logger: Logger(label: "test"), announce: {})
    do {
      try await body(Asking(api: ProgramAPI(site) { start }))
    } catch {
      await site.stop()
      throw error
    }
    await site.stop()
  }

  private func token(_ scopes: Set<TokenScope>) throws -> String {
    try Programs(node).add("system", scopes: scopes, role: "supervisor").token
  }

  /// An address of an operation, with an id or a type in the place of each name.
  private func address(_ operation: ProgramOperation) -> String {
    operation.path.replacing("{id}", with: "00000000-0000-4000-8000-000000000000")
      .replacing("{type}", with: "child")
  }

  private func said(_ reply: ProgramAPI.Reply) throws -> JSON { try #require(JSON(reply.body)) }

  @Test func withoutATokenEveryAnswerIsTheSame() async throws {
    try await asking { asking in
      var told: Set<Data> = []
      for operation in Operations.all {
        for (headers, shown) in [
          ([:], nil), (["cookie": ["concord=x"]], nil), ([:], "concord_1_x"),
          (["authorization": ["Basic eDp4"]], nil),
          (["authorization": ["Bearer x", "Bearer y"]], nil),
        ] as [([String: [String]], String?)] {
          let reply = await asking.ask(
            operation.method.rawValue, address(operation), token: shown, headers: headers)
          #expect(reply.status == 401 && reply.type == "application/problem+json")
          #expect(reply.headers == ["WWW-Authenticate": "Bearer realm=\"concord\""])
          told.insert(reply.body)
        }
      }
      told.insert(await asking.ask("GET", "/records/no_such_type").body)
      #expect(told.count == 1)
      let text = String(decoding: try #require(told.first), as: UTF8.self)
      for word in ["child", "name", "incident", "police"] { #expect(!text.contains(word)) }
    }
  }

  @Test func aScopeOpensItsOwnOperationsAlone() async throws {
    try await asking { asking in
      for scope in TokenScope.allCases {
        let token = try token([scope])
        for operation in Operations.all {
          let reply = await asking.ask(operation.method.rawValue, address(operation), token: token)
          let isTheirs = operation.scope == nil || operation.scope == scope
          let lacks = try said(reply)["scope"]?.text
          #expect(lacks == (isTheirs ? nil : operation.scope?.rawValue), "\(operation.id)")
          #expect((reply.status == 403) == !isTheirs || isTheirs, "\(operation.id)")
          #expect(reply.status != 500, "\(operation.id)")
          // Whatever it answers, the document has it.
          let form = operation.answers.first { $0.status == reply.status }
          #expect(form != nil || operation.statuses.contains(reply.status), "\(operation.id)")
          let schema = form?.schema ?? Refusal.schema
          #expect(schema.mismatch(in: try said(reply)) == nil, "\(operation.id)")
        }
      }
    }
  }

  @Test func whatIsAskedOtherwiseIsRefused() async throws {
    try await asking { asking in
      let token = try token(Set(TokenScope.allCases))
      let put = await asking.ask("PUT", "/status", token: token)
      #expect(put.status == 405 && put.headers["Allow"] == "GET")
      for path in ["", "/", "/nowhere", "/status/", "/records/%ff"] {
        #expect(await asking.ask("GET", path, token: token).status == 404, "\(path)")
      }
      for query in [
        "x=1", "limit=0", "limit=101", "limit=", "limit=+1", "limit=1&limit=1", "limit=1.0",
      ] {
        let reply = await asking.ask("GET", "/quarantine", token: token, query: query)
        #expect(reply.status == 422, "\(query)")
        #expect(try said(reply)["code"]?.text == "not-as-declared")
      }
      #expect(
        await asking.ask("GET", "/quarantine", token: token, query: "limit=%ff").status == 400)
      #expect(await asking.ask("GET", "/quarantine", token: token, query: "limit=1").status == 200)
      let form = ["content-type": ["text/plain"]]
      #expect(await asking.ask("POST", "/records/child", token: token, headers: form).status == 415)
      #expect(await asking.ask("POST", "/records/child", token: token, body: "{").status == 400)
      #expect(await asking.ask("POST", "/records/child", token: token).status == 422)
      let key = ["idempotency-key": ["not a key"]]
      #expect(
        await asking.ask(
          "POST", "/records/child", token: token, headers: key, body: "{\"set\": {\"name\": \"x\"}}"
        ).status == 422)
    }
  }

  @Test func aLongBodyIsNotRead() async throws {
    let token = try token([.recordsWrite])
    try await asking { asking in
      let reply = await asking.ask("POST", "/records/child", token: token, body: nil)
      #expect(reply.status == 413)
    }
  }

  @Test func whoeverTriesWithoutEndFillsNoAudit() async throws {
    try await asking { asking in
      let good = try token([.status])
      var statuses: [Int] = []
      for _ in 0..<120 {
        statuses.append(await asking.ask("GET", "/status", token: "concord_1_x").status)
      }
      #expect(statuses.prefix(100).allSatisfy { $0 == 401 })
      #expect(statuses.dropFirst(100).allSatisfy { $0 == 429 })
      let failed = try node.replica.auditEntries(atMost: 1_000) {
        $0.action == "failed-to-show-a-token"
      }
      #expect(failed.count == 100 && failed.allSatisfy { $0.account == "somebody" })
      #expect(await asking.ask("GET", "/status", token: good).status == 200)
    }
  }

  @Test func whatAProgramTriesAndMayNotDoStandsInTheAudit() async throws {
    let token = try token([.status])
    try await asking { asking in
      #expect(await asking.ask("GET", "/status", token: token, query: "x=1").status == 422)
      for _ in 0..<120 {
        #expect(await asking.ask("GET", "/quarantine", token: token).status == 403)
      }
      let refused = try node.replica.auditEntries(atMost: 1_000) { $0.action == "was-refused" }
      // Newest first: the last one says that there are more.
      #expect(refused.count == 101 && refused.allSatisfy { $0.account == "system:1" })
      #expect(refused.dropFirst().allSatisfy { $0.detail == "listQuarantine" })
      #expect(refused.first?.detail.hasPrefix("listQuarantine, and more") == true)
    }
  }

  @Test func tooManyFailuresAreForgottenWithTime() throws {
    let now = Mutex(ContinuousClock.now)
    let failures = RecentRefusals { now.withLock { $0 } }
    for _ in 0..<100 { #expect(failures.count(of: "192.0.2.1") == .few) }
    #expect(failures.count(of: "192.0.2.1") == .tooMany(seconds: 600, isFirst: true))
    #expect(failures.count(of: "192.0.2.2") == .few)
    now.withLock { $0 += .seconds(590) }
    #expect(failures.count(of: "192.0.2.1") == .tooMany(seconds: 10, isFirst: false))
    now.withLock { $0 += .seconds(11) }
    #expect(failures.count(of: "192.0.2.1") == .few)
  }

  @Test func manyWhoAreRefusedAreTooManyTogether() throws {
    let start = ContinuousClock.now
    let failures = RecentRefusals { start }
    for host in 0..<1_000 { #expect(failures.count(of: "2001:db8::\(host)") == .few) }
    #expect(failures.count(of: "192.0.2.1") == .tooMany(seconds: 600, isFirst: true))
    #expect(failures.count(of: "192.0.2.2") == .tooMany(seconds: 600, isFirst: false))
  }
}
