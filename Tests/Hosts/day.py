"""A day's incidents: what people at each agency do, with the command line, and what they are told is done.

Each agency has a desk: a thread that does one thing after the other, by the seed, until the day is over. What a desk
does depends also on what has reached it, so that two runs of one seed are alike and not the same.
"""

import json
import random
import re
import threading
import time

from ledger import CARE, POLICE, REFUGE, readers
from machine import SCHOOLS

GRADES = ("standard", "medium", "high")
#: Of a hundred commands that write, how many are killed on their way.
INTERRUPTED = 3


class Desk(threading.Thread):
    """One agency's people."""

    def __init__(self, host, hosts, ledger, seed, over):
        super().__init__(name=host.name, daemon=True)
        self.host, self.hosts, self.ledger, self.over = host, hosts, ledger, over
        self.chance = random.Random(f"{seed}/{host.name}")
        self.written = self.interrupted = self.count = 0
        #: What was refused, by what it said, without ids: a full disk is a reason, a surprise is not.
        self.refusals = {}
        self.slowest = 0.0
        self.failure = None

    def run(self):
        try:
            while not self.over.is_set():
                if not self.turn():
                    self.over.wait(0.5)
        except Exception as problem:  # pylint: disable=broad-except
            self.failure = problem

    def turn(self):
        """Does the next thing; whether there was one."""
        raise NotImplementedError

    def read(self, *arguments):
        done = self.host.concord(*arguments, "--json", may_fail=True)
        if not done.is_done:
            self.refused(arguments, done)
            return []
        return json.loads(done.out)

    def refused(self, arguments, done):
        said = re.sub(r"[0-9a-f-]{36}|[0-9a-f]{16,}", "ID", (done.error or done.out).strip().split("\n")[-1])
        said = f"{self.host.name}, {' '.join(arguments[:1])}: {re.sub(r'Qz7mark[0-9]+x', 'VALUE', said)}"
        self.refusals[said] = self.refusals.get(said, 0) + 1

    def write(self, *arguments, values=(), record=None, schools=(), also=()):
        """Runs a command that writes, and notes its values: (field, marker) each. The record's id, or nothing."""
        kill_after = self.chance.uniform(0.02, 0.6) if self.chance.random() < INTERRUPTED / 100 else None
        done = self.host.concord(*arguments, may_fail=True, kill_after=kill_after)
        self.slowest = max(self.slowest, done.seconds)
        found = record or (done.out.split() or [""])[0]
        if done.is_done:
            self.written += 1
        elif done.status < 0:
            self.interrupted += 1
        else:
            self.refused(arguments, done)
        for field, marker in values:
            may_see = readers(field, self.host.name, schools, also)
            self.ledger.note(marker, self.host.name, found, field, may_see, done.is_done)
        return found if done.is_done else None

    def grade(self, record, *plain, **marked):
        """Writes this agency's own judgement, beside the others'."""
        given = self.chance.choice(GRADES)
        found = self.put("incident", f"risk_grade={given}", *plain, record=record, **marked)
        if record or found:
            self.ledger.note_grade(record or found, self.host.name, given, found is not None)
        return found

    def put(self, type, *plain, record=None, schools=(), **marked):
        """`concord put`, with a marker in each of the named fields, and who acted."""
        values = [(f"{type}.{field}", self.ledger.marker()) for field in marked]
        person = self.ledger.marker()
        identified = ("--id", record) if record else ()
        fields = [f"{name.split('.')[1]}={marked[name.split('.')[1]].format(marker)}" for name, marker in values]
        return self.write(
            "put", self.host.folder, type, *plain, *fields, *identified, "--as", f"PC-{person}",
            values=[*values, ("person", person)], record=record, schools=schools)


class PoliceDesk(Desk):
    """Officers record incidents and tell schools."""

    def __init__(self, *arguments, incidents, seconds):
        super().__init__(*arguments)
        self.left, self.pause = incidents, seconds / incidents
        self.children = []
        self.issued = 0
        self.began = time.monotonic()

    def turn(self):
        due = self.began + self.count * self.pause
        if self.left == 0 or time.monotonic() < due:
            return False
        self.left -= 1
        self.count += 1
        self.incident()
        return True

    def child(self, school):
        known = [found for found in self.children if found[1] == school]
        if known and self.chance.random() < 0.3:
            return self.chance.choice(known)
        record = self.put(
            "child", f"school={self.hosts[school].id}", "date_of_birth=2016-03-04", schools=[school],
            name="Child {}", address="{} Example Street")
        if record:
            self.children.append((record, school))
        return (record, school) if record else None

    def incident(self):
        affected = [self.child(self.chance.choice(SCHOOLS))]
        # A sibling may go to another school, which must hear nothing of the first.
        if self.chance.random() < 0.25:
            affected.append(self.child(self.chance.choice(SCHOOLS)))
        affected = list(dict.fromkeys(filter(None, affected)))
        if not affected:
            return
        schools = {school for _, school in affected}
        record = self.grade(
            None, *(f"children+={child}" for child, _ in affected), f"occurred_at={self.host.clock.now(-3600)}",
            schools=schools, reference="{}", place="{} Lane", circumstances="Said to be {}.", child_words="I saw {}.")
        if self.chance.random() < 0.4:
            self.put("adult", f"children+={affected[0][0]}", "role=parent", name="Adult {}")
        if not record:
            return
        for child, school in affected:
            marker, person = self.ledger.marker(), self.ledger.marker()
            found = self.write(
                "notify", self.host.folder, child, "--incident", record, "--context", f"Was present: {marker}.",
                "--as", f"PC-{person}",
                values=[("notification.context", marker), ("person", person)], schools=[school])
            if found:
                self.issued += 1
                self.ledger.note_notification(found, school)
        self.second_thoughts(affected[0][0], record)

    def second_thoughts(self, child, incident):
        """Officers correct addresses, of this child or of one before, as social care may do at this moment."""
        for known in {child, self.chance.choice(self.children)[0]}:
            if self.chance.random() < 0.4:
                self.put("child", record=known, address="{} Sample Road")
        if self.chance.random() < 0.4:
            self.grade(incident)


