import FoundationEssentials

/// What is to happen at a virtual time.
enum Event {
  case begin(action: Int)
  case end(action: Int)
  /// A node looks at its clock; void where the node has been started anew since.
  case tick(node: Int, life: Int)
  /// A node tries to reach a peer; void where the node has been started anew since.
  case dial(node: Int, peer: Int, life: Int)
  case connected(Connection, side: Int)
  case arrival(Connection, side: Int, Data)
  /// One end learns that the connection is over.
  case over(Connection, side: Int)
  /// Something was committed at a node: its other links look for what may go on.
  case changed(node: Int, except: Int?)
  case inspection
  /// A node whose disk would not let it start tries again.
  case start(node: Int)
  /// A node looks at its ledger of notifications; void where the node has been started anew since.
  case ledger(node: Int, life: Int)
}

/// Events in the order of their times; of equal times, the one that was added first.
struct EventQueue {
  private struct Item {
    let time: Int64
    let number: Int
    let event: Event

    func precedes(_ other: Item) -> Bool { (time, number) < (other.time, other.number) }
  }

  private var heap: [Item] = []
  private var added = 0

  var isEmpty: Bool { heap.isEmpty }
  /// When the next event is due.
  var next: Int64? { heap.first?.time }

  mutating func add(_ event: Event, at time: Int64) {
    added += 1
    heap.append(Item(time: time, number: added, event: event))
    var child = heap.count - 1
    while child > 0, heap[child].precedes(heap[(child - 1) / 2]) {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func removeFirst() -> (time: Int64, event: Event)? {
    guard let first = heap.first, let last = heap.popLast() else { return nil }
    if !heap.isEmpty {
      heap[0] = last
      sink()
    }
    return (first.time, first.event)
  }

  private mutating func sink() {
    var parent = 0
    while true {
      var least = parent
      for child in 2 * parent + 1...2 * parent + 2
      where child < heap.count && heap[child].precedes(heap[least]) {
        least = child
      }
      guard least != parent else { return }
      heap.swapAt(least, parent)
      parent = least
    }
  }
}
