import Foundation
import Records
import Simulation
import SyncProtocol
import Testing

@testable import Replica

/// Snapshots that are kept while peers ask about them.
struct AnsweringSetsTests {
  @Test func onlyTheLastFewAreKept() throws {
    var generator = SeededGenerator(seed: 1)
    let sets = AnsweringSets()
    let me = NodeName(agency: try #require(AgencyID("police.here")))
    func set(of session: Epoch, with peer: NodeName) -> ReconciliationSet {
      ReconciliationSet([], of: StreamName(from: me, to: peer), session: session)
    }
    var asked: [(peer: NodeName, session: Epoch)] = []
    for number in 0...Limits.Storage.answeringSets {
      let peer = NodeName(agency: try #require(AgencyID("school.\(number)")))
      let session = Epoch(using: &generator)
      asked.append((peer, session))
      sets.keep(set(of: session, with: peer), of: session, with: peer)
      // The first is asked about again and again: it is not the one that goes.
      #expect(sets.set(of: asked[0].session, with: asked[0].peer) != nil)
    }
    let kept = asked.map { sets.set(of: $0.session, with: $0.peer) != nil }
    #expect(kept.filter { $0 }.count == Limits.Storage.answeringSets)
    #expect(kept[0] && !kept[1])
    // Of each peer one, of its last session.
    let again = Epoch(using: &generator)
    sets.keep(set(of: again, with: asked[0].peer), of: again, with: asked[0].peer)
    #expect(sets.set(of: asked[0].session, with: asked[0].peer) == nil)
  }
}
