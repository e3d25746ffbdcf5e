import Foundation
import SyncProtocol

/// One message, and one entry.
enum Messages {
  static func run(_ bytes: Data) throws(FuzzFinding) {
    // What a later version sends is ignored, and nobody sends it on.
    if let message = try? LinkMessage(bytes), message != .unknown {
      let again = try? LinkMessage(message.encoded())
      try check(again == message, "a message reads back otherwise")
      if case .goodbye(let reason) = message {
        try check(reason.utf8.count <= 1024, "a goodbye of \(reason.utf8.count) bytes")
      }
    }
    if let entry = try? Entry(encoded: bytes) {
      let again = try? Entry(encoded: entry.encoded())
      try check(again == entry, "an entry reads back otherwise")
      try check(again?.digest == entry.digest, "an entry reads back with another digest")
    }
  }
}
