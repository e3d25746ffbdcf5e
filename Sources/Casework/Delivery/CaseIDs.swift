import FoundationEssentials
public import Records

/// Ids of casework's records that follow from what they are about: a command that is repeated, here or
/// on another device of the agency, finds the record that is there, and issues nothing twice.
public enum CaseIDs {
  /// One notification for each child and incident; without an incident, for each moment.
  public static func notification(
    child: RecordID, incident: RecordID?, occurredAt: Instant
  ) -> RecordID {
    let about = incident?.bytes ?? Data(occurredAt.description.utf8)
    return id("notification", [child.bytes, about])
  }

  /// The notification with which another one is passed on to the school itself.
  public static func passedOn(_ notification: RecordID) -> RecordID {
    id("passed-on", [notification.bytes])
  }

  /// The notification that takes the place of one that has ended.
  public static func again(_ notification: RecordID) -> RecordID {
    id("again", [notification.bytes])
  }

  /// What an officer is told while the school is closed, beside a notification.
  public static func meanwhile(of notification: RecordID) -> RecordID {
    id("meanwhile", [notification.bytes])
  }

  /// One judgement of whether two records mean one child, whoever names which first.
  public static func sameChild(_ one: RecordID, _ other: RecordID) -> RecordID {
    id("same-child", [one, other].sorted().map(\.bytes))
  }

  /// What somebody enters in a form: from whose form it is and the number in it. The number comes with the
  /// form, so that whoever sends a form can choose it; they must not thereby choose a record's id, and learn
  /// from the answer whether there is one.
  public static func entered(_ type: String, number: RecordID, by account: String) -> RecordID {
    // A type's name has no line feed, so no two pairs run into each other.
    id("entered", [Data("\(type)\n\(account)\n".utf8), number.bytes])
  }

  /// The child in one place of the form in which an incident was entered.
  public static func child(_ place: Int, of incident: RecordID) -> RecordID {
    id("child", [incident.bytes, Data("\(place)".utf8)])
  }

  /// One release of a record for each receiver.
  public static func release(of record: RecordID, to agency: AgencyID) -> RecordID {
    id("release", [record.bytes, Data(agency.description.utf8)])
  }

  /// What keeps the receiver of a release that is over from the record.
  public static func seal(after release: RecordID) -> RecordID { id("seal", [release.bytes]) }

  /// What keeps a school from an incident of which it must not hear.
  public static func seal(of incident: RecordID, from school: AgencyID) -> RecordID {
    id("seal-of", [incident.bytes, Data(school.description.utf8)])
  }

  /// One transfer of a child's file for each school that it goes to, and day of the move.
  public static func transfer(
    of child: RecordID, to school: AgencyID, on day: LocalDate
  ) -> RecordID {
    id("file-transfer", [child.bytes, Data("\(school) \(day)".utf8)])
  }

  /// One ledger for each notification.
  public static func delivery(of notification: RecordID) -> RecordID {
    id("delivery", [notification.bytes])
  }

  /// One response for each notification and agency that answers.
  public static func response(to notification: RecordID, by agency: AgencyID) -> RecordID {
    id("response", [notification.bytes, Data(agency.description.utf8)])
  }

  /// One plan for each notification that it grew from.
  public static func plan(from notification: RecordID) -> RecordID {
    id("plan", [notification.bytes])
  }

  /// A record that a records system's export holds, by the system's own number.
  public static func imported(_ type: String, from system: String, key: String) -> RecordID {
    // A system's name has no line feed, so no two pairs run into each other.
    id("import/\(type)", [Data("\(system)\n\(key)".utf8)])
  }

  private static func id(_ kind: String, _ parts: [Data]) -> RecordID {
    let joined = parts.reduce(into: Data()) { $0.append($1) }
    return RecordID(derivedFrom: TaggedHash.digest("concord/casework/\(kind)", joined))
  }
}
