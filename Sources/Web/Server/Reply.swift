import Records

/// What a page answers.
enum Reply {
  /// A template and what it shows.
  case page(Screen)
  /// The browser goes on to another page of this site.
  case redirect(String)
  /// There is no such thing, or somebody may not see it: the two are never told apart.
  case notFound
  /// Their role does not do this.
  case notTheirs
}

/// A template, what it shows, and how the page around it begins.
struct Screen {
  /// The page's name in the browser's tab: never a person's, since a tab is read over shoulders.
  var title: String
  var template: String
  var model: any Sendable
  var status = 200
  /// Whether an entry has to be put right: said first to whoever hears the page.
  var hasProblems = false
  /// Whether the page looks for news.
  var isLive = false

  init(_ title: String, _ template: String, _ model: any Sendable) {
    self.title = title
    self.template = template
    self.model = model
  }
}
