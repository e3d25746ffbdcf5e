/// Every limit of Concord in one place, each with its reason: what a hostile or broken peer can make
/// a node spend is bounded by these. Those that an administrator or a test may set are fields of
/// `LinkLimits` and `ReplicaLimits`, which take their defaults from here. Section 9 of the protocol
/// lists them; a test compares.
public enum Limits {
  /// The signed change. One over a limit is refused whole.
  public enum Change {
    /// Commitments in a header, decoys included: a record type with more fields does not exist.
    public static let commitments = 1_024
    /// Bytes of a header: the commitments and room for names.
    public static let headerBytes = commitments * 32 + 1_024
    /// Bytes of one write: the longest value with the fullest context or removal; a file does not
    /// belong here.
    public static let writeBytes = 128 << 10
    /// Bytes of a text that a person writes: a long statement of 15,000 words fits.
    public static let valueBytes = 90 << 10
    /// Author keys in a context: every device of every agency that ever wrote the field.
    public static let contextEntries = 1_024
    /// Adds that one removal names.
    public static let removes = 1_024
    /// Bytes of a field's or record type's name.
    public static let nameBytes = 64
    /// Bytes of a proof: the path of the deepest tree, a signature, and room.
    public static let proofBytes = 1_024
    /// Bytes of an admission: a time, a signature, and room for what a later version adds.
    public static let admissionBytes = 128
  }

  /// Signed texts, checked before anything is built from them.
  public enum Document {
    /// Bytes of a body: ten times the largest profile, and one batch's worth.
    public static let bytes = 256 << 10
    /// Lists and mappings within one another: the formats need six.
    public static let depth = 16
    /// Scalars, lists and mappings of a text: a thousand fields of eight keys each fit twice over.
    public static let nodes = 32_768
    /// Signatures under one text: one of each principal, of which there are a few dozen at most.
    public static let signatures = 256
    /// The highest version number of an agreement: one each day for over two thousand years, and
    /// far from where adding one overflows.
    public static let version = 1_000_000
  }

  /// Profiles, as files and as merged with their overlays.
  public enum Profile {
    /// Record types of one file: the practice has about twenty.
    public static let recordTypes = 256
    /// Fields of a record type: as many as one change can write.
    public static let fields = Change.commitments - 1
    /// Vocabularies of one file.
    public static let vocabularies = 256
    /// Terms of a vocabulary: people choose from them.
    public static let terms = 2_048
  }

  /// One connection between two nodes.
  public enum Link {
    /// Bytes of one frame on the wire and of what it may inflate to: sixteen batches' worth, so that
    /// a batch with one very large change still fits, and a hostile frame costs no more than this.
    public static let frameBytes = 4 << 20
    /// Fields in one message, those of its parts included: a full batch of the smallest writes has
    /// half as many. An empty part takes two bytes on the wire and a hundred in memory, so that
    /// bytes alone bound nothing.
    public static let messageFields = 128 << 10
    /// Bytes of entries after which a batch is closed: large enough that one durable commit and one
    /// signature serve many changes, small enough that a slow line shows progress.
    public static let batchBytes = 256 << 10
    /// Entries of one batch: bounds the receiver's transaction.
    public static let batchEntries = 512
    /// Bytes of unacknowledged batches in each direction: memory for each link stays under twice
    /// this, whatever the backlog.
    public static let windowBytes: UInt64 = 1 << 20
    /// Bytes of a payload from which on it is deflated: what is shorter gains nothing.
    public static let deflateFrom = 512
    /// Bytes that may be read ahead of a frame's end: a frame and what came with it.
    public static let readAheadBytes = frameBytes + (1 << 20)
    /// Bytes that a batch and an entry count for, whatever is in them: so empty ones fill the window
    /// too.
    public static let batchCost = 256
    public static let entryCost = 32
    /// Entries of a peer's stream whose heads are remembered on one connection, to prove that it
    /// signed two streams: two full batches.
    public static let trailEntries = 2 * batchEntries
    /// Refusals in one acknowledgement: one for each entry and reason.
    public static let refusals = 4 * batchEntries
    /// Agreement versions in a hello: a few dozen agreements, each in a version or two.
    public static let agreements = 256
    /// Bytes of a goodbye's reason: it goes into a log.
    public static let goodbyeBytes = 256
    /// The peer's probes that wait until this side is quiet: it has one under way at a time.
    public static let probes = 16
    /// Write ids in one retraction, receipt or want: bounds the receiver's transaction.
    public static let idsInMessage = 1_024
    /// Bytes of the legal basis that a receipt names.
    public static let basisBytes = 1_024
    /// Bytes of ranges in one reconciliation message; what does not fit is asked about again.
    public static let reconcileBytes = 256 << 10
    /// Messages of one reconciliation: splitting a range eightfold, few levels reach any item.
    public static let reconcileRounds = 10_000
    /// Items that one reconciliation may find missing here: bounds what a hostile peer can make this
    /// node remember.
    public static let reconcileItems = 2_000_000
    /// Reconciliations in sessions of their own that a peer may begin on one connection: each loads all items of
    /// a stream.
    public static let reconcileSessions = 64
    /// Parts of a stream, of some thousand items each, that one message of a reconciliation has listed; what it
    /// says of the rest is summed up.
    public static let partsListed = 64
    /// Handshakes that a listener has under way at once: each costs about a millisecond of a core.
    public static let handshakes = 64
    /// How many of them from one address. Many schools may share one, behind their authority's
    /// router, and dial at the same time; one address alone must not use up all.
    public static let handshakesOfAddress = 16
    /// How long a peer may take from the TLS handshake to its hello.
    public static let helloTimeout: Duration = .seconds(10)
    /// How far apart the two connections of nodes that dial each other at once may begin.
    public static let crossing: Duration = .seconds(10)
    /// Silence after which a side pings.
    public static let pingAfter: Duration = .seconds(30)
    /// Silence after which the link counts as dead: two pings went unanswered.
    public static let silenceTimeout: Duration = .seconds(75)
    /// The longest wait until a peer that could not be reached is dialled again: a school that starts its
    /// computer is in step within a minute.
    public static let dialAgain: Duration = .seconds(30)
    /// How long a link must have stood for the next dial to come at once. A handshake alone shows nothing: a
    /// peer may refuse this node, or be unable to store anything, right after it.
    public static let steadyLink: Duration = .seconds(5)
  }

