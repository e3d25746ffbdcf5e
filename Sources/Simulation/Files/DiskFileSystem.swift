import FoundationEssentials
import GRDBSQLite
import Replica
import Synchronization

/// The file system that SQLite is given in place of its own, as its default.
enum DiskFileSystem {
  /// Makes SQLite use it, once for the whole process.
  static func install() throws(DiskError) {
    guard installed == SQLITE_OK else { throw .notTaken(installed) }
  }

  private static let installed: Int32 = register()

  /// SQLite's own file system and the functions of files that are on a disk.
  struct Parts {
    let real: UnsafeMutablePointer<sqlite3_vfs>
    let methods: UnsafeMutablePointer<sqlite3_io_methods>
  }

  private static func register() -> Int32 {
    // Only before SQLite is used at all, and areas are played by a thread each.
    _ = SQLiteSettings.leavesMemoryUncounted
    guard let real = sqlite3_vfs_find(nil) else { return SQLITE_ERROR }
    // They live as long as the process: SQLite keeps pointers to them.
    let methods = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
    methods.initialize(to: DiskFile.methods)
    let parts = UnsafeMutablePointer<Parts>.allocate(capacity: 1)
    parts.initialize(to: Parts(real: real, methods: methods))
    let system = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
    system.initialize(to: real.pointee)
    system.pointee.pNext = nil
    system.pointee.szOsFile += Int32(DiskFile.prefix)
    system.pointee.pAppData = UnsafeMutableRawPointer(parts)
    let name: StaticString = "concord-simulated"
    system.pointee.zName = UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
    system.pointee.xOpen = { DiskFileSystem.open($0, $1, $2, $3, $4) }
    system.pointee.xDelete = { DiskFileSystem.delete($0, $1, $2) }
    system.pointee.xAccess = { DiskFileSystem.parts($0)?.real.access($1, $2, $3) ?? SQLITE_ERROR }
    return sqlite3_vfs_register(system, 1)
  }

  private static func parts(_ system: UnsafeMutablePointer<sqlite3_vfs>?) -> Parts? {
    system?.pointee.pAppData?.assumingMemoryBound(to: Parts.self).pointee
  }

  private static func open(
    _ system: UnsafeMutablePointer<sqlite3_vfs>?, _ name: UnsafePointer<CChar>?,
    _ file: UnsafeMutablePointer<sqlite3_file>?, _ flags: Int32,
    _ outFlags: UnsafeMutablePointer<Int32>?
  ) -> Int32 {
    guard let parts = parts(system), let file else { return SQLITE_ERROR }
    file.pointee.pMethods = nil
    guard let name, let disk = MountedDisks.disk(of: String(cString: name)) else {
      return parts.real.open(name, file, flags, outFlags)
    }
    let path = String(cString: name)
    return disk.state.withLock { state in
      guard state.isOn else { return SQLITE_CANTOPEN }
      let wasThere = FileManager.default.fileExists(atPath: path)
      let real = DiskFile.real(behind: file)
      real.pointee.pMethods = nil
      let code = parts.real.open(name, real, flags, outFlags)
      guard code == SQLITE_OK else { return code }
      if !wasThere, state.files[path] != nil {
        state.files[path]?.createdAgain()
      } else if state.files[path] == nil {
        state.files[path] = FileJournal(isNew: !wasThere)
      }
      let isLog = flags & (SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL)
      let object = DiskFile(
        disk: disk, path: path, boot: state.boot, isNewLog: !wasThere && isLog != 0)
      DiskFile.attach(object, to: file)
      file.pointee.pMethods = UnsafePointer(parts.methods)
      return SQLITE_OK
    }
  }

  private static func delete(
    _ system: UnsafeMutablePointer<sqlite3_vfs>?, _ name: UnsafePointer<CChar>?, _ sync: Int32
  ) -> Int32 {
    guard let parts = parts(system) else { return SQLITE_ERROR }
    guard let name, let disk = MountedDisks.disk(of: String(cString: name)) else {
      return parts.real.delete(name, sync)
    }
    let path = String(cString: name)
    return disk.state.withLock { state in
      guard state.isOn else { return DiskFile.Failure.delete }
      let content = FileManager.default.contents(atPath: path)
      // Without the real sync of the folder: this disk's own account of it is what counts.
      let code = parts.real.delete(name, 0)
      guard code == SQLITE_OK, let content else { return code }
      state.release(content.count)
      state.files[path, default: FileJournal(isNew: false)]
        .delete(content: content, isSynced: sync != 0)
      return code
    }
  }
}

extension UnsafeMutablePointer<sqlite3_vfs> {
  fileprivate func open(
    _ name: UnsafePointer<CChar>?, _ file: UnsafeMutablePointer<sqlite3_file>, _ flags: Int32,
    _ outFlags: UnsafeMutablePointer<Int32>?
  ) -> Int32 {
    pointee.xOpen?(self, name, file, flags, outFlags) ?? SQLITE_ERROR
  }

  fileprivate func delete(_ name: UnsafePointer<CChar>?, _ sync: Int32) -> Int32 {
    pointee.xDelete?(self, name, sync) ?? SQLITE_ERROR
  }

  fileprivate func access(
    _ name: UnsafePointer<CChar>?, _ flags: Int32, _ result: UnsafeMutablePointer<Int32>?
  ) -> Int32 {
    pointee.xAccess?(self, name, flags, result) ?? SQLITE_ERROR
  }
}
