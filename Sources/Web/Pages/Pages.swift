import Agreements

/// The site's pages.
enum Pages {
  static let all: [any Page] =
    [
      TodayPage(), WaitingPage(), NotificationPage(), IncidentPage(), ChildPage(), SharingPage(),
      DisclosuresPage(), RetentionPage(), NodePage(),
      ConflictPage(), RecordedPage(), SearchPage(), OverridePage(), FiguresPage(),
    ] + ConflictsPage.all + PlansPage.all + PlanPage.all + HistoryPage.all + WholePage.all
    + AuditPage.all
}

/// Whatever else is asked for: answered as a record that one may not see, signed in or not.
struct NoSuchPage: Page {
  let path = "**"
  func show(_ visit: Visit) throws -> Reply { .notFound }
}
