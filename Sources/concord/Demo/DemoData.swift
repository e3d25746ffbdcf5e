import Casework
import Foundation
import Node
import Records

/// The public data that the demo stands on: Sheffield's schools and calendar.
struct DemoData {
  let school: School
  /// The file of Sheffield's term dates.
  let termDates: String

  /// - Parameter folder: where the files lie; by default `Protocol/data` above the executable.
  init(urn text: String, folder: String?) throws {
    guard let folder = folder ?? Self.find() else {
      throw NodeError(
        "no folder Protocol/data above the executable: run the concord of a built repository (Scripts/demo)"
      )
    }
    func file(_ name: String) throws -> Data {
      guard let data = FileManager.default.contents(atPath: "\(folder)/\(name)") else {
        throw NodeError("cannot read \(folder)/\(name)")
      }
      return data
    }
    let directory = try SchoolDirectory(
      csv: String(decoding: try file("sheffield-schools.csv"), as: UTF8.self),
      source: "sheffield-schools.csv")
    let urn = try URN(text)
    guard let school = directory.school(urn) else {
      throw NodeError("URN \(urn) is no school in sheffield-schools.csv")
    }
    guard school.isOpen else { throw NodeError("\(school.name) (URN \(urn)) is \(school.status)") }
    self.school = school
    termDates = "\(folder)/sheffield-term-dates.json"
  }

  private static func find() -> String? {
    var folder = Executable.url.deletingLastPathComponent()
    while folder.path != "/" {
      let candidate = folder.appendingPathComponent("Protocol/data").path
      if FileManager.default.fileExists(atPath: candidate) { return candidate }
      folder = folder.deletingLastPathComponent()
    }
    return nil
  }
}

/// This program itself.
enum Executable {
  static var url: URL {
    let path = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
    return URL(fileURLWithPath: path ?? CommandLine.arguments[0])
  }
}
