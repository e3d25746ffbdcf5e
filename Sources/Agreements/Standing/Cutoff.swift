public import Records

/// From when an agency takes no part, and until when what it wrote before may still come in.
public struct Cutoff: Hashable, Sendable {
  /// The first instant whose writes do not count.
  public let effective: Instant
  /// The last instant, on the receiver's clock, at which earlier writes are taken in as they come.
  /// An HLC can be backdated: what comes later needs a `Release`.
  public let acceptUntil: Instant

  /// Nothing where the second lies before the first.
  public init?(effective: Instant, acceptUntil: Instant) {
    guard effective <= acceptUntil else { return nil }
    self.effective = effective
    self.acceptUntil = acceptUntil
  }

  static let keys = ["effective", "accept_until"]

  init(_ fields: YAMLFields) throws(DocumentError) {
    effective = try fields.required("effective").instant()
    acceptUntil = try fields.required("accept_until").instant()
    guard effective <= acceptUntil else {
      throw try fields.required("accept_until").fail("lies before effective")
    }
  }

  var lines: String { "effective: \(effective)\naccept_until: \(acceptUntil)\n" }
}
