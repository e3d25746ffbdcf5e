import CQREncode
import CZlib
public import Foundation

/// A QR code of a line of text: on a terminal, as SVG, as PNG. The modules are worked out by libqrencode.
public struct QRCode: Sendable {
  /// Modules on a side, without the quiet zone.
  public let width: Int
  /// Row by row; true is dark.
  private let modules: [Bool]

  /// The light modules that scanners need on each side (ISO/IEC 18004).
  private static let quiet = 4
  /// Of a picture: readable from a screen and from paper.
  private static let pixelsPerModule = 6

  /// Codes a text so that a sixth of it may be smudged (level M).
  /// - Throws: `NodeError` where it is too long for any code.
  public init(_ text: String) throws(NodeError) {
    guard let code = QRcode_encodeString(text, 0, QR_ECLEVEL_M, QR_MODE_8, 1) else {
      throw NodeError("this is too long for a QR code: send the card's file")
    }
    defer { QRcode_free(code) }
    let side = Int(code.pointee.width)
    width = side
    // The lowest bit says whether a module is dark; the others how it came about.
    modules = UnsafeBufferPointer(start: code.pointee.data, count: side * side).map { $0 & 1 == 1 }
  }

  /// Modules on a side with the quiet zone.
  private var side: Int { width + 2 * Self.quiet }

  /// Whether a module is dark, counted with the quiet zone.
  private func isDark(_ row: Int, _ column: Int) -> Bool {
    let (row, column) = (row - Self.quiet, column - Self.quiet)
    guard 0..<width ~= row, 0..<width ~= column else { return false }
    return modules[row * width + column]
  }

  /// Lines of half blocks, two modules above each other in one character. Light ones are drawn, as terminals
  /// mostly write light on dark.
  /// - Parameter isColoured: whether each line sets its colours, so that it is right on any terminal.
  public func text(isColoured: Bool) -> String {
    stride(from: 0, to: side, by: 2).map { row in
      let line = (0..<side).map { column in
        switch (isDark(row, column), row + 1 == side || isDark(row + 1, column)) {
        case (false, false): "█"
        case (false, true): "▀"
        case (true, false): "▄"
        case (true, true): " "
        }
      }.joined()
      return isColoured ? "\u{1B}[40;97m\(line)\u{1B}[0m\n" : line + "\n"
    }.joined()
  }

  /// A picture that scales: one path of all runs of dark modules.
  public var svg: String {
    var path = ""
    for row in 0..<side {
      var column = 0
      while column < side {
        let run = (column..<side).prefix { isDark(row, $0) }.count
        if run > 0 { path += "M\(column) \(row)h\(run)v1h-\(run)z" }
        column += run + 1
      }
    }
    let pixels = side * Self.pixelsPerModule
    return """
      <svg xmlns="http://www.w3.org/2000/svg" width="\(pixels)" height="\(pixels)" \
      viewBox="0 0 \(side) \(side)" shape-rendering="crispEdges">
      <rect width="\(side)" height="\(side)" fill="#fff"/>
      <path d="\(path)" fill="#000"/>
      </svg>

      """
  }

  /// A picture of one bit for each pixel.
  /// - Throws: `NodeError` where zlib has no memory.
  public func png() throws(NodeError) -> Data {
    let pixels = side * Self.pixelsPerModule
    var rows: [UInt8] = []
    for row in 0..<side {
      // Filter 0, then eight pixels to a byte; a set bit is light.
      var line = [UInt8](repeating: 0, count: 1 + (pixels + 7) / 8)
      for pixel in 0..<pixels where !isDark(row, pixel / Self.pixelsPerModule) {
        line[1 + pixel / 8] |= 0x80 >> UInt8(pixel % 8)
      }
      for _ in 0..<Self.pixelsPerModule { rows += line }
    }
    let size = withUnsafeBytes(of: UInt32(pixels).bigEndian, Array.init)
    return Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
      + Self.chunk("IHDR", size + size + [1, 0, 0, 0, 0])
      + Self.chunk("IDAT", try Self.deflated(rows)) + Self.chunk("IEND", [])
  }

  /// A part of a PNG file: length, name, content and the checksum over both.
  private static func chunk(_ name: String, _ content: [UInt8]) -> Data {
    let named = Array(name.utf8) + content
    let checksum = UInt32(truncatingIfNeeded: crc32(0, named, uInt(named.count)))
    return Data(withUnsafeBytes(of: UInt32(content.count).bigEndian, Array.init)) + named
      + withUnsafeBytes(of: checksum.bigEndian, Array.init)
  }

  private static func deflated(_ bytes: [UInt8]) throws(NodeError) -> [UInt8] {
    var size = compressBound(uLong(bytes.count))
    var deflated = [UInt8](repeating: 0, count: Int(size))
    guard compress2(&deflated, &size, bytes, uLong(bytes.count), Z_BEST_COMPRESSION) == Z_OK else {
      throw NodeError("no memory for the picture")
    }
    return Array(deflated.prefix(Int(size)))
  }
}
