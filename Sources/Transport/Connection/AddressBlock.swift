import Foundation
import NIOCore

/// Where a connection comes from, as far as one party commands it: an IPv4 address, or the 64 bits
/// of an IPv6 address that one network hands out.
struct AddressBlock: Hashable, Sendable {
  private let bytes: [UInt8]

  /// Stands for all addresses that are neither, and for those too many to tell apart.
  static let other = AddressBlock(bytes: [])

  private init(bytes: [UInt8]) { self.bytes = bytes }

  /// The block of a socket's address.
  init(_ address: SocketAddress?) {
    switch address {
    case .v4(let address):
      bytes = withUnsafeBytes(of: address.address.sin_addr) { Array($0) }
    case .v6(let address):
      let all = withUnsafeBytes(of: address.address.sin6_addr) { Array($0) }
      let isMappedV4 = all.prefix(12).elementsEqual(Self.mappedV4)
      bytes = isMappedV4 ? Array(all.suffix(4)) : Array(all.prefix(8))
    default: self = .other
    }
  }

  /// The prefix of IPv4 addresses in IPv6 form (RFC 4291, 2.5.5.2).
  private static let mappedV4: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
}
