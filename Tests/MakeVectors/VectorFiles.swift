import Foundation

/// Writes vectors, one file each, and never another content over one that is there.
struct VectorFiles {
  let root: URL
  let encoder: JSONEncoder
  private(set) var written = 0
  private(set) var unchanged = 0

  init(root: URL, encoder: JSONEncoder) {
    self.root = root
    self.encoder = encoder
  }

  mutating func write(_ vectors: [String: some Encodable], to folder: String) throws {
    let folder = root.appending(path: folder)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (name, vector) in vectors.sorted(by: { $0.key < $1.key }) {
      let file = folder.appending(path: "\(name).json")
      let data = try encoder.encode(vector) + Data("\n".utf8)
      if let there = try? Data(contentsOf: file) {
        guard there == data else {
          throw VectorError.wrong("\(name) would change; a published vector never does")
        }
        unchanged += 1
      } else {
        try data.write(to: file)
        written += 1
      }
    }
  }
}

/// Keys in the spelling of the `.proto` files: `changeID` becomes `change_id`.
struct JSONKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }

  init(_ name: String) {
    var key = ""
    var wasUpper = false
    for character in name.replacing("IDs", with: "Ids") {
      if character.isUppercase, !wasUpper { key += "_" }
      key += character.lowercased()
      wasUpper = character.isUppercase
    }
    stringValue = key
  }

  init?(stringValue: String) { self.init(stringValue) }
  init?(intValue: Int) { nil }
}
