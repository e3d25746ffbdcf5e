import Foundation
import TestSupport
import Testing

/// A plan with a family, over two agencies' nodes.
@Suite(.serialized) struct PlanTests {
  @Test func aNotificationGrowsIntoAPlanWithTheFamilysOwnWords() throws {
    let partnership = try CommandPartnership()
    let (police, care) = (partnership.path("police"), partnership.path("care"))
    func id(_ arguments: String...) throws -> String {
      let output = try Concord.run(arguments)
      #expect(output.status == 0, "\(output.error)")
      return output.id
    }
    let child = try id("put", police, "child", "name=Example Child", "school=school.106982")
    let mother = try id("put", police, "adult", "name=Example Parent", "children+=\(child)")
    let incident = try id(
      "put", police, "incident", "occurred_at=2027-05-01T21:40:00Z", "children+=\(child)",
      "category=crime", "risk_grade=high")
    let notification = try id("notify", police, child, "--incident", incident)
    let plan = try id("plan", "start", police, notification, "--review", "2027-05-04")
    #expect(try id("plan", "start", police, notification) == plan)
    let action = try id(
      "action", "add", police, plan, "--task", "Change the locks", "--owner", "care.E08000019",
      "--due", "2027-05-03")
    let voice = try id(
      "voice", "add", police, child, "--asked-on", "2027-05-03", "--words", "I want to stay.",
      "--consent", "hub", "--share-with", "care.E08000019")
    let secret = try id(
      "voice", "add", police, mother, "--asked-on", "2027-05-03", "--words", "Tell nobody.",
      "--consent", "hearer-only")
    let refused = try Concord.run("action", "status", police, action, "done")
    #expect(refused.status == 1 && refused.error.contains("care.E08000019's, which alone"))

    try partnership.start("police")
    try Concord.eventually("care is in step with the police") {
      try Concord.run("sync", care, "--peer", "police.south-yorkshire").status == 0
    }
    partnership.stop("police")
    try partnership.expect("put", care, "incident", "--id", incident, "category=no-concern")
    let shown = try partnership.expect("plan", "show", care, plan).out
    for words in [
      "(DUE)", "1 action, 1 LATE", "\"I want to stay.\"",
      "Example Parent: NOT YET ASKED by anybody whom this agency may hear",
      "care.E08000019 and police.south-yorkshire DISAGREE on category",
    ] {
      #expect(shown.contains(words), "\(words) in \(shown)")
    }
    // What one hearer alone may have stays there; the other's words came, as was agreed.
    #expect(try Concord.run("get", care, secret).status == 1)
    #expect(try partnership.values("care", voice, "words") == ["I want to stay."])
    try partnership.expect("action", "status", care, action, "done")
    #expect(try partnership.expect("plan", "board", care).out.contains("1 action,"))
    // A correction stands beside the text, in what the family can read.
    try partnership.expect(
      "voice", "add", care, child, "--asked-on", "2027-05-04", "--words", "My name is Sam.",
      "--consent", "hub")
    // What another one says of the plan is that person's, and shown to nobody else of the family.
    let father = try id("put", care, "adult", "name=Other Parent")
    try partnership.expect("put", care, "plan", "--id", plan, "family+=\(father)")
    let unsaid = try Concord.run(
      "voice", "add", care, plan, "--asked-on", "2027-05-04", "--words", "He must not know.",
      "--consent", "hearer-only")
    #expect(unsaid.status == 1 && unsaid.error.contains("whose: say whose words"))
    try partnership.expect(
      "voice", "add", care, plan, "--whose", mother, "--asked-on", "2027-05-04", "--words",
      "He must not know.", "--consent", "hearer-only")
    let corrected = try partnership.expect("plan", "show", care, plan).out
    #expect(corrected.contains("puts right the plan") && corrected.contains("He must not know."))
    let his = try partnership.expect("plan", "family", care, plan, "--for", father).out
    for words in ["He must not know.", "My name is Sam.", "I want to stay.", "Example Child"] {
      #expect(!his.contains(words), "\(words) in \(his)")
    }
    let hers = try partnership.expect(
      "plan", "family", care, plan, "--for", mother, "--for", child
    ).out
    for words in [
      "In the words of Example Parent: \"He must not know.\"", "agreed: only for whoever heard it",
      "\"My name is Sam.\"", "Notification\n", "Incident\n", "shared with: nobody",
      "(police.south-yorkshire)",
    ] {
      #expect(hers.contains(words), "\(words) in \(hers)")
    }
    #expect(!hers.contains("a record"))
    let family = try partnership.expect("plan", "family", care, plan, "--for", child).out
    #expect(family.hasPrefix("OFFICIAL-SENSITIVE"))
    #expect(family.contains("Name: Example Child") && family.contains("\"My name is Sam.\""))
    #expect(!family.contains("Tell nobody."))
  }
}
