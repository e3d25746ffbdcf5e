"""What was acknowledged, and who may see it: written down by this program, apart from the nodes.

Each value that is written has a marker that nothing else has. Who may see a field stands here as a table of its own,
from the words of the agreement (Protocol/agreements/oe-plus-hub.yaml), and not from what the nodes decide.
"""

import dataclasses
import threading

#: Begins each marker, and stands in nothing else.
PREFIX = "Qz7mark"

#: `SCHOOL` stands for the school that a record concerns: what goes to it goes to no other.
POLICE, CARE, REFUGE, SCHOOL = "police", "care", "refuge", "school"
HUB = {POLICE, CARE, REFUGE}
READERS = {
    "child.name": {POLICE, CARE, SCHOOL},
    "child.address": {POLICE, CARE},
    "adult.name": {POLICE, CARE, REFUGE},
    "incident.reference": {POLICE, CARE, SCHOOL},
    "incident.place": {POLICE, CARE},
    "incident.circumstances": {POLICE, CARE},
    "incident.child_words": {POLICE, CARE, SCHOOL},
    # Judgements are not the schools' to read.
    "incident.risk_grade": HUB,
    "notification.context": {POLICE, CARE, SCHOOL},
    "response.actions": {SCHOOL},
    "response.detail": HUB | {SCHOOL},
    "plan.goals": HUB,
    "plan.needs": HUB,
    "action.task": HUB,
    # Goes to those whom the person agreed to: said with each.
    "voice.words": set(),
    # Nothing leaves a refuge unless it is released, which nobody does here.
    "safe_contact.number": set(),
    "safe_contact.code_word": set(),
    # Why, and who acted, stays with the agency.
    "restriction.reason": set(),
    "person": set(),
}

def readers(field, author, schools=(), also=()):
    """The hosts that may see a value, of a record that concerns these schools: who wrote it always may."""
    found = {author} | set(also) | READERS[field]
    if SCHOOL in found:
        found = (found - {SCHOOL}) | set(schools)
    return frozenset(found)


@dataclasses.dataclass(frozen=True)
class Entry:
    """One value that a command wrote."""
    marker: str
    author: str
    record: str
    field: str
    may_see: frozenset
    #: Whether the command said that it is done. What did not may be there or not, and must not leak either.
    is_acknowledged: bool
    #: Whether it has to stand in the end: nobody who writes that field later has seen it.
    must_stand: bool = False

    @property
    def type(self):
        return self.field.split(".")[0]

    @property
    def name(self):
        return self.field.split(".")[-1]


class Ledger:
    """All that was written. Desks of several threads write into it."""

    def __init__(self):
        self.entries = []
        self.notifications = {}
        #: What each agency's grade of an incident may be: one, or two where a command did not say what became of it.
        self.grades = {}
        #: Records that desks leave alone: what stands on them is to follow from two writes and no third.
        self.disputed = set()
        self.lock = threading.Lock()
        self.issued = 0

    def marker(self):
        with self.lock:
            self.issued += 1
            return f"{PREFIX}{self.issued:06d}x"

    def note(self, marker, author, record, field, may_see, is_acknowledged=True, must_stand=False):
        with self.lock:
            self.entries.append(
                Entry(marker, author, record, field, frozenset(may_see), is_acknowledged, must_stand))

    def note_notification(self, record, school):
        """A notification that its issuer was told is issued."""
        with self.lock:
            self.notifications[record] = school

    def note_grade(self, record, author, grade, is_acknowledged):
        with self.lock:
            if is_acknowledged:
                self.grades[record, author] = {grade}
            else:
                self.grades.setdefault((record, author), {None}).add(grade)

    def acknowledged(self):
        return [entry for entry in self.entries if entry.is_acknowledged]
