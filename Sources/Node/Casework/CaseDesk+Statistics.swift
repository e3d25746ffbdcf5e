public import Casework
import Records

extension CaseDesk {
  /// Figures of all notifications here, with nothing small in them.
  /// - Parameter threshold: counts from 1 up to one less are suppressed.
  /// - Throws: `ReplicaError`, or `SchoolFileError` where the list of schools cannot be read.
  public func statistics(threshold: Int) throws -> StatisticsReport {
    let directory = try caseFiles.directory()
    let now = now
    let cases = try notifications().compactMap { found in
      let urn = found.school.flatMap { try? URN(String($0.local)) }
      return FigureCase(found, school: urn.flatMap { directory?.school($0) }, at: now)
    }
    return StatisticsReport(cases, threshold: threshold)
  }
}
