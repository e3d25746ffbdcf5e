import Casework
import Foundation
import Records

/// The export as a page that a person reads at home: no scripts, nothing from elsewhere.
extension AccessExport {
  /// As HTML.
  public func html() -> String {
    """
    <!doctype html>
    <html lang="en-GB"><head><meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>What \(Self.safe(agency_name)) holds about you</title>
    <style>\(Self.style)</style></head><body>
    <p class="marking">\(marking)</p>
    <main><h1>What \(Self.safe(agency_name)) holds about \(asked_by == "subject" ? "you" : "the person you asked for")</h1>
    <p>You asked on \(Self.day(received)). This is request \(request), made ready on \(Self.day(made_at)); it was due by \(Self.day(answer_due)).</p>
    <p>\(givenCount) facts are given here. \(redactedCount == 0 ? "Nothing is left out of these records." : "\(redactedCount) are left out; beside each stands why.")\(others)</p>
    <p>If something here is wrong you can ask for it to be put right: your words will stand beside it. If you are not content with this answer, tell us; you can also complain to the Information Commissioner (ico.org.uk, 0303 123 1113), or go to a court.</p>
    \(holdings.map(Self.section).joined(separator: "\n"))
    </main><p class="marking">\(marking)</p></body></html>

    """
  }

  private var others: String {
    switch records_about_others {
    case 0: ""
    case 1: " One record that is about somebody else is left out as a whole."
    default: " \(records_about_others) records that are about other people are left out as a whole."
    }
  }

  private static func section(_ holding: Holding) -> String {
    let rows = holding.entries.map { entry in
      let what =
        entry.value.map(safe)
        ?? "<span class=\"out\">Left out. \(safe(entry.redacted_because ?? ""))</span>"
      return
        "<tr><th scope=\"row\">\(safe(entry.title))</th><td>\(what)</td><td>\(safe(entry.by)), \(day(entry.at))</td></tr>"
    }
    var parts = [
      "<section><h2>\(safe(holding.title))</h2>",
      "<table><thead><tr><th scope=\"col\">What</th><th scope=\"col\">What it says</th><th scope=\"col\">Written by</th></tr></thead><tbody>",
      rows.joined(separator: "\n"), "</tbody></table>",
    ]
    if !holding.from.isEmpty {
      parts.append("<h3>Where it came from</h3><ul>")
      parts += holding.from.map { "<li>\(safe($0.from))</li>" }
      parts.append("</ul>")
    }
    parts.append("<h3>Who received it from us</h3>")
    if holding.received_by.isEmpty {
      parts.append("<p>Nobody.</p>")
    } else {
      parts.append("<ul>")
      parts += holding.received_by.map(recipient)
      parts.append("</ul>")
    }
    if !holding.corrections.isEmpty {
      parts.append("<h3>What you said about it</h3><ul>")
      parts += holding.corrections.map { said in
        let answer = said.answer.map { "Our answer: \(safe($0)). \(safe(said.because ?? ""))" }
        return
          "<li><q>\(safe(said.words))</q> (about \(safe(said.field)), \(day(said.at))) \(answer ?? "We have not answered yet.")</li>"
      }
      parts.append("</ul>")
    }
    return parts.joined(separator: "\n") + "</section>"
  }

  private static func recipient(_ recipient: Recipient) -> String {
    let time =
      day(recipient.first_at) == day(recipient.last_at)
      ? "on \(day(recipient.first_at))"
      : "from \(day(recipient.first_at)) to \(day(recipient.last_at))"
    var text = "\(safe(recipient.to)), \(time): \(safe(recipient.fields.joined(separator: ", ")))."
    if let purpose = recipient.purpose { text += " For: \(safe(purpose))." }
    if !recipient.legal_basis.isEmpty {
      text += " Because: \(safe(recipient.legal_basis.joined(separator: "; ")))."
    }
    if let back = recipient.taken_back_at {
      text += " Some of it was taken back on \(day(back))"
      text +=
        recipient.outcome.map { ": they say \(safe($0.replacingOccurrences(of: "-", with: " ")))." }
        ?? "; they have not confirmed yet."
    }
    return "<li>\(text)</li>"
  }

  private static func day(_ text: String) -> String {
    if let instant = Instant(text) { return PeopleTime.plain(LondonTime(instant).date) }
    return LocalDate(text).map(PeopleTime.plain) ?? safe(text)
  }

  private static func safe(_ text: String) -> String {
    text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
      .replacingOccurrences(of: ">", with: "&gt;").replacingOccurrences(of: "\"", with: "&quot;")
  }

  private static let style = """
    body{font:17px/1.5 system-ui,sans-serif;color:#111;background:#fff;margin:0}
    main{max-width:52rem;margin:0 auto;padding:1rem}
    .marking{background:#111;color:#fff;text-align:center;margin:0;padding:.3rem;font-weight:700;letter-spacing:.05em}
    h1{font-size:1.7rem;line-height:1.2}h2{font-size:1.3rem;border-top:3px solid #111;padding-top:.6rem;margin-top:2rem}
    h3{font-size:1rem;margin-bottom:.2rem}
    table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.4rem .6rem .4rem 0;border-bottom:1px solid #bbb;overflow-wrap:anywhere}
    thead th{font-size:.85rem}tbody th{font-weight:600;width:28%}td:last-child{width:26%;font-size:.9rem;color:#444}
    .out{color:#6b2b00}ul{margin-top:.2rem}
    @media print{.marking{color:#111;background:#fff;border:1px solid #111}section{break-inside:auto}}
    """
}
