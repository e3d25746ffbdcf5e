import Records

extension World {
  func attack(_ by: Int, _ against: Int, _ act: HostileAct, action: Int) throws {
    counts.acts[act, default: 0] += 1
  }
}