  /// What a replica keeps for others, who could fill it up.
  public enum Storage {
    /// How far ahead of this node's clock a stamp may be, in milliseconds.
    public static let driftMilliseconds: Int64 = 5 * 60 * 1_000
    /// How long a transaction waits for another process's, in seconds.
    public static let busySeconds: Double = 30
    /// Pages that a connection to the file keeps in memory, in KiB. Writes land all over the indexes: with SQLite's
    /// own 2 MiB each is read and written many times before a large transaction ends.
    public static let cacheKibibytes = 32 * 1_024
    /// Openings that one preparation looks at before it yields to other work.
    public static let openingsLookedAt = 2_000
    /// Changes of the log that are read at once: most batches are full before the next part.
    public static let changesAtOnce = 64
    /// Changes of the log that one look for all links goes through: some milliseconds of one transaction.
    public static let changesLookedAt = 512
    /// How many changes peers whom they do not concern may be behind before all of their cursors are moved: a
    /// link that has something to send goes through that many in vain.
    public static let changesBehind = 64
    /// Records that are looked at again for one batch, and of those in which something is taken back, or
    /// entries without a value that wait.
    public static let recordsAtOnce = 256
    public static let urgentAtOnce = 64
    /// What is kept aside of one peer: an administrator looks through no more entries, and a held
    /// batch of every day of a holiday fits. Beyond it only a counter grows; what was honest comes
    /// again.
    public static let quarantineRows = 10_000
    public static let quarantineBytes = 64 << 20
    /// Writes of one peer that were set aside and are remembered for comparisons.
    public static let asideWrites = 100_000
    /// Proofs of equivocation by one key, and of streams that one peer forked: the first hundred say
    /// it all.
    public static let evidence = 100
    /// Receipts and proofs that wait for one peer: one that retracts and acknowledges nothing is
    /// heard no further.
    public static let due = 10_000
    /// Reasons under which one peer shares one write: agreements times grants, with room.
    public static let justifications = 64
    /// Documents of one peer that have no effect here: the profiles of a new agreement arrive before
    /// it. The oldest go first.
    public static let idleDocuments = 16
    /// All documents: a deed for each school of a large county, many times over.
    public static let documents = 8_192
    /// Delegations that one agency signed, and revocations, besides: a large force's laptops for some
    /// years. Its own node keeps all of its own.
    public static let deviceDocuments = 4_096
    /// Rotations of one agency's keys that are taken from peers: one a month for twenty years.
    public static let rotations = 256
    /// Data keys that are made ahead, so that few records wait for the key ring's disk; that are read at once; and
    /// that are kept open in memory.
    public static let dataKeysAhead: Int64 = 512
    public static let dataKeysReadAtOnce: Int64 = 64
    public static let dataKeysOpen = 65_536
    /// Parts of batches' trees that are kept in memory from one transaction to the next: an import of 20,000 records
    /// has half as many, of half a kilobyte each.
    public static let batchPartsKept = 8_192
    /// Items of a part of a stream whose sum is kept, about: fewer would be many sums, more long lists.
    public static let itemsSummed = 2_048
    /// Changes that are summed up in one transaction.
    public static let changesSummed = 2_000
    /// Blocks of changes of which something is otherwise that are summed up anew in one transaction.
    public static let blocksSummed = 32
    /// Snapshots that are kept to answer peers' comparisons in sessions of their own: each holds all items of a
    /// stream.
    public static let answeringSets = 4
  }

  /// The socket by which the command line speaks to a running node.
  public enum Control {
    /// Bytes of one request or reply.
    public static let lineBytes = 1 << 20
    /// How long a command waits until two nodes are quiet, or have compared all.
    public static let syncTimeout: Duration = .seconds(300)
    /// How long a command waits for a running node to answer at all.
    public static let answerTimeout: Duration = .seconds(10)
  }
}
