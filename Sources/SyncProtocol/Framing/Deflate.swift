import CZlib
package import FoundationEssentials

/// Raw deflate (RFC 1951) through the system's zlib.
package enum Deflate {
  /// Deflates at level 1, the only level that keeps up with the disk; nothing on failure.
  static func compress(_ data: Data) -> Data? {
    var stream = z_stream()
    let version = zlibVersion()
    let size = Int32(MemoryLayout<z_stream>.size)
    guard deflateInit2_(&stream, 1, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY, version, size) == Z_OK
    else { return nil }
    defer { deflateEnd(&stream) }
    let capacity = Int(deflateBound(&stream, UInt(data.count)))
    return run(&stream, input: data, capacity: capacity) { deflate($0, Z_FINISH) }
  }

  /// Inflates to exactly this many bytes; nothing where the data is damaged or of another size.
  package static func decompress(_ data: Data, size: Int) -> Data? {
    var stream = z_stream()
    guard
      inflateInit2_(&stream, -15, zlibVersion(), Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { return nil }
    defer { inflateEnd(&stream) }
    let inflated = run(&stream, input: data, capacity: size) { inflate($0, Z_FINISH) }
    return inflated?.count == size && stream.avail_in == 0 ? inflated : nil
  }

  private static func run(
    _ stream: inout z_stream, input: Data, capacity: Int,
    _ step: (UnsafeMutablePointer<z_stream>) -> Int32
  ) -> Data? {
    // zlib never writes through `next_in`; its C type lacks a const.
    var source = [UInt8](input)
    var output = [UInt8](repeating: 0, count: max(capacity, 1))
    let produced: Int? = source.withUnsafeMutableBufferPointer { from in
      output.withUnsafeMutableBufferPointer { into in
        stream.next_in = from.baseAddress
        stream.avail_in = UInt32(from.count)
        stream.next_out = into.baseAddress
        stream.avail_out = UInt32(into.count)
        let result = step(&stream)
        stream.next_in = nil
        stream.next_out = nil
        return result == Z_STREAM_END ? into.count - Int(stream.avail_out) : nil
      }
    }
    return produced.map { Data(output.prefix($0)) }
  }
}
