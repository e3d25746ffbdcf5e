import FoundationEssentials
import GRDB
import Records

/// How changes are proved. A signature of a change's own stands in its row of `proof`; what a batch's changes
/// share stands once for the batch.
extension Store {
  /// Keeps the proof of a change.
  func keep(_ proof: Proof, of change: Int64) throws {
    var writer = PackedWriter()
    switch proof {
    case .direct(let signature):
      writer.number(0)
      writer.raw(signature)
    case .batched(let batched):
      writer.number(try number(of: batched))
      writer.number(Int64(batched.index))
      writer.raw(batched.salt.data)
    }
    try run("INSERT INTO proof VALUES (?, ?)", [change, writer.bytes])
  }

  func proof(of change: Int64) throws -> Proof? {
    guard let row = try row("SELECT bytes FROM proof WHERE change = ?", [change]) else {
      return nil
    }
    var reader = PackedReader(row["bytes"])
    let number = try reader.number()
    guard number != 0 else {
      return .direct(signature: try reader.raw(SigningKey.signatureBytes))
    }
    let index = try reader.count()
    guard let salt = Bytes16(try reader.raw(Bytes16.byteCount)) else { return nil }
    let batch = try batch(number)
    return .batched(
      BatchedProof(
        signature: batch.signature, depth: batch.depth, salt: salt, index: index,
        path: try path(from: index, of: number, depth: batch.depth)))
  }

  /// Writes the parts of batches that this transaction has added to. Called as it ends.
  func storeBatchParts() throws {
    for key in memory.changedParts.sorted(by: { ($0.batch, $0.number) < ($1.batch, $1.number) }) {
      guard let part = memory.parts[key] else { continue }
      try run(
        """
        INSERT INTO batch_part VALUES (?, ?, ?)
        ON CONFLICT (batch, part) DO UPDATE SET digests = excluded.digests
        """, [key.batch, key.number, part.packed])
    }
    memory.changedParts = []
  }

  private func batch(_ number: Int64) throws -> TransactionMemory.Batch {
    if let known = memory.batches[number] { return known }
    guard let row = try row("SELECT depth, signature FROM batch WHERE no = ?", [number]) else {
      throw ReplicaError.storage("a change's batch is missing")
    }
    let found = TransactionMemory.Batch(depth: row["depth"], signature: row["signature"])
    memory.batches[number] = found
    return found
  }

  /// The number of a proof's batch, which takes in what the proof has of its tree. Changes of one batch say the
  /// same of every node; where a proof says another thing, it is kept as a batch of its own.
  private func number(of proof: BatchedProof) throws -> Int64 {
    let batch = TransactionMemory.Batch(depth: proof.depth, signature: proof.signature)
    var number = try memory.batchNumbers[batch] ?? find(batch) ?? begin(batch)
    if try !take(proof, into: number) {
      number = try begin(batch)
      _ = try take(proof, into: number)
    }
    memory.batchNumbers[batch] = number
    memory.batches[number] = batch
    return number
  }

  /// - Returns: whether the proof agrees with what is here of the batch. What else it brought in is true all the
  ///   same: the proof was checked.
  private func take(_ proof: BatchedProof, into number: Int64) throws -> Bool {
    for floor in 0..<(proof.depth / BatchPart.levels) {
      let key = BatchPartKey(batch: number, floor: floor, above: proof.index)
      var part = try part(key)
      memory.parts[key] = nil
      let intake = part.take(proof, at: floor)
      memory.parts[key] = part
      switch intake {
      case .same: break
      case .new: memory.changedParts.insert(key)
      case .other: return false
      }
    }
    return true
  }

  private func find(_ batch: TransactionMemory.Batch) throws -> Int64? {
    try row(
      "SELECT max(no) AS no FROM batch WHERE signature = ? AND depth = ?",
      [batch.signature, batch.depth])?["no"]
  }

  private func begin(_ batch: TransactionMemory.Batch) throws -> Int64 {
    try run(
      "INSERT INTO batch (depth, signature) VALUES (?, ?)", [batch.depth, batch.signature])
    return db.lastInsertedRowID
  }

  private func path(from index: Int, of batch: Int64, depth: Int) throws -> [Digest] {
    try (0..<(depth / BatchPart.levels)).flatMap { floor in
      let part = try part(BatchPartKey(batch: batch, floor: floor, above: index))
      return try (0..<BatchPart.levels).map { level in
        let sibling = index >> (floor * BatchPart.levels + level) ^ 1
        guard let digest = part[level, sibling] else {
          throw ReplicaError.storage("a node of a batch is missing")
        }
        return digest
      }
    }
  }

  private func part(_ key: BatchPartKey) throws -> BatchPart {
    if let known = memory.parts[key] { return known }
    let row = try row(
      "SELECT digests FROM batch_part WHERE batch = ? AND part = ?", [key.batch, key.number])
    let found = try row.map { try BatchPart(packed: $0[0]) } ?? BatchPart()
    memory.parts[key] = found
    return found
  }
}
