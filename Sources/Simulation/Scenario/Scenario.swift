public import Records

/// What a simulation is about: who takes part under which agreement, what they write, what goes
/// wrong, for how long, and what has to hold. Together with a seed it decides everything.
public struct Scenario: Sendable {
  public let name: String
  /// What the scenario is for, in one line.
  public let title: String
  /// How many agencies there are of each kind.
  public internal(set) var agencies: [AgencyKind: Int]
  /// How many of these are hostile: they hold valid keys and keep to no rule.
  public let hostile: [AgencyKind: Int]
  /// Whether nodes seal their values with data keys.
  public let isSealed: Bool
  /// The areas of forces with their councils and schools, where the run is about those: each is a
  /// partnership, and a run, of its own.
  public let areas: [Area]
  /// How many schools there are in all, those of areas too that are left out: rates are those of the whole.
  let wholeCount: Int
  /// The area of this run, where it is one of several.
  public internal(set) var area: Area?
  /// The agreement's template and the profiles that it names, base first.
  public let template: String
  public let profiles: [String]
  /// The first day; some day under the agreement, where nothing is said.
  public let firstDay: LocalDate?
  /// The time of day (UTC) at which the simulation begins, in milliseconds since midnight.
  public let begins: Int64
  /// How long people write and faults last, in milliseconds.
  public let duration: Int64
  /// How often nodes look at their clocks, in milliseconds: one second in service. Long scenarios
  /// stretch it, and the link's time limits with it.
  public let tick: Int64
  /// How long a node waits at most before it dials again, in milliseconds: half a minute in service,
  /// stretched with the tick where nothing is said.
  public let redial: Int64?
  public let workload: Workload
  /// What officers and schools do, where the run is about that.
  public internal(set) var casework: CaseLoad?
  public let line: Line
  public internal(set) var faults: [FaultKind: Rate]
  /// What has to hold, in the order in which it is checked.
  public let checks: [Check]

  /// How often something begins on average, and how long it lasts, in milliseconds.
  public struct Rate: Hashable, Sendable {
    public let every: Int64
    public let lasting: ClosedRange<Int64>

    /// States a rate.
    public init(every: Int64, lasting: ClosedRange<Int64> = 0...0) {
      self.every = every
      self.lasting = lasting
    }
  }

  /// The network between the nodes: milliseconds one way, and bytes in a second.
  public struct Line: Hashable, Sendable {
    public let latency: ClosedRange<Int64>
    public let bandwidth: Int64
  }
}

/// What people do.
public struct Workload: Sendable {
  /// Mean time between two edits, in milliseconds.
  public let every: Int64
  /// How many records of each type there are.
  public let records: [String: Int]
  /// How often a type is edited, as against the others.
  public let mix: [String: Int]
  /// How many records everybody edits, and how many edits of a hundred go to them.
  public let hot: Int
  public let hotShare: Int
  /// How often a child changes school, a record is sealed, a seal lifted or set again, a conflict
  /// settled.
  public let moves: Scenario.Rate?
  public let restrictions: Scenario.Rate?
  public let unseals: Scenario.Rate?
  public let resolves: Scenario.Rate?
  /// How often an agency of a kind is without a network, and how long.
  public let offline: [AgencyKind: Scenario.Rate]
  public let revisions: [Revision]
}

/// The casework of a partnership: what police, schools and the council do with notifications.
public struct CaseLoad: Sendable {
  /// The text of the calendar that holds for all schools.
  public let calendar: String
  /// How many children there are, spread over the schools.
  public internal(set) var children: Int
  /// How often there is an incident, and how long it takes until the officer issues its notification.
  public internal(set) var incidents: Scenario.Rate
  /// Of a hundred notifications, how many are asked for twice, and how many are taken back.
  public let repeated: Int
  public let withdrawn: Int
  /// How often a school's Key Adult is away, and how long.
  public let absences: Scenario.Rate
  /// How many schools have named nobody.
  public internal(set) var unready: Int
}

/// A next version of the agreement.
public struct Revision: Sendable {
  /// When it is drafted, and when every further principal signs, from the beginning: some time
  /// within each range.
  public let drafted: ClosedRange<Int64>
  public let signed: [ClosedRange<Int64>]
  /// On which midnight after the beginning it comes into force, counted from 1.
  public let midnight: Int
  /// Grants that it no longer has, and new ones as the template would write them.
  public let removes: [String]
  public let adds: [String]
}

/// What can go wrong.
public enum FaultKind: String, Hashable, Comparable, Sendable, CaseIterable {
  /// A node accepts no connections.
  case refused
  /// A connection breaks in the middle of a frame.
  case cut
  /// Nothing passes between two groups of nodes.
  case partition
  /// What one node sends does not reach another.
  case oneWay = "one-way"
  /// A node dies and loses all that it held in memory; where the power goes with it, also what its
  /// disk had not made durable.
  case crash
  /// A node's disk is full.
  case diskFull = "disk-full"
  /// A node's disk gives errors.
  case diskError = "disk-error"
  /// A frame reaches the receiver twice.
  case repeated
  /// A node's clock is wrong for a while.
  case skew
  /// A node's clock jumps, and stays where it is.
  case jump
  /// A node's clock is too fast or too slow.
  case drift
  /// A node goes back to an older copy of its files.
  case restore
  /// A hostile agency does something.
  case hostile

  public static func < (left: FaultKind, right: FaultKind) -> Bool {
    left.rawValue < right.rawValue
  }
}

/// What has to hold.
public enum Check: String, Hashable, Sendable, CaseIterable {
  /// Always: no node sends what the receiver may not have, and no node's files hold a value that
  /// its agency was not permitted to have when it was sent.
  case noLeak = "no-leak"
  /// Always: what was acknowledged to a person or a peer is there.
  case nothingLost = "nothing-lost"
  /// Always: what is stored carries its author's signature and commitments.
  case verifies
  /// Eventually: nodes that hold the same writes show the same, and hold all that they may.
  case agreement
  /// Eventually: every agency's own judgement stands beside the others'.
  case eachAgency = "each-agency"
  /// Eventually: what people see equals a rebuild from the log.
  case rebuild
  /// Eventually: quarantine holds what was hostile and nothing else.
  case quarantine
  /// Eventually: nothing waits, every node answers, and none is still relearning its past.
  case quiet
  /// Eventually: what may no longer be shared was taken back, is gone, and that is confirmed.
  case retraction
  /// Eventually: of two changes under one key and stamp neither counts wherever one of them is.
  case evidence
  /// Eventually: both sides of every link know the same of each stream.
  case streams
  /// Eventually: every notification was issued once, is at its school, is the same everywhere, was late
  /// only for a reason, and went on as far as the agreement says.
  case casework
}
