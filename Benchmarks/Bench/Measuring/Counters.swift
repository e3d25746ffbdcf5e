import Floor
import Foundation

/// Sizes of files.
enum Files {
  static func bytes(_ path: String) -> Int {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    return attributes?[.size] as? Int ?? 0
  }

  /// A replica's file and its write-ahead log.
  static func replicaBytes(_ path: String) -> Int { bytes(path) + bytes(path + "-wal") }

  /// How many of the benchmark's texts stand in a replica's file and log, as bytes.
  static func markers(_ path: String) -> Int {
    max(0, Int(floor_markers(path))) + max(0, Int(floor_markers(path + "-wal")))
  }
}

/// What goes over the loopback interface, in both directions, headers included. Within a network
/// namespace of one's own that is the nodes' traffic and nothing else.
enum Wire {
  static func bytes() -> Int {
    let text = (try? String(contentsOfFile: "/proc/net/dev", encoding: .utf8)) ?? ""
    for line in text.split(separator: "\n") {
      let words = line.split(whereSeparator: { $0 == " " || $0 == ":" })
      if words.first == "lo", words.count > 1 { return Int(words[1]) ?? 0 }
    }
    return 0
  }
}

/// What a process has used, as the kernel counts it.
enum Usage {
  /// The most memory that a process has held, in KiB.
  static func peakKilobytes(of pid: Int32) -> Int { status("VmHWM", of: pid) }
  /// What it holds now, in KiB.
  static func kilobytes(of pid: Int32) -> Int { status("VmRSS", of: pid) }

  private static func status(_ key: String, of pid: Int32) -> Int {
    let text = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
    for line in text.split(separator: "\n") where line.hasPrefix("\(key):") {
      return line.split(separator: " ").compactMap { Int($0) }.first
        ?? line.split(whereSeparator: { !$0.isNumber }).compactMap { Int($0) }.first ?? 0
    }
    return 0
  }

  /// Seconds on a processor, all threads together, those that have ended not counted.
  static func cpuSeconds(of pid: Int32) -> Double {
    let folder = "/proc/\(pid)/task"
    let tasks = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let nanoseconds = tasks.map { task -> Double in
      let text = try? String(contentsOfFile: "\(folder)/\(task)/schedstat", encoding: .utf8)
      return text?.split(separator: " ").first.flatMap { Double($0) } ?? 0
    }
    return nanoseconds.reduce(0, +) / 1e9
  }
}

/// A moment on the one clock that all processes of a machine share.
struct Moment {
  let nanoseconds: Int

  static var now: Moment {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Moment(nanoseconds: time.tv_sec * 1_000_000_000 + time.tv_nsec)
  }

  func seconds(since earlier: Moment) -> Double {
    Double(nanoseconds - earlier.nanoseconds) / 1e9
  }

  /// Lets this many seconds go by.
  static func pause(_ seconds: Double) { usleep(UInt32(seconds * 1e6)) }

  /// Runs something and says how long it took.
  static func timed(_ body: () throws -> Void) rethrows -> Double {
    let start = now
    try body()
    return now.seconds(since: start)
  }
}

extension [Double] {
  /// The value below which this part of them lies.
  func quantile(_ part: Double) -> Double {
    guard !isEmpty else { return 0 }
    let place = Int((Double(count - 1) * part).rounded(.up))
    return sorted()[Swift.min(count - 1, place)]
  }
}
