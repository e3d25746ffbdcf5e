import Records
import Simulation
import SyncProtocol
import TestSupport
import Testing

/// Of two connections between the same nodes both ends keep the same.
struct CrossedDialsTests {
  /// One end's view of the two connections: who dialled each is the same for both, when each came is not.
  private func keepsFirst(
    _ me: NodeName, _ peer: NodeName, firstIsMine: Bool, secondIsMine: Bool, apart: Duration
  ) -> Bool {
    CrossedDials.keepOlder(
      dialled: firstIsMine, over: secondIsMine, age: apart, at: me, with: peer)
  }

  private func names() throws -> (force: NodeName, school: NodeName) {
    (
      NodeName(agency: try #require(AgencyID("police.kent"))),
      NodeName(agency: try #require(AgencyID("school.142399")))
    )
  }

  /// The force dialled the first connection, the school the second; each end sees them in any order.
  @Test(arguments: [true, false], [true, false])
  func crossedDialsLeaveOneConnection(forceSeesOwnFirst: Bool, schoolSeesOwnFirst: Bool) throws {
    let (force, school) = try names()
    let apart = Duration.seconds(2)
    let forceKeepsOwn =
      keepsFirst(
        force, school, firstIsMine: forceSeesOwnFirst, secondIsMine: !forceSeesOwnFirst,
        apart: apart) == forceSeesOwnFirst
    let schoolKeepsOwn =
      keepsFirst(
        school, force, firstIsMine: schoolSeesOwnFirst, secondIsMine: !schoolSeesOwnFirst,
        apart: apart) == schoolSeesOwnFirst
    #expect(forceKeepsOwn && !schoolKeepsOwn, "the smaller name's is kept at both ends")
  }

  /// A school that lost power dials again, while the force still believes in the connection that it had dialled: no
  /// notification may wait until the force has noticed the silence.
  @Test func whoDialsLaterHasNoLinkAnyMore() throws {
    let (force, school) = try names()
    for apart in [Limits.Link.crossing, .seconds(60), .seconds(86_400)] {
      #expect(
        !keepsFirst(force, school, firstIsMine: true, secondIsMine: false, apart: apart), "\(apart)"
      )
      #expect(
        !keepsFirst(school, force, firstIsMine: true, secondIsMine: false, apart: apart), "\(apart)"
      )
    }
    #expect(
      keepsFirst(
        force, school, firstIsMine: true, secondIsMine: false,
        apart: Limits.Link.crossing - .milliseconds(1)))
  }

  /// Of two that one node dialled the newer stays, however soon it came.
  @Test func ofTwoByOneDiallerTheNewerStays() throws {
    let (force, school) = try names()
    for isMine in [true, false] {
      for (me, peer) in [(force, school), (school, force)] {
        #expect(!keepsFirst(me, peer, firstIsMine: isMine, secondIsMine: isMine, apart: .zero))
      }
    }
  }
}
