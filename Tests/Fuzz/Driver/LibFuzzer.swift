import Foundation
import FuzzTargets

/// libFuzzer's way in: one input for the target that the environment names. A finding ends the
/// process, as a trap does; libFuzzer then keeps the input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  do throws(FuzzFinding) {
    try named.run(start.map { Data(bytes: $0, count: count) } ?? Data())
  } catch {
    fatalError("finding: \(error)")
  }
  return 0
}

/// Writes the seeds and ends where the environment says where to; else does nothing.
@_cdecl("LLVMFuzzerInitialize")
public func prepareFuzzing(
  _ count: UnsafeMutablePointer<Int32>?,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>?
) -> Int32 {
  guard let folder = ProcessInfo.processInfo.environment["CONCORD_FUZZ_SEEDS"] else { return 0 }
  do {
    try SeedFiles(vectors: "Protocol/vectors", profiles: "Protocol/profiles").write(to: folder)
    exit(0)
  } catch {
    fatalError("the seeds cannot be written: \(error)")
  }
}

private let named: FuzzTarget = {
  let name = ProcessInfo.processInfo.environment["CONCORD_FUZZ_TARGET"] ?? ""
  guard let target = FuzzTarget(rawValue: name) else {
    fatalError("CONCORD_FUZZ_TARGET names no target: \(FuzzTarget.allCases.map(\.rawValue))")
  }
  return target
}()
