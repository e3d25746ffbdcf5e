import Records

/// Which records of what a node knows concern whom: so that hundreds of schools are not held against all of it.
struct Concerns {
  private var records: [AgencyID: [RecordID]] = [:]

  init(_ knowledge: Knowledge) {
    for record in knowledge.records {
      for agency in knowledge.agencies(near: record) {
        records[agency, default: []].append(record)
      }
    }
  }

  /// The writes of the records that concern an agency.
  func facts(of agency: AgencyID, in knowledge: Knowledge) -> [Knowledge.Fact] {
    records[agency, default: []].flatMap(knowledge.facts)
  }
}