class CareDesk(Desk):
    """Social workers judge incidents, correct addresses, plan, and hear children."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.seen = set()
        self.waiting, self.children = [], []

    def turn(self):
        if self.children and self.chance.random() < 0.25:
            self.put("child", record=self.chance.choice(self.children), address="{} Orchard Close")
        if not self.waiting:
            found = [record for record in self.read("list", self.host.folder, "notification")
                     if record["id"] not in self.seen and "child" in record["fields"]]
            self.seen |= {record["id"] for record in found}
            self.waiting = found
        if not self.waiting:
            return False
        self.look_into(self.waiting.pop(0))
        return True

    def look_into(self, notification):
        fields = notification["fields"]
        child, incident = fields["child"].get("value"), fields.get("incident", {}).get("value")
        if incident:
            self.grade(incident)
        self.children.append(child)
        if self.chance.random() < 0.4:
            self.plan(notification["id"], child)
        if self.chance.random() < 0.3:
            self.hear(child)

    def plan(self, notification, child):
        marker = self.ledger.marker()
        plan = self.write(
            "plan", "start", self.host.folder, notification, "--review", "2027-06-01", "--goals", f"Goal {marker}",
            values=[("plan.goals", marker)])
        if not plan:
            return
        self.put("plan", record=plan, needs="Housing {}")
        marker = self.ledger.marker()
        self.write(
            "action", "add", self.host.folder, plan, "--task", f"Call {marker}", "--owner", self.hosts[REFUGE].id,
            "--due", "2027-05-20", values=[("action.task", marker)])

    def hear(self, child):
        with_whom = self.chance.choice([(), (POLICE,), (REFUGE,)])
        marker = self.ledger.marker()
        self.write(
            "voice", "add", self.host.folder, child, "--asked-on", "2027-05-01", "--words", f"I want {marker}.",
            "--consent", "hub", *(part for name in with_whom for part in ("--share-with", self.hosts[name].id)),
            values=[("voice.words", marker)], also=with_whom)


class RefugeDesk(Desk):
    """Advocates add their needs to plans, and keep what they know of a client's contact."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.seen = set()

    def turn(self):
        self.count += 1
        if self.count % 4 == 1:
            self.put("safe_contact", "safety=ask-first", number="{}", code_word="Word {}")
            return True
        plans = [record["id"] for record in self.read("list", self.host.folder, "plan")
                 if record["id"] not in self.ledger.disputed]
        fresh = [plan for plan in plans if plan not in self.seen]
        if not plans:
            return False
        plan = fresh[0] if fresh else self.chance.choice(plans)
        self.seen.add(plan)
        self.put("plan", record=plan, needs="Safety {}")
        # What two agencies change at once stays until somebody chooses.
        if self.chance.random() < 0.3:
            self.put("plan", record=plan, goals="Goal {}")
        return bool(fresh)


class SchoolDesk(Desk):
    """Key Adults open what waits, and say what they do. One in five they leave for the deadline."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.left_alone = set()

    def turn(self):
        waiting = [found for found in self.read("inbox", self.host.folder)
                   if found["id"] not in self.left_alone and found["state"] not in ("opened", "acted-on")]
        if not waiting:
            return False
        found = waiting[0]["id"]
        if self.chance.random() < 0.2:
            self.left_alone.add(found)
            return True
        if not self.write("open", self.host.folder, found, record=found):
            return True
        actions, detail = self.ledger.marker(), self.ledger.marker()
        self.write(
            "respond", self.host.folder, found, "--mode", "silent", "--welfare-check", "--acted-on",
            "--actions", f"Sat with {actions}", "--detail", f"Tell {detail}", record=found,
            values=[("response.actions", actions), ("response.detail", detail)], schools=[self.host.name])
        return True


def desks(hosts, ledger, seed, over, incidents, seconds):
    kinds = {POLICE: PoliceDesk, CARE: CareDesk, REFUGE: RefugeDesk}
    found = []
    for name, host in hosts.items():
        more = {"incidents": incidents, "seconds": seconds} if name == POLICE else {}
        found.append(kinds.get(name, SchoolDesk)(host, hosts, ledger, seed, over, **more))
    return found
