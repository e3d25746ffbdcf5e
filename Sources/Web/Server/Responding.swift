import Agreements
import Casework
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Node
import Records
import Replica

/// What stands around a page: who looks, and where.
struct Around: Sendable {
  var visit: Visit?
  var session: String
  var address: String
  var notice: String?
}

extension Site {
  /// Turns what a page answers into a response.
  func respond(_ reply: Reply, _ around: Around) async -> Response {
    switch reply {
    case .page(let screen): await framed(screen, status: screen.status, around)
    case .redirect(let address): Self.redirect(to: address)
    case .notFound:
      await framed(Screen("Page not found", "not-found", NoModel()), status: 404, around)
    case .notTheirs:
      await framed(
        Screen("Your role does not do this", "not-theirs", NoModel()), status: 403, around)
    }
  }

  /// A form that is none of ours, or none at all.
  func refused(_ status: Int) async -> Response {
    logRefusal("a request was refused", ["status": "\(status)"])
    return await framed(Screen("This was not sent", "refused", NoModel()), status: status, nil)
  }

  func framed(_ screen: Screen, status: Int, _ around: Around?) async -> Response {
    let frame = frame(screen, around)
    guard
      let text = try? templates.render(
        screen.template, FramedModel(frame: frame, body: screen.model))
    else { return Response(status: .internalServerError) }
    var headers = HTTPFields()
    headers[.contentType] = "text/html; charset=utf-8"
    headers[.cacheControl] = "no-store"
    return Response(
      status: .init(code: status), headers: headers,
      body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }

  static func redirect(to address: String) -> Response {
    var headers = HTTPFields()
    // Within this site alone: `//elsewhere` would be another host to a browser.
    headers[.location] = "/" + address.drop { $0 == "/" || $0 == "\\" }
    headers[.cacheControl] = "no-store"
    return Response(status: .seeOther, headers: headers)
  }

  private func frame(_ screen: Screen, _ around: Around?) -> Frame {
    let visit = around?.visit
    return Frame(
      title: (screen.hasProblems ? "Error: " : "") + screen.title,
      agency: node.configuration.name,
      signedIn: visit.map {
        Frame.SignedInModel(title: $0.viewer.account.title, role: $0.viewer.role.title)
      },
      formToken: around.map { Self.formToken($0.session) } ?? "",
      sections: visit.map { Self.sections($0, around?.address ?? "") } ?? [],
      notice: around?.notice, isLive: screen.isLive, printed: PeopleTime.text(node.now))
  }

  private static func sections(_ visit: Visit, _ here: String) -> [Frame.Section] {
    let all: [(address: String, label: String, isShown: Bool)] = [
      ("/", "Today", true), ("/incidents/new", "New incident", visit.may(.record)),
      ("/search", "Find a child", visit.viewer.role.labels != []),
      ("/conflicts", "To settle", visit.may(.resolve)),
      ("/plans", "Plans", visit.may(.plan)), ("/figures", "Figures", visit.may(.figures)),
      ("/audit", "Who looked", visit.may(.audit)),
      ("/retention", "Time is over", visit.may(.retain)),
      ("/node", "This node", visit.may(.node)),
    ]
    return all.filter(\.isShown).map {
      Frame.Section(address: $0.address, label: $0.label, isHere: $0.address == here)
    }
  }
}

/// For templates that show nothing of their own.
struct NoModel: Sendable {}

/// Why a page failed, for who asked for it.
struct ProblemModel: Sendable {
  let text: String

  init(_ error: any Error) {
    text =
      (try? Visit.words(error)).map { "\($0)." }
      ?? "Try again. If it goes on, tell whoever looks after Concord here."
  }
}

/// The page to sign in on.
struct SignInModel: Sendable {
  let name: FieldModel
  let problems: [Form.Problem]
  /// What had been typed on the page that was asked for.
  let kept: [Kept]

  struct Kept: Sendable {
    let name: String
    let value: String
  }

  init(_ form: Form, keeping kept: Form) {
    name = form.field("sign-in-name", "Name")
    problems = form.problems
    self.kept = kept.values.sorted { $0.key < $1.key }.map { Kept(name: $0.key, value: $0.value) }
  }
}
