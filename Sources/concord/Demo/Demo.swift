import ArgumentParser

struct Demo: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Three agencies on this machine, one incident, end to end.")
  func run() async throws {}
}
