import Agreements
import Foundation
import Records
import TestSupport
import Testing

/// What an agreement says of deadlines: local, and never in the program.
@Suite struct LocalPracticeTests {
  private func agreement(_ practice: String) throws -> Agreement {
    // What the template says of the helpline gives way.
    let text = try Bundled.text("agreements/sheffield-encompass.yaml")
      .split(separator: "\n", omittingEmptySubsequences: false)
      .filter { !$0.hasPrefix("helpline:") }.joined(separator: "\n")
    return try Agreement(template: text + practice + "\n", source: "template")
  }

  @Test func aTemplateSaysWhoIsToldMeanwhileAndWhen() throws {
    let minimal = try Agreement(
      template: try Bundled.text("agreements/minimal-with-hub.yaml"), source: "template")
    #expect(minimal.deferral?.officer == AgencyID("care.E10000019"))
    #expect(minimal.deferral?.coversWeekends == true)
    #expect(minimal.escalation?.hub == 60)
    #expect(minimal.helpline?.contains("Helpline") == true)
    let sheffield = try agreement("")
    #expect(sheffield.deferral == nil && sheffield.escalation == nil && sheffield.helpline == nil)
    // Whoever drafts from Sheffield's template has the line for the helpline, to fill in.
    let template = try Agreement(
      template: try Bundled.text("agreements/sheffield-encompass.yaml"), source: "template")
    #expect(template.helpline?.contains("Helpline") == true)
  }

  @Test(arguments: [
    ("deferral: {officer: care.E10000019, weekends: true, holidays: true}", "is no principal"),
    ("deferral: {officer: care.E08000019, weekends: false, holidays: false}", "covers nothing"),
    ("deferral: {officer: care.E08000019, weekends: maybe, holidays: true}", "true or false"),
    ("deferral: {officer: care.E08000019, weekends: true}", "holidays"),
    ("escalation: {second_key_adult: 0, head: 60, hub: 30}", "rising order"),
    ("helpline: []", "helpline"), ("helpline: \"two\\nlines\"", "one line of text"),
    ("escalation: {second_key_adult: -1, head: 60, hub: 90}", "minutes after the deadline"),
    ("escalation: {second_key_adult: 0, head: 60, hub: 99999}", "from 0 to 10080"),
  ])
  func whatHasNoSenseIsRefused(practice: String, words: String) throws {
    do {
      _ = try agreement(practice)
      Issue.record("\(practice) is read")
    } catch let error as DocumentError {
      #expect("\(error)".contains(words), "\(error)")
    }
  }
}
