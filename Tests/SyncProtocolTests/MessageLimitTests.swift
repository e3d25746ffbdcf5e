import Agreements
import Foundation
import Records
import SyncProtocol
import TestSupport
import Testing

/// Messages that are small on the wire and would be large in memory, or long in work.
@Suite struct MessageLimitTests {
  private func problem(_ bytes: Data) -> String? {
    do {
      _ = try LinkMessage(bytes)
      return nil
    } catch {
      return error.part
    }
  }

  /// A protobuf field of bytes.
  private func field(_ number: UInt8, _ bytes: Data) -> Data {
    var (length, prefix) = (bytes.count, Data([number << 3 | 2]))
    while length > 0x7F {
      prefix.append(UInt8(length & 0x7F) | 0x80)
      length >>= 7
    }
    return prefix + Data([UInt8(length)]) + bytes
  }

  private func repeated(_ bytes: Data, _ count: Int) -> Data {
    (0..<count).reduce(into: Data(capacity: bytes.count * count)) { data, _ in data += bytes }
  }

  private let node: NodeName
  private let key = SigningKey()

  init() throws { node = NodeName(agency: try #require(AgencyID("police.here"))) }

  private func batch(_ entries: [Entry]) -> Data {
    let position = StreamName(from: node, to: node).start(
      of: Epoch(Data(repeating: 1, count: 16)).unsafelyUnwrapped)
    return LinkMessage.batch(
      Batch(
        epoch: position.epoch, firstSequence: 1, entries: entries, head: position.head,
        signature: Data(count: 64))
    ).encoded()
  }

  private var digest: Digest { TaggedHash.digest("test") }

  @Test(
    "a million empty parts are refused before anything is built from them",
    arguments: [
      [2, 3, 1, 3], [2, 3, 2, 3], [2, 3, 4, 1], [3, 5], [9, 4], [10, 1], [1, 7], [2, 3],
    ])
  func emptyParts(path: [UInt8]) throws {
    let most = Limits.Link.messageFields
    let inner = try #require(path.last)
    func message(_ count: Int) -> Data {
      path.dropLast().reversed().reduce(repeated(field(inner, Data()), count)) { field($1, $0) }
    }
    #expect(problem(message(1_000_000)) == "more than \(most) fields")
    #expect(problem(message(most - path.count + 1)) != "more than \(most) fields")
    // Deflated, it would have been a few kilobytes.
    #expect(try FrameCodec().frame(message(1_000_000)).count < 10_000)
  }

  @Test func aDocumentHasABoundedBody() {
    func document(_ bytes: Int) -> Data {
      batch([.document(SignedDocument(kind: .profile, body: Data(count: bytes)))])
    }
    #expect(problem(document(Limits.Document.bytes)) == nil)
    #expect(problem(document(Limits.Document.bytes + 1)) == "document.body")
  }

  @Test func aDocumentHasABoundedNumberOfSignatures() {
    func document(_ count: Int) -> Data {
      let signature =
        field(1, Data("police.a".utf8)) + field(2, Data(count: 16)) + field(3, Data(count: 64))
      let wire =
        field(1, Data("profile".utf8)) + repeated(field(3, signature), count)
      return batch([.void(digest)]) + field(2, field(3, field(2, wire)))
    }
    #expect(problem(document(Limits.Document.signatures)) == nil)
    #expect(problem(document(Limits.Document.signatures + 1)) == "document.signatures")
  }

  @Test func aBatchHasABoundedNumberOfEntries() {
    let most = Limits.Link.batchEntries
    #expect(problem(batch((0..<most).map { _ in .void(digest) })) == nil)
    #expect(problem(batch((0...most).map { _ in .void(digest) })) == "batch.entries")
  }

  @Test func anAcknowledgementHasABoundedNumberOfRefusals() throws {
    let position = StreamName(from: node, to: node).start(
      of: try #require(Epoch(Data(count: 16))))
    let change = try #require(ChangeID(Data(count: 32)))
    func ack(_ count: Int) -> Data {
      LinkMessage.ack(
        Ack(
          position: position, signature: Data(count: 64),
          refusals: (0..<count).map { _ in Refusal(sequence: 1, change: change, reason: "a") })
      ).encoded()
    }
    #expect(problem(ack(Limits.Link.refusals)) == nil)
    #expect(problem(ack(Limits.Link.refusals + 1)) == "ack.refusals")
  }

  @Test func aHelloIsBounded() {
    func hello(federation: Int = 8, agreements: Int = 1, signature: Int = 64) -> Data {
      LinkMessage.hello(
        Hello(
          federation: String(repeating: "f", count: federation), node: node,
          clock: Instant(milliseconds: 0),
          agreements: (0..<agreements).map { _ in digest }, sending: nil, received: nil,
          receivedSignature: Data(count: signature), window: 1)
      ).encoded()
    }
    #expect(problem(hello(agreements: Limits.Link.agreements)) == nil)
    #expect(problem(hello(agreements: Limits.Link.agreements + 1)) == "hello.agreements")
    #expect(problem(hello(federation: 65)) == "hello.federation")
    #expect(problem(hello(signature: 65)) == "hello.received_signature")
  }

  @Test func aGoodbyeIsShortWhateverItsCharactersAre() throws {
    // One character to people: a letter and a hundred thousand accents.
    let tall = "a" + String(repeating: "\u{301}", count: 100_000)
    #expect(tall.count == 1)
    for reason in [tall, "ends\nhere \u{1B}[2J", String(repeating: "é", count: 500)] {
      guard case .goodbye(let read) = try LinkMessage(LinkMessage.goodbye(reason).encoded()) else {
        Issue.record("not a goodbye")
        continue
      }
      #expect(read.utf8.count <= Limits.Link.goodbyeBytes)
      #expect(!read.isEmpty && reason.utf8.starts(with: read.utf8))
      #expect(try LinkMessage(LinkMessage.goodbye(read).encoded()) == .goodbye(read))
    }
  }

  @Test func aMessageNamesABoundedNumberOfWrites() throws {
    func writes(_ count: Int) -> [WriteID] {
      (0..<count).compactMap {
        var bytes = Data(count: WriteID.byteCount - 8)
        bytes.append(bigEndian: $0)
        return WriteID(bytes)
      }
    }
    func problem(_ entry: Entry) -> String? {
      do {
        _ = try Entry(encoded: entry.encoded())
        return nil
      } catch {
        return error.part
      }
    }
    let (most, over) = (
      writes(Limits.Link.idsInMessage), writes(Limits.Link.idsInMessage + 1)
    )
    #expect(problem(.retraction(Retraction(writes: most, reason: "erased"))) == nil)
    #expect(
      problem(.retraction(Retraction(writes: over, reason: "erased")))
        == "retraction.write_ids")
    #expect(problem(.receipt(Receipt(writes: most, outcome: .erased))) == nil)
    #expect(problem(.receipt(Receipt(writes: over, outcome: .erased))) == "receipt.write_ids")
    #expect(self.problem(LinkMessage.want(Want(writes: most)).encoded()) == nil)
    #expect(self.problem(LinkMessage.want(Want(writes: over)).encoded()) == "want.write_ids")
    let basis = String(repeating: "b", count: Limits.Link.basisBytes)
    let one = writes(1)
    #expect(problem(.receipt(Receipt(writes: one, outcome: .retained, basis: basis))) == nil)
    #expect(
      problem(.receipt(Receipt(writes: one, outcome: .retained, basis: basis + "b")))
        == "receipt.basis")
  }

  @Test func nothingThatIsSentIsFree() {
    let empty = SignedDocument(kind: .profile, body: Data())
    #expect(Entry.document(empty).cost >= Limits.Link.entryCost)
    #expect(
      Batch(
        epoch: Epoch(Data(count: 16)).unsafelyUnwrapped, firstSequence: 1, entries: [],
        head: digest, signature: Data()
      ).cost == Limits.Link.batchCost)
  }
}
