public import FoundationEssentials

/// A disclosed write: its salt and its bytes. Who has these can check the write against the header.
public struct Opening: Hashable, Sendable {
  /// How many bytes of salt hide a write's value behind its commitment.
  public static let saltBytes = 16

  public let salt: Data
  /// The write's bytes as its author made them.
  public let bytes: Data

  /// Puts salt and bytes together, unchecked; verification checks them.
  public init(salt: Data, bytes: Data) {
    self.salt = salt
    self.bytes = bytes
  }

  /// The write's identity: the commitment that its header must contain.
  public func writeID(record: RecordID, key: KeyID, time: HLC) -> WriteID {
    var message = TaggedMessage(Tag.write, capacity: salt.count + bytes.count + 60)
    message.append(salt)
    message.append(record.storage)
    message.append(key.storage)
    message.append(time.rawValue)
    message.append(bytes)
    return WriteID(message.digest)
  }
}
