import Foundation

// Writes the test vectors: `MakeVectors DIRECTORY`. Vectors that are there already must come out
// the same, byte by byte: published vectors never change, and a new format brings new ones.
let encoder = JSONEncoder()
encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
encoder.keyEncodingStrategy = .custom { path in JSONKey(path[path.count - 1].stringValue) }

guard CommandLine.arguments.count == 2 else {
  FileHandle.standardError.write(Data("usage: MakeVectors DIRECTORY\n".utf8))
  exit(64)
}
do {
  var output = VectorFiles(root: URL(filePath: CommandLine.arguments[1]), encoder: encoder)
  try output.write(try AcceptedChanges().vectors, to: "change/accepted")
  try output.write(try RejectedChanges().vectors, to: "change/rejected")
  try output.write(try MergeVectors().vectors, to: "merge")
  let documents = try DocumentVectors()
  try output.write(documents.accepted, to: "document/accepted")
  try output.write(documents.rejected, to: "document/rejected")
  try output.write(try CardVectors().vectors, to: "card")
  print("\(output.written) written, \(output.unchanged) there already and the same")
} catch {
  FileHandle.standardError.write(Data("MakeVectors: \(error)\n".utf8))
  exit(1)
}
