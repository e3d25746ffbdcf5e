import Foundation
import TestSupport
import Testing

@testable import Web

/// Templates, and that what people typed is text in them.
struct TemplateTests {
  @Test func everyTemplateCanBeRead() throws {
    let templates = try Templates()
    let page = try templates.render(
      "sign-in",
      FramedModel(
        frame: Frame(
          title: "Sign in", agency: "A <b>\"school\"</b>", signedIn: nil, formToken: "",
          sections: [], notice: nil, isLive: false),
        body: SignInModel(Form(["sign-in-name": "\"><script>"]), keeping: Form(["note": "'kept'"])))
    )
    #expect(page.contains("A &lt;b&gt;"))
    #expect(!page.contains("<script>\"") && !page.contains("\"><script>"))
    #expect(page.contains("value=\"&#39;kept&#39;\""))
    #expect(throws: (any Error).self) { try templates.render("no-such", NoModel()) }
  }

  /// Every template is listed, and every one that is listed is used.
  @Test func everyTemplateIsListed() throws {
    let files = Set(
      try FileManager.default.contentsOfDirectory(
        atPath: repositoryRoot.appendingPathComponent("Sources/Web/Templates").path
      ).map { String($0.dropLast(".mustache".count)) })
    #expect(files == Set(Templates.all.map(\.0)))
  }
}
