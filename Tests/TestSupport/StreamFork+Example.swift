import Foundation
public import Records
public import SyncProtocol

extension StreamFork {
  /// A stream that forks at its first entry, signed twice with a key.
  public static func example(_ stream: StreamName, signedBy key: SigningKey) throws -> StreamFork? {
    var generator = SystemRandomNumberGenerator()
    let start = stream.start(of: Epoch(using: &generator))
    let heads = ["a", "b"].map { text in
      stream.position(after: start, entry: TaggedHash.digest("test", Data(text.utf8)))
    }
    let signatures = try heads.map { try key.sign(stream.sentMessage($0)) }
    return StreamFork(
      stream, first: heads[0], signature: signatures[0], second: heads[1].head, entries: [],
      secondSignature: signatures[1])
  }
}
