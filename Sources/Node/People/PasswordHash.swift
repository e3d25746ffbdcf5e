import Crypto
import CryptoExtras
import Foundation

/// What a password is checked against: scrypt, a function that needs memory, with a salt of its own
/// (RFC 7914; the parameters are those of the OWASP Password Storage Cheat Sheet).
struct PasswordHash: Sendable {
  /// The bytes that are kept: a version, the salt, the derived key.
  let bytes: Data

  private static let version: UInt8 = 1
  private static let saltBytes = 16
  private static let keyBytes = 32
  /// 32 MiB for each check, three times over.
  private static let (rounds, blockSize, parallelism) = (1 << 15, 8, 3)

  /// Takes what was kept.
  init(_ bytes: Data) { self.bytes = bytes }

  /// Derives what to keep of a new password.
  /// - Throws: `NodeError` where there is no memory for it.
  init(
    of password: String, using generator: inout some RandomNumberGenerator
  ) throws(NodeError) {
    let salt = Data(
      (0..<Self.saltBytes).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
    bytes = [Self.version] + salt + (try Self.derive(password, salt))
  }

  /// Whether a password is the one.
  /// - Throws: `NodeError` where there is no memory to check it.
  func matches(_ password: String) throws(NodeError) -> Bool {
    guard bytes.count == 1 + Self.saltBytes + Self.keyBytes, bytes.first == Self.version else {
      return false
    }
    let salt = Data(bytes.dropFirst().prefix(Self.saltBytes))
    let derived = try Self.derive(password, salt)
    // In constant time: how far two keys agree must not show.
    return zip(derived, bytes.suffix(Self.keyBytes)).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
  }

  /// Derives 32 bytes from what somebody typed.
  static func derive(_ password: String, _ salt: Data) throws(NodeError) -> Data {
    // One password has one form, however a keyboard composes it (RFC 8265).
    let typed = Data(password.precomposedStringWithCanonicalMapping.utf8)
    do {
      let key = try KDF.Scrypt.deriveKey(
        from: typed, salt: salt, outputByteCount: keyBytes, rounds: rounds, blockSize: blockSize,
        parallelism: parallelism, maxMemory: 256 << 20)
      return key.withUnsafeBytes { Data($0) }
    } catch {
      throw NodeError("a password could not be checked: there is not enough memory")
    }
  }
}
