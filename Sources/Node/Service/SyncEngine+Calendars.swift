import Casework
import Logging
import Records

extension SyncEngine {
  /// How often it is looked whether another day has begun.
  private static let calendarInterval: Duration = .seconds(60)

  /// Says once a day which calendars end soon, until cancelled: whoever reads the log hears of it before
  /// deadlines have to be guessed. Calendars that cannot be read are said as often.
  func watchCalendars() async {
    var said: LocalDate?
    while !Task.isCancelled {
      let today = LondonTime(context.node.clock.now()).date
      if today != said {
        said = today
        await sayWhatEnds()
      }
      try? await Task.sleep(for: Self.calendarInterval)
    }
  }

  private func sayWhatEnds() async {
    do {
      let node = context.node
      for ending in try await context.replica({ _, _ in try node.endingCalendars() }) {
        context.logger.warning("calendar", metadata: ["warning": "\(ending)"])
      }
    } catch {
      context.logger.warning("calendar", metadata: ["warning": "\(error)"])
    }
  }
}
