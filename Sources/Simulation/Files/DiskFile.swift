import FoundationEssentials
import GRDBSQLite
import Synchronization

/// An open file on a simulated disk. SQLite's own file stands behind it in memory.
final class DiskFile: Sendable {
  typealias Pointer = UnsafeMutablePointer<sqlite3_file>

  let disk: SimulatedDisk
  let path: String
  /// The disk's count of crashes when the file was opened.
  let boot: Int
  /// Whether this made a journal or log: SQLite's own file then syncs the folder with it.
  let isNewLog: Bool

  init(disk: SimulatedDisk, path: String, boot: Int, isNewLog: Bool) {
    self.disk = disk
    self.path = path
    self.boot = boot
    self.isNewLog = isNewLog
  }

  /// What stands in memory before SQLite's own file.
  private struct Head {
    var file: sqlite3_file
    var object: Unmanaged<DiskFile>
  }

  /// Bytes before SQLite's own file.
  static let prefix = MemoryLayout<Head>.stride

  static func real(behind file: Pointer) -> Pointer {
    (UnsafeMutableRawPointer(file) + prefix).assumingMemoryBound(to: sqlite3_file.self)
  }

  /// Makes a file one on a disk.
  static func attach(_ object: DiskFile, to file: Pointer) {
    UnsafeMutableRawPointer(file).assumingMemoryBound(to: Head.self).pointee.object =
      Unmanaged.passRetained(object)
  }

  private static func object(of file: Pointer) -> Unmanaged<DiskFile> {
    UnsafeMutableRawPointer(file).assumingMemoryBound(to: Head.self).pointee.object
  }

  /// SQLite's extended result codes, which Swift does not import.
  enum Failure {
    static let read = SQLITE_IOERR | (1 << 8)
    static let write = SQLITE_IOERR | (3 << 8)
    static let sync = SQLITE_IOERR | (4 << 8)
    static let truncate = SQLITE_IOERR | (6 << 8)
    static let size = SQLITE_IOERR | (7 << 8)
    static let delete = SQLITE_IOERR | (10 << 8)
    static let lock = SQLITE_IOERR | (15 << 8)
    static let sharedLock = SQLITE_IOERR | (20 << 8)
    static let sharedMap = SQLITE_IOERR | (21 << 8)
  }

  /// Calls SQLite's own function for a file that is not dead; else fails.
  private static func alive(
    _ file: Pointer?, orFail code: Int32,
    _ body: (Pointer, UnsafePointer<sqlite3_io_methods>) -> Int32?
  ) -> Int32 {
    guard let file, object(of: file).takeUnretainedValue().isAlive else { return code }
    return passing(file, body)
  }

  /// Calls SQLite's own function whether the file is dead or not.
  private static func passing(
    _ file: Pointer?, _ body: (Pointer, UnsafePointer<sqlite3_io_methods>) -> Int32?
  ) -> Int32 {
    guard let file else { return SQLITE_ERROR }
    let real = real(behind: file)
    guard let methods = real.pointee.pMethods else { return SQLITE_ERROR }
    return body(real, methods) ?? SQLITE_ERROR
  }

  private var isAlive: Bool { disk.state.withLock { $0.isOn && $0.boot == boot } }

  /// The functions, in the version without memory-mapped reading, which would bypass them.
  static var methods: sqlite3_io_methods {
    var methods = sqlite3_io_methods()
    methods.iVersion = 2
    methods.xClose = { DiskFile.close($0) }
    methods.xRead = { file, bytes, count, offset in
      DiskFile.alive(file, orFail: Failure.read) { $1.pointee.xRead?($0, bytes, count, offset) }
    }
    methods.xWrite = { file, bytes, count, offset in
      guard let file, let bytes else { return SQLITE_ERROR }
      let buffer = UnsafeRawBufferPointer(start: bytes, count: Int(count))
      return DiskFile.object(of: file).takeUnretainedValue()
        .write(buffer, at: Int(offset), to: RealFile(file: DiskFile.real(behind: file)))
    }
    methods.xTruncate = { file, size in
      guard let file else { return SQLITE_ERROR }
      return DiskFile.object(of: file).takeUnretainedValue()
        .truncate(to: Int(size), RealFile(file: DiskFile.real(behind: file)))
    }
    methods.xSync = { file, _ in
      guard let file else { return SQLITE_ERROR }
      return DiskFile.object(of: file).takeUnretainedValue().sync()
    }
    methods.xFileSize = { file, size in
      DiskFile.alive(file, orFail: Failure.size) { $1.pointee.xFileSize?($0, size) }
    }
    addLocks(to: &methods)
    addSharedMemory(to: &methods)
    return methods
  }

  private static func addLocks(to methods: inout sqlite3_io_methods) {
    methods.xLock = { file, level in
      DiskFile.alive(file, orFail: Failure.lock) { $1.pointee.xLock?($0, level) }
    }
    methods.xUnlock = { file, level in DiskFile.passing(file) { $1.pointee.xUnlock?($0, level) } }
    methods.xCheckReservedLock = { file, result in
      DiskFile.alive(file, orFail: Failure.lock) { $1.pointee.xCheckReservedLock?($0, result) }
    }
    methods.xFileControl = { file, operation, argument in
      // A hint about the size would make the real file grow unseen.
      if operation == SQLITE_FCNTL_SIZE_HINT || operation == SQLITE_FCNTL_CHUNK_SIZE {
        return SQLITE_OK
      }
      return DiskFile.passing(file) { $1.pointee.xFileControl?($0, operation, argument) }
    }
    methods.xSectorSize = { file in DiskFile.passing(file) { $1.pointee.xSectorSize?($0) } }
    methods.xDeviceCharacteristics = { file in
      DiskFile.passing(file) { $1.pointee.xDeviceCharacteristics?($0) }
    }
  }

