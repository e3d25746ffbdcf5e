import ArgumentParser

/// Measures Concord, and what it is held against, on this machine. Every subcommand prints what it
/// measured as JSON; `Scripts/bench` runs them and compares.
@main
struct ConcordBench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "concord-bench", abstract: "The measured work of the benchmarks.",
    subcommands: [
      Data_.self, Plain.self, Session.self, First.self, Part.self, Apart.self, Grant_.self,
      Live.self, Grown.self, Schools.self, Hot.self, Serve.self,
    ])
}
