import ArgumentParser

/// The command line of a node.
@main
struct ConcordCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "concord",
    abstract: "Keeps agencies that safeguard the same children consistent, without one database.",
    discussion: """
      Each agency runs a node in a folder (DIR) of its own. Start with `concord demo`, or with
      `concord init DIR --agency ID --kind KIND --name NAME`.
      """,
    version: "0.1.0",
    subcommands: [
      Demo.self, Init.self, CardCommand.self, AgreementCommand.self, Admit.self, Join.self,
      Suspend.self, Reinstate.self, Leave.self, DeviceCommand.self,
      Put.self, Get.self, List.self, History.self, Conflicts.self, Resolve.self, Explain.self,
      Run.self, Sync.self, Status.self, Doctor.self, Verify.self, Resume.self, Quarantine.self,
      Evidence.self,
      Rebuild.self, CalendarCommand.self, RouteCommand.self, Notify.self, ShowInbox.self, Open.self,
      Respond.self, Withdraw.self, ReadinessCommand.self, PlanCommand.self, ActionCommand.self,
      VoiceCommand.self, ChildCommand.self, ContactCommand.self, ReleaseCommand.self,
      TransferCommand.self, AuditCommand.self, Disclosures.self, Erase.self, ErasureStatus.self,
      HoldCommand.self, RetentionCommand.self, AccessCommand.self, CorrectionCommand.self,
      ImportCommand.self, Report.self, AccountCommand.self, TokenCommand.self, KeysCommand.self,
      Backup.self, Restore.self, Sim.self,
    ])

  static func main() async {
    do {
      var command = try await asyncParseAsRoot()
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch {
      Problem.exit(error, arguments: Array(CommandLine.arguments.dropFirst()))
    }
  }
}
