import Agreements
import Foundation
import Records
import TestSupport
import Testing

/// A draft that cannot mean what it says is refused before anybody signs it.
struct DraftSenseTests {
  private let police: TestAgency
  private let care: TestAgency

  init() throws {
    police = try TestAgency("police.south-yorkshire", .police)
    care = try TestAgency("care.E08000019", .care)
  }

  /// What drafting Sheffield's template with one passage changed says is wrong.
  private func problem(_ old: String, _ new: String, cards: [TestAgency]? = nil) throws -> String {
    var text = try repositoryText("Protocol/agreements/sheffield-encompass.yaml")
    let place = try #require(text.range(of: old), "\(old) is not in the template")
    text.replaceSubrange(place, with: new)
    let profile = try ProfileFile(
      SignedDocument(
        kind: .profile, body: Data(try repositoryText("Protocol/profiles/core.yaml").utf8)),
      source: "core")
    do {
      _ = try Agreement.draft(
        template: text, source: "template.yaml",
        cards: try (cards ?? [police, care]).map { try $0.card() }, profiles: [profile],
        previous: nil)
      return "nothing"
    } catch let error as DocumentError {
      return error.description
    }
  }

  @Test func theTemplateItselfIsFine() throws {
    #expect(try problem("version: 1", "version: 1") == "nothing")
  }

  @Test(arguments: [
    ("review: 2027-09-01", "review: 2028-09-01", "review: lies before starts or after ends"),
    ("review: 2027-09-01", "review: 2026-08-31", "review: lies before starts or after ends"),
    ("to: {agency: care.E08000019}", "to: {agency: care.elsewhere}", "care.elsewhere is no prin"),
    ("to: {agency: care.E08000019}", "to: {agency: foo.bar}", "foo.bar is no principal"),
    ("lower: [notification.escalation]", "lower: [notification.context]", "merges by highest"),
    ("lower: [notification.escalation]", "lower: []", "expected at least one field"),
    ("read: [label:hub, label:school-action, label:training]", "read: []", "at least one field"),
    (
      "write: [restriction.*, restriction.people, restriction.reason]", "onward: true",
      "read, write"
    ),
  ])
  func nonsenseIsRefused(old: String, new: String, words: String) throws {
    let problem = try problem(old, new)
    #expect(problem.hasPrefix("template.yaml"), "\(problem)")
    #expect(problem.contains(words), "\(problem)")
  }

  @Test func aGrantMayNameAMemberToBeOrAKindThatComesLater() throws {
    for recipient in ["{agency: school.106982}", "{kind: health}"] {
      #expect(try problem("to: {agency: care.E08000019}", "to: \(recipient)") == "nothing")
    }
  }

  @Test func whatWasSignedIsReadAsItStands() throws {
    let profile = try ProfileFile(
      SignedDocument(
        kind: .profile, body: Data(try repositoryText("Protocol/profiles/core.yaml").utf8)),
      source: "core")
    let drafted = try Agreement.draft(
      template: try repositoryText("Protocol/agreements/sheffield-encompass.yaml"),
      source: "template.yaml", cards: try [police, care].map { try $0.card() },
      profiles: [profile], previous: nil)
    for (old, new) in [
      ("review: 2027-09-01", "review: 2030-01-01"),
      ("lower: [notification.escalation]", "lower: [notification.context]"),
      ("to: {agency: care.E08000019}", "to: {agency: care.elsewhere}"),
    ] {
      let text = drafted.text.replacingOccurrences(of: old, with: new)
      #expect(text != drafted.text)
      let agreement = try Agreement(
        SignedDocument(kind: .agreement, body: Data(text.utf8)), source: "signed")
      let merged = try agreement.mergedProfile(from: [profile])
      #expect(throws: Never.self) { try agreement.check(against: merged, source: "signed") }
    }
  }

  @Test func twoCardsOfOneAgencyAreRefused() throws {
    let other = try TestAgency("care.E08000019", .care)
    let problem = try problem("version: 1", "version: 1", cards: [police, care, other])
    #expect(problem.contains("two cards of care.E08000019"), "\(problem)")
  }
}
