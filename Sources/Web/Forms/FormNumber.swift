import Casework
import Node
import Records
import Replica

/// Each form that makes a record carries a number, so that sent twice it makes one.
extension Visit {
  /// The number that came with the form.
  var number: RecordID? { form.text("number").flatMap(RecordID.init) }

  /// The number that one of a page's forms carries: the one that came with it, where it was this form that
  /// was sent, or else a new one.
  func formNumber(of part: String) -> String {
    let sent = form.isTyped(in: part) ? number : nil
    return "\(sent ?? desk.newRecordID())"
  }

  /// The id of the record that the form makes. It follows from the number and from whose form it is, so
  /// that nobody learns by a number of their choice whether there is a record with that id.
  func enteredID(_ type: String) -> RecordID {
    CaseIDs.entered(type, number: number ?? desk.newRecordID(), by: viewer.account.name)
  }
}
