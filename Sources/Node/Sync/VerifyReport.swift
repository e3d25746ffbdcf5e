/// What comparing with one peer came to. The keys are the command line's contract.
public struct VerifyReport: Codable, Hashable, Sendable {
  /// Whether both sides had the same of both streams.
  public let equal: Bool
  /// Writes that the peer had shared and this node lacked.
  public let missing_here: Int
  /// Writes that this node had shared and the peer lacked.
  public let missing_there: Int
  /// How many of these are there now.
  public let mended: Int
  /// Bytes of all messages of the comparison, both ways, before framing.
  public let bytes: Int
  /// Questions asked and answered.
  public let round_trips: Int
}
