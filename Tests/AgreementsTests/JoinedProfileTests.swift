import Agreements
import Foundation
import Records
import TestSupport
import Testing

/// A node that is party to several agreements has the fields of all their overlays; where two of them
/// do not say the same, an administrator hears of it.
struct JoinedProfileTests {
  private let police: TestAgency
  private let care: TestAgency
  private static let now = TestPartnership.now

  init() throws {
    police = try TestAgency("police.example", .police)
    care = try TestAgency("care.example", .care)
  }

  private static let base = """
    profile: base
    version: 1
    vocabularies:
      kind: {terms: [one]}
    records:
      child:
        fields:
          name: {type: text, label: identity, merge: review}
          kind: {type: vocabulary, vocabulary: kind, label: identity, merge: latest}
    """

  private func documents(_ lineage: String, _ overlay: String) throws -> [SignedDocument] {
    let template = """
      agreement: \(lineage)
      version: 1
      profile: base
      overlays: [\(lineage)-overlay]
      purpose: An example
      legal_basis: [None]
      starts: 2026-09-01
      ends: 2028-08-31
      principals: [police.example, care.example]
      grants:
        - {id: all, to: {kind: police}, write: [child.*]}
      """
    return try TestPartnership(
      template: template,
      profiles: [
        Self.base, "overlay: \(lineage)-overlay\nextends: base\nversion: 1\n\(overlay)\n",
      ], principals: [police, care]
    ).documents
  }

  private func partnership(_ alpha: String, _ beta: String) throws -> Partnership {
    Partnership(try documents("alpha", alpha) + documents("beta", beta))
  }

  private static func field(_ name: String, _ label: String) -> String {
    "records: {child: {fields: {\(name): {type: text, label: \(label), merge: latest}}}}"
  }

  @Test func fieldsAndTermsOfBothAreThere() throws {
    let partnership = try partnership(
      Self.field("nickname", "x"), "vocabularies: {kind: {add: [two]}}\n" + Self.field("pet", "x"))
    #expect(
      partnership.recordType("child")?.fields.map(\.name) == ["name", "kind", "nickname", "pet"])
    #expect(partnership.terms(of: "kind") == ["one", "two"])
    #expect(partnership.field("pet", of: "child")?.field.origin == "beta-overlay")
    #expect(
      Set(partnership.fields(of: "child").keys).isSuperset(of: ["nickname", "pet", "_person"]))
    #expect(partnership.warnings(at: Self.now).isEmpty)
  }

  @Test func aWriteIsJudgedByTheAgreementThatKnowsFieldAndValue() throws {
    let partnership = try partnership(
      Self.field("nickname", "x"), "vocabularies: {kind: {add: [two]}}\n" + Self.field("pet", "x"))
    func lineage(_ writes: [Write]) -> String? {
      partnership.mayWriteAll(police.id, writes, of: "child", at: Self.now)
        .term?.agreement.lineage
    }
    let (one, two) = (
      Write.set("kind", to: .term("one"), over: [:]), Write.set("kind", to: .term("two"), over: [:])
    )
    let nickname = Write.set("nickname", to: .text("A"), over: [:])
    #expect(lineage([one]) == "alpha")
    #expect(lineage([two]) == "beta")
    #expect(lineage([one, nickname]) == "alpha")
    #expect(lineage([two, nickname]) == nil)
    let person = Write.add(.text("PC"), to: "_person")
    let parts = partnership.partsByAgreement(
      police.id, [two, nickname, person], of: "child", at: Self.now)
    #expect(parts == [[nickname, person], [two, person]])
  }

  @Test func aClashIsSaid() throws {
    let partnership = try partnership(
      Self.field("pet", "x")
        + "\nvocabularies: {risk: {terms: [low, high], ordered: true}}",
      Self.field("pet", "y")
        + "\nvocabularies: {risk: {terms: [high, low], ordered: true}}")
    let warnings = partnership.warnings(at: Self.now)
    #expect(warnings.contains { $0.contains("beta") && $0.contains("child.pet") })
    #expect(warnings.contains { $0.contains("beta") && $0.contains("risk") })
  }

  @Test func aLongerOrderThatKeepsTheOtherIsNoClash() throws {
    let partnership = try partnership(
      "vocabularies: {risk: {terms: [low, high], ordered: true}}",
      "vocabularies: {risk: {terms: [low, medium, high], ordered: true}}")
    #expect(partnership.terms(of: "risk") == ["low", "medium", "high"])
    #expect(partnership.warnings(at: Self.now).isEmpty)
  }
}
