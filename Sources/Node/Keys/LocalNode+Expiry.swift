import Agreements
public import Foundation
public import Records
import Replica
import Transport

/// Something that is valid until a time that is near, or past.
public struct Expiry: Hashable, Sendable, CustomStringConvertible {
  /// What it is, as a person calls it.
  public let what: String
  public let at: Instant
  /// What to do.
  public let remedy: String
  let isPast: Bool

  public var description: String {
    "\(what) \(isPast ? "expired" : "expires") on \(at.utcDate): \(remedy)"
  }
}

extension LocalNode {
  /// For how many days before it ends something is warned about.
  public static let warnedDays = 30

  /// What expires soon. Certificates live on the real clock, delegations on the node's.
  /// - Parameters:
  ///   - leaf: the certificate (DER) that the running node shows.
  ///   - days: how soon.
  /// - Throws: `ReplicaError`.
  public func expiring(
    running leaf: Data? = nil, within days: Int = warnedDays
  ) throws -> [Expiry] {
    let real = Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
    func ending(
      _ what: String, _ at: Instant?, _ remedy: String, now: Instant
    ) -> Expiry? {
      guard let at, at <= now.advanced(byMilliseconds: Int64(days) * 86_400_000) else {
        return nil
      }
      return Expiry(what: what, at: at, remedy: remedy, isPast: at <= now)
    }
    func certificate(_ what: String, _ der: Data?, _ remedy: String) -> Expiry? {
      ending(what, der.flatMap { CertificateAuthority.expiry(of: $0) }, remedy, now: real)
    }
    var found = [certificate("this node's certificate", leaf, "restart it")]
    if let path = configuration.webCertificate {
      let text = (try? NodeFolder.read(path)).map { String(decoding: $0, as: UTF8.self) }
      found.append(
        ending(
          "the certificate of the pages", text.flatMap { CertificateAuthority.expiry(ofPEM: $0) },
          "put a new one in \(path) and restart the node", now: real))
    }
    found += try countingTokens(lately: real).map { token in
      ending(
        "the token of \(token.actor)", token.expiresAt,
        "give the program another (concord token add)", now: real)
    }
    if configuration.device != nil {
      let own = try replica.enrolment(of: configuration.node)?.terms.certificate
      found.append(
        certificate(
          "this device's certificate", own,
          "the agency renews it (concord device renew), and this node is restarted"))
      return found.compactMap { $0 }
    }
    found.append(
      certificate(
        "this agency's CA", keys.authority?.der,
        "take up a new one (concord keys rotate --ca)"))
    found.append(
      try superseded(leaf).flatMap { ending($0.what, $0.until, $0.remedy, now: clock.now()) })
    let partnership = try replica.partnership()
    for peer in partnership.peers(of: agency, at: clock.now()) {
      found.append(
        certificate(
          "the CA of \(peer)", partnership.keys(of: peer)?.current.authority,
          "\(peer) takes up a new one (concord keys rotate --ca)"))
    }
    let lately = clock.now().advanced(byMilliseconds: -Int64(Self.warnedDays) * 86_400_000)
    // One that nobody renewed for a month is not used any more.
    for device in try replica.devices(now: clock.now())
    where device.revokedAt == nil && device.delegation.until > lately {
      let remedy = "concord device renew DIR \(device.node.node)"
      // Certificate and delegation end together, unless their clocks differ.
      found.append(
        ending(
          "the key of device \(device.node.node)", device.delegation.until, remedy,
          now: clock.now())
          ?? certificate(
            "the certificate of device \(device.node.node)", device.certificate, remedy))
    }
    return found.compactMap { $0 }
  }

  /// The tokens of which a program may miss it that they end: none that was taken back, none that another of the
  /// same name outlives, and none that ended a month ago.
  private func countingTokens(lately now: Instant) throws -> [ProgramToken] {
    let month = Int64(Self.warnedDays) * 86_400_000
    let tokens = try replica.tokens().filter { $0.revokedAt == nil }
    return tokens.filter { token in
      token.expiresAt.advanced(byMilliseconds: month) > now
        && !tokens.contains { $0.name == token.name && $0.expiresAt > token.expiresAt }
    }
  }

  /// What a node that runs still signs with, or shows, although something took its place.
  private func superseded(
    _ leaf: Data?
  ) throws -> (what: String, until: Instant, remedy: String)? {
    guard keys.pairs.count > 1, let chain = try replica.partnership().keys(of: agency) else {
      return nil
    }
    if let until = chain.signing(keys.signing.id)?.until {
      return ("the signing key with which this node was started", until, "restart it")
    }
    let issuer = leaf.flatMap { leaf in keys.pairs.last { $0.authority.hasIssued(leaf) } }
    guard let der = issuer?.authority.der,
      let until = chain.links.last(where: { $0.authority == der })?.until
    else { return nil }
    return (
      "the CA of this node's certificate", until,
      "restart it once every peer knows the new one (concord keys show)"
    )
  }
}
