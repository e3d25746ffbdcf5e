import Foundation
import Records
import Testing

/// The published vectors of the change format and of merging. They bind every implementation; the
/// checker in Protocol/check holds another one to the same files.
struct VectorTests {
  @Test("an accepted change verifies, with exactly the published ids", arguments: Vectors.accepted)
  func accepted(vector: AcceptedChange) throws {
    let (header, writes) = try vector.parts.verified()
    #expect(header.id.description == vector.change_id)
    #expect(header.key.description == vector.key_id)
    #expect(writes.map(\.id.description) == vector.write_ids)
    #expect(vector.header_fields == HeaderFields(header))
    #expect(writes.map { WriteFields($0.write) } == vector.writes)
  }

  @Test("a change's commitments can be rebuilt from its writes and its secret")
  func rebuilt() throws {
    let whole = try Vectors.accepted.compactMap { vector in
      try vector.secret.map {
        (vector, try #require(ChangeSecret(Data(hexadecimal: $0) ?? Data())))
      }
    }
    #expect(whole.count >= 12)
    for (vector, secret) in whole {
      let (header, writes) = try vector.parts.verified()
      let rebuilt = AuthoredChange.commitments(
        rebuiltFrom: writes.map(\.opening), of: header, secret: secret)
      #expect(rebuilt == header.commitments, "\(vector.name)")
    }
  }

  @Test(
    "a rejected change is refused, with exactly the published code", arguments: Vectors.rejected)
  func rejected(vector: RejectedChange) throws {
    do throws(ChangeError) {
      _ = try vector.parts.verified()
      Issue.record("accepted: \(vector.description)")
    } catch {
      #expect(error.code == vector.reason, "\(vector.description): \(error)")
    }
  }

  @Test("versions merge to what is published, in every order", arguments: Vectors.merges)
  func merge(vector: MergeVector) throws {
    let rule = try #require(MergeRule(rawValue: vector.rule))
    let versions = try vector.versions.map { try $0.version() }
    let next = try #require(AgencyID(vector.result.next_author))
    for order in vector.orders {
      var state = FieldState(rule: rule)
      for index in order { state.apply(versions[index]) }
      let view = FieldView(state) { value in
        if case .term(let term) = value { vector.vocabulary?.firstIndex(of: term) } else { nil }
      }
      #expect(view.versions.map(\.id.description) == vector.result.visible, "order \(order)")
      #expect(view.isConflict == vector.result.conflict, "order \(order)")
      #expect(SeenFields.list(state.context(for: next)) == vector.result.next_context)
    }
  }

  @Test("there are vectors of every kind")
  func counts() throws {
    #expect(Vectors.accepted.count >= 12)
    #expect(Vectors.rejected.count >= 25)
    #expect(Set(Vectors.merges.map(\.rule)) == Set(MergeRule.allCases.map(\.rawValue)))
    let reasons = Set(Vectors.rejected.map(\.reason))
    #expect(
      reasons == [
        "malformed-header", "malformed-proof", "malformed-write", "bad-signature", "uncommitted",
        "equivocation", "empty",
      ])
  }
}

/// Reads the files, found from this file's place.
enum Vectors {
  static let accepted: [AcceptedChange] = read("change/accepted")
  static let rejected: [RejectedChange] = read("change/rejected")
  static let merges: [MergeVector] = read("merge")

  /// Every vector of a folder, by name. One that cannot be read fails all tests that use it.
  private static func read<T: NamedVector>(_ folder: String) -> [T] {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    do {
      return try FileManager.default.contentsOfDirectory(
        at: root.appending(path: "Protocol/vectors/\(folder)"), includingPropertiesForKeys: nil
      ).filter { $0.pathExtension == "json" }.sorted { $0.path < $1.path }.map { file in
        var vector = try JSONDecoder().decode(T.self, from: Data(contentsOf: file))
        vector.name = file.deletingPathExtension().lastPathComponent
        return vector
      }
    } catch {
      preconditionFailure("Protocol/vectors/\(folder): \(error)")
    }
  }
}
