import Agreements
import Casework
import Node
import Records

/// Which school somebody means who types one into a field.
enum SchoolMeant: Equatable {
  case none
  case school(AgencyID)
  /// Why it is none that can be told, as its person reads it.
  case problem(String)
}

extension Visit {
  /// A list of more names than this is a page of its own, which loads slowly in a car and which nobody
  /// reads: then a name or a URN is typed.
  static let mostOffered = 300

  /// The names that a field offers while somebody types.
  var offeredSchools: [String] {
    let known = schools.map(\.name)
    return known.count > Self.mostOffered ? [] : known
  }

  /// How a field for a school is filled in.
  var schoolHint: String {
    offeredSchools.isEmpty
      ? "Type its name or its six-digit URN. Leave it empty where there is none."
      : "Choose from the list, or type its URN. Leave it empty where there is none."
  }

  /// The school that was typed: by its name, a part of it that only one has, its id or its URN. A URN that
  /// stands in no list is said at once: a child whose school is mistyped is a child of whom nobody is told.
  func meant(by typed: String?) -> SchoolMeant {
    guard let typed else { return .none }
    if let urn = try? URN(typed.filter { !$0.isWhitespace }) { return school(urn) }
    if let id = AgencyID(typed), id.namedKind == .school {
      guard let urn = try? URN(String(id.local)) else { return .school(id) }
      return school(urn)
    }
    let folded = SearchWords.phrase(typed)
    guard !folded.isEmpty else { return .problem(Self.noSchool) }
    let known = schools.map { (name: SearchWords.phrase($0.name), id: $0.id) }
    let named =
      known.filter { $0.name == folded }.map(\.id).nonEmpty
      ?? (try? desk.caseFiles.openSchools(called: typed))?.compactMap(\.agency).nonEmpty
      ?? known.filter { $0.name.contains(folded) }.map(\.id)
    guard let first = named.first else { return .problem(Self.noSchool) }
    return named.count == 1 ? .school(first) : .problem(several(named))
  }

  private static let noSchool =
    "No school is called that here. Check the name, or type its six-digit URN"

  private func school(_ urn: URN) -> SchoolMeant {
    guard let id = AgencyID("\(AgencyKind.school.rawValue).\(urn)") else { return .none }
    if schools.contains(where: { $0.id == id }) { return .school(id) }
    guard let routing = schoolRouting else { return .school(id) }
    if case .none(.unknown) = routing.destination(of: urn) {
      return .problem("No school has the URN \(urn). Check the number")
    }
    return .school(id)
  }

  private func several(_ found: [AgencyID]) -> String {
    let some = found.prefix(5).map { "\(name(of: $0)) (\($0.local))" }.joined(separator: ", ")
    return "\(found.count) schools are called that. Type the URN of one: \(some)"
      + (found.count > 5 ? " and others" : "")
  }
}

extension Form {
  /// The school of one of the children; what is wrong with it stands at its field.
  mutating func school(of child: Int, _ visit: Visit) -> AgencyID? {
    let field = "child-\(child)-school"
    switch visit.meant(by: text(field)) {
    case .none: return nil
    case .school(let id): return id
    case .problem(let problem):
      fail(field, whose(child) + problem)
      return nil
    }
  }

  /// A child's birthday; what is wrong with it is said in people's dates.
  mutating func birthday(of child: Int, _ visit: Visit) -> LocalDate? {
    let field = "child-\(child)-born"
    guard let born = day(field, whose(child) + "Date of birth") else { return nil }
    if Plausibility.problem(with: "\(born)", in: "date_of_birth", of: "child", at: visit.now) != nil
    {
      fail(
        field,
        whose(child)
          + (born > visit.today
            ? "Date of birth must not be in the future"
            : "Date of birth is that of an adult. Check the year"))
    }
    return born
  }

  /// Which child a problem is about, where there are several.
  func whose(_ child: Int) -> String { childCount > 1 ? "Child \(child): " : "" }
}

extension Array {
  /// Itself, unless there is nothing in it.
  var nonEmpty: Self? { isEmpty ? nil : self }
}
