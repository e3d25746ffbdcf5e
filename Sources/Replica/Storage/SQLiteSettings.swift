import CSQLite

/// What SQLite has to be told before a process uses it for the first time.
package enum SQLiteSettings {
  /// SQLite counts the memory that it takes, behind one lock for the whole process: threads that work on files of their
  /// own wait for each other whenever it takes or gives back a piece. Nobody asks for the count.
  ///
  /// Whether it counts no more; where somebody has used SQLite before, it goes on counting, and nothing else differs.
  package static let leavesMemoryUncounted = csqlite_leave_memory_uncounted() == 0
}
