import Agreements
import Foundation
import Records
import Testing

/// The published vectors of signed documents.
struct DocumentVectorTests {
  @Test(
    "an accepted file holds exactly the published documents", arguments: DocumentVector.accepted)
  func accepted(vector: DocumentVector) throws {
    let documents = try DocumentFile(vector.file, source: vector.name).documents
    let expected = try #require(vector.documents)
    #expect(!expected.isEmpty)
    #expect(documents.map(\.id.description) == expected.map(\.id))
    #expect(documents.map(\.kind.rawValue) == expected.map(\.kind))
    #expect(documents.map(\.text) == expected.map(\.body))
    #expect(try documents.map { try vector.signers(of: $0) } == expected.map(\.signed_by))
    #expect(DocumentFile(documents).text == vector.file)
    for document in documents { try Self.read(document, source: vector.name) }
  }

  /// Reads a document as one of its kind.
  private static func read(_ document: SignedDocument, source: String) throws {
    switch document.kind {
    case .card: _ = try Card(document, source: source)
    case .agreement: _ = try Agreement(document, source: source)
    case .membership: _ = try Membership(document, source: source)
    case .profile: _ = try ProfileFile(document, source: source)
    case .suspension: _ = try Suspension(document, source: source)
    case .exit: _ = try Exit(document, source: source)
    case .release: _ = try Release(document, source: source)
    case .delegation: _ = try Delegation(document, source: source)
    case .revocation: _ = try Revocation(document, source: source)
    case .rotation: _ = try KeyRotation(document, source: source)
    case .enrolment: _ = try Enrolment(document, source: source)
    case .deviceRequest: _ = try DeviceRequest(document, source: source)
    }
  }

  @Test("a rejected file is refused for the published reason", arguments: DocumentVector.rejected)
  func rejected(vector: DocumentVector) throws {
    if let document = try? DocumentFile(vector.file, source: vector.name).documents.first {
      if vector.reason == "malformed-document" {
        #expect(throws: DocumentError.self) { try Self.read(document, source: vector.name) }
        return
      }
      #expect(vector.reason == "bad-signature")
      #expect(try vector.signers(of: document).isEmpty)
      #expect(throws: DocumentError.self) { try Card(document, source: vector.name) }
    } else {
      #expect(vector.reason == "malformed-file")
    }
  }

  @Test("there are vectors of both kinds")
  func counts() {
    #expect(DocumentVector.accepted.count >= 10)
    #expect(DocumentVector.rejected.count >= 24)
  }
}

/// One file of Protocol/vectors/document.
struct DocumentVector: Decodable, Sendable, CustomTestStringConvertible {
  var name = ""
  let file: String
  let keys: [String: String]
  let reason: String?
  let documents: [Fields]?

  enum CodingKeys: CodingKey { case file, keys, reason, documents }

  var testDescription: String { name }

  struct Fields: Decodable, Sendable {
    let kind: String
    let id: String
    let body: String
    let signed_by: [String]
  }

  /// The agencies whose valid signature a document has.
  func signers(of document: SignedDocument) throws -> [String] {
    try keys.sorted { $0.key < $1.key }.filter { agency, key in
      let agency = try #require(AgencyID(agency))
      let bytes = try #require(Data(hexadecimal: key))
      return document.isSigned(by: agency, key: try #require(VerifyingKey(bytes)))
    }.map(\.key)
  }

  static let accepted = read("accepted")
  static let rejected = read("rejected")

  private static func read(_ folder: String) -> [DocumentVector] {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    do {
      return try FileManager.default.contentsOfDirectory(
        at: root.appending(path: "Protocol/vectors/document/\(folder)"),
        includingPropertiesForKeys: nil
      ).filter { $0.pathExtension == "json" }.sorted { $0.path < $1.path }.map { file in
        var vector = try JSONDecoder().decode(
          DocumentVector.self, from: Data(contentsOf: file))
        vector.name = file.deletingPathExtension().lastPathComponent
        return vector
      }
    } catch {
      preconditionFailure("Protocol/vectors/document/\(folder): \(error)")
    }
  }
}
