import Casework
import Records
import Testing

/// The list of those whom an administrator admits at once.
struct AdmissionListTests {
  private func problem(_ text: String) -> String? {
    do {
      _ = try AdmissionList(csv: text, source: "schools.csv")
      return nil
    } catch {
      return error.description
    }
  }

  @Test func aListIsReadInWhateverOrderACountyWroteIt() throws {
    let text =
      "\u{FEFF}Name,Card , URN\r\n\"Abbey Lane, Primary\",cards/a.card,106982\r\nB,b.card, 107010\n\n"
    let rows = try AdmissionList(csv: text, source: "schools.csv").rows
    #expect(rows.map(\.agency.description) == ["school.106982", "school.107010"])
    #expect(rows.map(\.card) == ["cards/a.card", "b.card"])
    #expect(rows.map(\.line) == [2, 3])
    let others = try AdmissionList(
      csv: "agency,card\nhealth.example,h.card\n", source: "list"
    ).rows
    #expect(others.map(\.agency.description) == ["health.example"])
  }

  @Test func whatIsWrongIsSaidWithItsRow() {
    #expect(problem("") == "schools.csv: row 1: the file is empty")
    #expect(
      problem("urn,file\n") == "schools.csv: row 1: expected the columns card, and urn or agency")
    #expect(problem("urn,card\n106982\n") == "schools.csv: row 2: expected 2 columns, found 1")
    #expect(problem("urn,card\n10698,a\n") == "schools.csv: row 2: expected a URN of six digits")
    #expect(problem("agency,card\n106982,a\n") == "schools.csv: row 2: expected an agency id")
    #expect(problem("urn,card\n106982, \n") == "schools.csv: row 2: expected a card's file")
    #expect(problem("urn,card\n\"106982,a\n")?.contains("a quote is not closed") == true)
  }
}
