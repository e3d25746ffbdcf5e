import Agreements

/// The site's pages.
enum Pages {
  static let all: [any Page] = [
    TodayPage(), NotificationPage(), IncidentPage(), ChildPage(), SharingPage(), ConflictsPage(),
    ConflictPage(), RecordedPage(), SearchPage(), OverridePage(), PlansPage(), PlanPage(),
    FiguresPage(),
    AuditPage(),
  ]
}

/// Whatever else is asked for: answered as a record that one may not see, signed in or not.
struct NoSuchPage: Page {
  let path = "**"
  func show(_ visit: Visit) throws -> Reply { .notFound }
}