  private static func addSharedMemory(to methods: inout sqlite3_io_methods) {
    methods.xShmMap = { file, region, size, isWriting, memory in
      DiskFile.alive(file, orFail: Failure.sharedMap) {
        $1.pointee.xShmMap?($0, region, size, isWriting, memory)
      }
    }
    methods.xShmLock = { file, offset, count, flags in
      if flags & SQLITE_SHM_UNLOCK != 0 {
        return DiskFile.passing(file) { $1.pointee.xShmLock?($0, offset, count, flags) }
      }
      return DiskFile.alive(file, orFail: Failure.sharedLock) {
        $1.pointee.xShmLock?($0, offset, count, flags)
      }
    }
    methods.xShmBarrier = { file in
      _ = DiskFile.passing(file) { real, methods in
        methods.pointee.xShmBarrier?(real)
        return SQLITE_OK
      }
    }
    methods.xShmUnmap = { file, isDeleting in
      guard let file else { return SQLITE_ERROR }
      // A dead file's memory has the name of its successor's.
      let deletes = DiskFile.object(of: file).takeUnretainedValue().isAlive ? isDeleting : 0
      return DiskFile.passing(file) { $1.pointee.xShmUnmap?($0, deletes) }
    }
  }

  private static func close(_ file: Pointer?) -> Int32 {
    guard let file else { return SQLITE_ERROR }
    let code = passing(file) { $1.pointee.xClose?($0) }
    file.pointee.pMethods = nil
    object(of: file).release()
    return code
  }
}

extension DiskFile {
  private func write(_ bytes: UnsafeRawBufferPointer, at offset: Int, to real: RealFile) -> Int32 {
    disk.state.withLock { state in
      guard state.isOn, state.boot == boot, let size = real.size else { return Failure.write }
      let growth = max(0, offset + bytes.count - size)
      switch state.permission(toWrite: bytes.count, growing: growth) {
      case .all: return put(bytes[...], at: offset, size: size, to: real, &state)
      case .some(let count):
        let code = put(bytes.prefix(max(0, count)), at: offset, size: size, to: real, &state)
        return code == SQLITE_OK ? SQLITE_FULL : code
      case .none: return Failure.write
      }
    }
  }

  private func put(
    _ bytes: Slice<UnsafeRawBufferPointer>, at offset: Int, size: Int, to real: RealFile,
    _ state: inout DiskState
  ) -> Int32 {
    guard !bytes.isEmpty else { return SQLITE_OK }
    guard let old = real.read(min(bytes.count, max(0, size - offset)), at: offset) else {
      return Failure.write
    }
    let code = real.write(UnsafeRawBufferPointer(rebasing: bytes), at: offset)
    guard code == SQLITE_OK else { return code }
    state.files[path]?.add(
      .write(offset: offset, old: old, new: Data(bytes), sizeBefore: size))
    return SQLITE_OK
  }

  private func truncate(to size: Int, _ real: RealFile) -> Int32 {
    disk.state.withLock { state in
      guard state.isOn, state.boot == boot, let before = real.size,
        let tail = real.read(max(0, before - size), at: size)
      else { return Failure.truncate }
      guard case .all = state.permission(toWrite: 0, growing: 0) else { return Failure.truncate }
      let code = real.truncate(to: size)
      guard code == SQLITE_OK else { return code }
      state.release(tail.count)
      state.files[path]?.add(.truncate(size: size, tail: tail))
      return SQLITE_OK
    }
  }

  private func sync() -> Int32 {
    disk.state.withLock { state in
      guard state.isOn, state.boot == boot, state.maySync() else { return Failure.sync }
      state.sync(path, syncsFolder: isNewLog && state.files[path]?.isNamed == false)
      return SQLITE_OK
    }
  }
}

/// SQLite's own file.
private struct RealFile {
  let file: DiskFile.Pointer

  var size: Int? {
    var size: sqlite3_int64 = 0
    return file.pointee.pMethods?.pointee.xFileSize?(file, &size) == SQLITE_OK ? Int(size) : nil
  }

  func read(_ count: Int, at offset: Int) -> Data? {
    guard count > 0 else { return Data() }
    var bytes = Data(count: count)
    let code = bytes.withUnsafeMutableBytes { buffer in
      file.pointee.pMethods?.pointee.xRead?(
        file, buffer.baseAddress, Int32(count), sqlite3_int64(offset))
    }
    return code == SQLITE_OK ? bytes : nil
  }

  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Int32 {
    file.pointee.pMethods?.pointee.xWrite?(
      file, bytes.baseAddress, Int32(bytes.count), sqlite3_int64(offset)) ?? SQLITE_ERROR
  }

  func truncate(to size: Int) -> Int32 {
    file.pointee.pMethods?.pointee.xTruncate?(file, sqlite3_int64(size)) ?? SQLITE_ERROR
  }
}
