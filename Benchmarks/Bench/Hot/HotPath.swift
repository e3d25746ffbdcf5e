import Agreements
import ArgumentParser
import Foundation
import Records
import SyncProtocol

/// One of the steps that every change goes through, again and again: `Scripts/hot-paths` counts its instructions.
enum HotPath: String, CaseIterable, ExpressibleByArgument {
  case seal, verify, merge, encode, decode, write, send, apply
}

struct Hot: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Carry out one step so many times, for whoever counts its instructions.")
  @OptionGroup var place: PlaceOption
  @Argument(help: "\(HotPath.allCases.map(\.rawValue).joined(separator: ", ")).") var path: HotPath
  @Argument(help: "How often.") var count: Int

  func run() throws {
    switch path {
    case .seal, .verify, .merge, .encode, .decode: try HotChange().run(path, count)
    case .write, .send, .apply:
      try HotLink(under: try place.empty("hot")).run(path, count)
    }
  }
}

/// The pure steps, with one record of eight texts.
private struct HotChange {
  private let key: SigningKey
  private let draft: ChangeDraft
  private let change: DisclosedChange
  private let message: LinkMessage
  private let versions: [Version]
  private var generator = SplitMix(seed: 1)

  init() throws {
    guard let key = SigningKey(seed: Data(repeating: 7, count: 32)),
      let agreement = Digest(Data(repeating: 1, count: 32)),
      let record = RecordID("00000000-0000-4000-8000-000000000001")
    else { throw BenchError("no key") }
    self.key = key
    let author = try AgencyID.of("police.bench")
    let sheets = Sheets(count: 1)
    draft = ChangeDraft(
      lineage: "bench", agreement: agreement, recordType: Sheets.type, record: record,
      author: author, time: HLC(milliseconds: 1_800_000_000_000, counter: 1),
      writes: Sheets.fields.indices.map {
        Write.set(Sheets.fields[$0], to: .text(sheets.text(0, $0)), over: [:])
      })
    let authored = try AuthoredChange(draft, key: key.publicKey.id, using: &generator)
    change = DisclosedChange(
      header: authored.header, proof: try authored.signed(by: key), openings: authored.openings)
    let reasons = authored.openings.map { _ in
      SharedChange.Justification(grant: "care", route: nil)
    }
    guard let shared = SharedChange(change: change, agreement: agreement, justifications: reasons)
    else { throw BenchError("no entry") }
    message = .batch(
      Batch(
        epoch: Epoch(using: &generator), firstSequence: 1, entries: [.change(shared)],
        head: agreement, signature: Data(count: 64)))
    versions = (0..<8).map { number in
      Version(
        id: authored.writes[number].id, author: author, key: key.publicKey.id,
        time: HLC(milliseconds: Int64(1_800_000_000_000 + number), counter: 1),
        write: authored.writes[0].write)
    }
  }

  func run(_ path: HotPath, _ count: Int) throws {
    var (generator, done) = (generator, 0)
    let bytes = message.encoded()
    for _ in 0..<count {
      switch path {
      case .seal:
        let authored = try AuthoredChange(draft, key: key.publicKey.id, using: &generator)
        if case .direct = try authored.signed(by: key) { done += 1 }
      case .verify: done += try change.verify(by: key.publicKey).count / versions.count
      case .merge:
        var state = FieldState(rule: .review)
        for version in versions { state.apply(version) }
        done += state.versions.count / versions.count
      case .encode: done += message.encoded().count / bytes.count
      default: done += try LinkMessage(bytes) == message ? 1 : 0
      }
    }
    guard done == count else { throw BenchError("\(path) was done \(done) times") }
  }
}
