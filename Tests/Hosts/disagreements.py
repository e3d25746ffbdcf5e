"""Two agencies write the same field while neither can see what the other writes: both values have to stand."""

import time

from ledger import CARE, POLICE, READERS


class Disagreements:
    """Children and plans that nobody else writes, so that what stands on them in the end follows from these writes."""

    def __init__(self, hosts, ledger, number):
        self.hosts, self.ledger = hosts, ledger
        police, care = hosts[POLICE], hosts[CARE]
        self.children = [
            police.concord("put", police.folder, "child", "name=Disputed", "address=1 Example Street").out.strip()
            for _ in range(number)]
        self.plans = [
            care.concord("put", care.folder, "plan", "goals=Not agreed yet").out.strip() for _ in range(number)]
        ledger.disputed |= {*self.children, *self.plans}
        end = time.monotonic() + 60
        while not (self.are_at(care, "child", self.children) and self.are_at(police, "plan", self.plans)):
            if time.monotonic() > end:
                raise AssertionError("what two agencies are to dispute does not arrive")
            time.sleep(0.2)
        self.written = 0

    @staticmethod
    def are_at(host, type, records):
        return set(records) <= {record["id"] for record in host.json("list", host.folder, type)}

    def write(self):
        """Both write an address, the goals of a plan and, each for itself, its needs; false where none is left."""
        if not self.children:
            return False
        child, plan = self.children.pop(), self.plans.pop()
        for name in (POLICE, CARE):
            self.put(name, "child", child, "address")
            self.put(name, "plan", plan, "goals", "needs")
        self.written += 1
        return True

    def put(self, name, type, record, *fields):
        host = self.hosts[name]
        markers = {field: self.ledger.marker() for field in fields}
        done = host.concord(
            "put", host.folder, type, *(f"{field}=Said {marker}" for field, marker in markers.items()),
            "--id", record, may_fail=True)
        for field, marker in markers.items():
            self.ledger.note(
                marker, name, record, f"{type}.{field}", READERS[f"{type}.{field}"], done.is_done, must_stand=True)
