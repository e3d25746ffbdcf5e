import Foundation
import Mustache
import Node

/// The site's templates, read once.
struct Templates: Sendable {
  private let library: MustacheLibrary

  init() throws {
    var templates: [String: MustacheTemplate] = [:]
    for (name, bytes) in Self.all {
      do {
        templates[name] = try MustacheTemplate(string: String(decoding: bytes, as: UTF8.self))
      } catch {
        throw NodeError("the template \(name) cannot be read: \(error)")
      }
    }
    library = MustacheLibrary(templates: templates)
  }

  /// A page's text.
  /// - Throws: `NodeError` where there is no such template.
  func render(_ name: String, _ model: Any) throws -> String {
    guard let text = library.render(model, withTemplate: name) else {
      throw NodeError("there is no template \(name)")
    }
    return text
  }
}

/// Around every page.
struct Frame: Sendable {
  let title: String
  let agency: String
  let signedIn: SignedInModel?
  let formToken: String
  let sections: [Section]
  let notice: String?
  let isLive: Bool
  /// When it was made: on paper one has to know how old it is.
  var printed = ""

  /// Who is signed in, as the page's head shows it.
  struct SignedInModel: Sendable {
    let title: String
    let role: String
  }

  /// A part of the site.
  struct Section: Sendable {
    let address: String
    let label: String
    let isHere: Bool
  }
}

/// A page with its frame, as a template sees the two.
struct FramedModel: Sendable {
  let frame: Frame
  let body: any Sendable
}
