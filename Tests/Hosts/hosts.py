#!/usr/bin/env python3
"""Six agencies on six hosts play a day while their network, processes, disks and clocks fail, and are then compared.

Scripts/test-hosts starts it: as root within a view of the machine that is thrown away, with the package installed;
else with an executable alone. Ends with 0 where nothing was lost, nothing leaked and all are equal.
"""

import argparse
import collections
import datetime
import itertools
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time

import checks
import day
import faults
import ledger
import roads
from disagreements import Disagreements
from machine import AGENCIES, PRINCIPALS, SCHOOLS, Clock, InstalledHost, PlainHost, ROOT
from partnership import Setup

#: The Saturday night before a bank holiday: what happens is due on Tuesday before school.
SATURDAY_NIGHT = datetime.datetime(2027, 5, 1, 21, 0)
TUESDAY = datetime.datetime(2027, 5, 4, 10, 0)
#: How much police record: at this rate social care and the schools keep up in a debug build.
INCIDENTS_PER_MINUTE = 25


def arguments():
    parser = argparse.ArgumentParser(prog="Scripts/test-hosts", description=__doc__)
    parser.add_argument("--concord", help="the executable, where no package is installed")
    parser.add_argument("--minutes", type=float, default=3, help="how long people work while things fail (3)")
    parser.add_argument("--incidents", type=int, help="how many incidents the police record (25 a minute)")
    parser.add_argument("--seed", type=int, help="what decides who does what and what fails when; else a new one")
    parser.add_argument("--network", choices=("bridge", "wires", "loopback"), help="else the best that there is")
    parser.add_argument("--no-faults", action="store_true", help="only play the day")
    parser.add_argument("--keep", metavar="FOLDER", help="leave the nodes' logs and folders there")
    parser.add_argument("--installed", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


class Play:
    """One run, from the installed package to the verdict."""

    def __init__(self, options):
        self.options = options
        self.seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 31)
        self.began = time.monotonic()
        self.scratch = tempfile.mkdtemp(prefix="concord-hosts-")
        self.watch = roads.Watch(ledger.PREFIX.encode())
        self.ledger = ledger.Ledger()
        self.clock = Clock(SATURDAY_NIGHT)
        self.problems, self.rows = [], []
        self.hosts = {}
        self.roads = None
        self.disputed = 0

    def say(self, text):
        print(f"{time.monotonic() - self.began:6.1f} s  {text}", flush=True)

    def row(self, what, value):
        self.rows.append((what, value))

    def must(self, what, problems):
        """One thing that has to hold: its row in the table, and what contradicts it."""
        problems = list(problems)
        self.row(what, len(problems))
        self.problems += [f"{what}: {problem}" for problem in problems]

    def make_hosts(self):
        self.roads = roads.built(self.options.network, [agency.name for agency in AGENCIES], self.watch)
        self.say(f"{self.roads}.")
        for number, agency in enumerate(AGENCIES):
            if self.options.installed and not self.roads.loopback:
                host = InstalledHost(agency, self.roads, self.clock, self.scratch)
                with open("/etc/hosts", "a", encoding="utf-8") as names:
                    names.write(f"{self.roads.address(agency.name)} {agency.name}.concord.example\n")
            else:
                program = self.options.concord or "/usr/bin/concord"
                host = PlainHost(agency, self.roads, self.clock, self.scratch, program, 47400 + number)
            self.hosts[agency.name] = host
        if self.options.installed:
            subprocess.run(
                ["install", "-d", "-m", "700", "-o", "concord", "-g", "concord", InstalledHost.EXCHANGE], check=True)

    def set_up(self):
        """From the package to the first notification that has arrived: what an administrator waits for."""
        began = time.monotonic()
        texts = "/usr/share/concord" if self.options.installed else os.path.join(ROOT, "Protocol")
        setup = Setup(self.hosts, texts, self.say)
        setup.run()
        police, school = self.hosts["police"], self.hosts["abbey"]
        child = police.concord("put", police.folder, "child", "name=First", f"school={school.id}").out.strip()
        first = police.concord(
            "notify", police.folder, child, "--at", self.clock.now(-3600), "--context", "Was present.").out.split()[0]
        self.ledger.note_notification(first, "abbey")
        end = time.monotonic() + 120
        while first not in school.concord("list", school.folder, "notification", "--json").out:
            if time.monotonic() > end:
                raise AssertionError("the first notification does not arrive")
            time.sleep(0.1)
        seconds = time.monotonic() - began
        self.row("from the installed package to the first notification",
                 f"{seconds:.0f} s, {setup.commands + 2} commands")
        self.say(f"Six agencies are set up, and the first notification has arrived: {seconds:.0f} s.")
        setup.name_key_adults()

    def play(self):
        seconds = self.options.minutes * 60
        incidents = self.options.incidents or max(1, round(self.options.minutes * INCIDENTS_PER_MINUTE))
        over, calm = threading.Event(), threading.Event()
        people = day.desks(self.hosts, self.ledger, self.seed, over, incidents, seconds)
        disputed = Disagreements(self.hosts, self.ledger, max(3, round(2 * self.options.minutes)))
        trouble = faults.Faults(self.hosts, self.roads, self.seed, calm, self.say, disputed.write)
        self.say(f"The day begins: {incidents} incidents in {seconds:.0f} s, seed {self.seed}.")
        for desk in people:
            desk.start()
        if not self.options.no_faults:
            trouble.start()
        time.sleep(seconds)
        calm.set()
        if trouble.is_alive():
            trouble.join()
        over.set()
        for desk in people:
            desk.join()
        for thread in [*people, trouble]:
            if thread.failure:
                raise thread.failure
        self.row("incidents, notifications issued", f"{people[0].count}, {len(self.ledger.notifications)}")
        self.row("commands that wrote, acknowledged", sum(desk.written for desk in people))
        self.row("values with a marker, acknowledged", len(self.ledger.acknowledged()))
        self.row("commands killed on their way", sum(desk.interrupted for desk in people))
        refused = collections.Counter()
        for desk in people:
            refused.update(desk.refusals)
        self.row("commands refused", sum(refused.values()))
        self.row("slowest command that wrote", f"{max(desk.slowest for desk in people):.1f} s")
        for said, count in refused.most_common(20):
            self.say(f"refused {count} times: {said}")
        self.disputed = disputed.written
        self.row("starts refused on a full disk", sum(host.starts_refused for host in self.hosts.values()))
        for kind, count in sorted(trouble.counts.items()):
            self.row(f"faults: {kind}", count)

    def pairs(self):
        """Who has a link with whom: the principals with all, schools not with each other."""
        for one, other in itertools.combinations(self.hosts, 2):
            if one in PRINCIPALS or other in PRINCIPALS:
                yield one, other

    def start_all(self, instant):
        """All clocks at one time, and all nodes started anew with it."""
        for host in self.hosts.values():
            host.stop()
        self.clock.set(instant)
        for host in self.hosts.values():
            host.clock_error = 0.0
            if not host.start():
                self.problems.append(f"{host.name} does not start: {host.said()[-600:]}")

    def settle(self, what, seconds=300):
        """Waits until nothing waits at anybody."""
        began = time.monotonic()
        while True:
            waiting = []
            for host in self.hosts.values():
                host.look_after()
                status = host.json("status", host.folder)
                waiting += [f"{host.name}: {link['waiting']} for {link['agency']}, connected {link['connected']}"
                            for link in status["links"] if link["waiting"] or not link["connected"]]
            if not waiting:
                self.say(f"{what}: all in step after {time.monotonic() - began:.1f} s.")
                return time.monotonic() - began
            if time.monotonic() - began > seconds:
                self.problems += [f"not in step: {found}" for found in waiting]
                return seconds
            time.sleep(0.5)

    def escalated(self):
        """Waits until what nobody opened has gone on to the hub."""
        end = time.monotonic() + 120
        while time.monotonic() < end:
            states, escalations = self.deliveries(), self.escalations()
            if all(states.get(record, set()) & {"opened", "acted-on"} or escalations.get(record) == "hub"
                   for record in self.ledger.notifications):
                break
            time.sleep(2)

    def fields(self, name, type):
        host = self.hosts[name]
        return host.json("list", host.folder, type)

    def deliveries(self):
        found = {}
        for record in self.fields("police", "delivery"):
            about = record["fields"].get("notification", {}).get("value")
            found[about] = {value["value"] for value in record["fields"].get("state", {}).get("values", [])}
        return found

    def escalations(self):
        return {record["id"]: record["fields"].get("escalation", {}).get("value")
                for record in self.fields("police", "notification")}

    def judge(self):
        self.must("pairs of nodes unequal", checks.unequal(self.hosts, self.pairs()))
        self.settle("Compared")
        views = checks.Views(self.hosts)
        self.must("lost", checks.lost(self.ledger, views.shown, views.history))
        self.must("shown to whom it may not be", checks.shown_to_others(self.ledger, views.shown))
        records = {name: self.by_id(views.records[name]["incident"]) for name in ("police", "care")}
        self.must("judgements not side by side", checks.wrong_grades(self.ledger, records))
        standing = {name: checks.standing(of_types.values()) for name, of_types in views.records.items()}
        self.must("fields that two nodes show differently", checks.differing_values(standing))
        conflicts = sum(len(host.json("conflicts", host.folder)) for host in self.hosts.values())
        self.row("conflicts that wait for a person, at all nodes", conflicts)
        if self.disputed and not conflicts:
            self.problems.append("two agencies wrote the same at once, and no node shows a conflict")
        at_schools = {name: set(self.by_id(views.records[name]["notification"])) for name in SCHOOLS}
        self.must("notifications not delivered, or not gone on", checks.undelivered(
            self.ledger, at_schools, self.deliveries(), self.escalations()))
        self.must("audits that do not hold", (
            f"{name}: {done.error or done.out}" for name, host in self.hosts.items()
            if not (done := host.concord("audit", "verify", host.folder, may_fail=True)).is_done))
        aside = [(name, found) for name, host in self.hosts.items()
                 for found in host.json("quarantine", host.folder)]
        self.row("kept aside in the end", len(aside))
        self.must("kept aside without a reason, or held still", (
            f"{name}: {found}" for name, found in aside if not found["reason"] or found.get("held_until")))
        self.must("nodes that ended by themselves", (
            f"{name} with {status}: {said[-400:]}" for name, host in self.hosts.items()
            for status, said in host.ended_by_itself))
        self.must("commands that did not end", (
            f"{name}: {command}" for name, host in self.hosts.items() for command in host.hung))
        self.search_files(views)

    def doubt(self, views, files):
        """What is asked has to be able to say no: a value that nobody wrote is lost, a planted one leaks."""
        false = ledger.Ledger()
        false.note("Qz7mark999999x", "care", "no record", "plan.needs", {"care"})
        if len(checks.lost(false, views.shown, views.history)) != 1:
            self.problems.append("a value that was never written is not found to be lost")
        kept = next((entry for entry in self.ledger.acknowledged() if entry.field == "safe_contact.number"), None)
        if kept is None:
            return
        abbey = self.hosts["abbey"]
        planted = os.path.join(abbey.folder, "planted")
        with open(planted, "wb") as file:
            file.write(b"\0" * 100 + kept.marker.encode())
        found, _ = checks.leaked(self.ledger, {**files, "abbey": checks.markers_in(abbey.files())})
        os.remove(planted)
        if not any("planted of abbey" in problem for problem in found):
            self.problems.append("a planted value is not found in the files")

    @staticmethod
    def by_id(text):
        return {record["id"]: record for record in json.loads(text or "[]")}

    def search_files(self, views):
        """The bytes of all files, once the nodes have stopped and all of it is on disk."""
        for host in self.hosts.values():
            host.stop()
        self.must("nodes that did not end in order", (
            f"{name} with {status}: {said[-400:]}" for name, host in self.hosts.items()
            for status, said in host.stopped_badly))
        files = {name: checks.markers_in(host.files()) for name, host in self.hosts.items()}
        problems, rightly = checks.leaked(self.ledger, files)
        self.must("leaked into files", problems)
        self.doubt(views, files)
        self.must("values in logs", checks.in_logs(self.hosts))
        due = sum(len(entry.may_see) for entry in self.ledger.acknowledged())
        self.row("values found in the files where they may be", f"{rightly} of {due}")
        if rightly < due * 0.95:
            self.problems.append("the search of the files finds too little of what is there: it proves nothing")
        self.row("frames on the wire, bytes", f"{self.watch.frames}, {self.watch.bytes}")
        self.must("frames in which a value can be read", ["seen"] * self.watch.readable)
        if not self.roads.loopback and not self.watch.frames:
            self.problems.append("nothing was seen on the wire: that nothing can be read there proves nothing")

    def finish(self):
        self.row("seconds", round(time.monotonic() - self.began))
        width = max(len(what) for what, _ in self.rows)
        print()
        for what, value in [("hosts", len(self.hosts)), ("seed", self.seed), *self.rows]:
            print(f"  {what:<{width}}  {value}")
        for problem in self.problems[:60]:
            print(f"PROBLEM {problem}")
        if len(self.problems) > 60:
            print(f"and {len(self.problems) - 60} more")
        print("Nothing was lost, nothing leaked, all are equal." if not self.problems
              else f"{len(self.problems)} problems; again with --seed {self.seed}.", flush=True)
        return 1 if self.problems else 0

    def close(self):
        if self.options.keep:
            shutil.copytree(self.scratch, self.options.keep, dirs_exist_ok=True)
            for host in self.hosts.values():
                if not host.folder.startswith(self.scratch):
                    shutil.copytree(host.folder, os.path.join(self.options.keep, host.name), dirs_exist_ok=True,
                                    ignore=shutil.ignore_patterns("*.sock"))
        for host in self.hosts.values():
            host.close()
        if self.roads:
            self.roads.close()
        shutil.rmtree(self.scratch, ignore_errors=True)


def main():
    play = Play(arguments())
    try:
        play.make_hosts()
        play.set_up()
        play.play()
        play.row("kept aside when faults were lifted", sum(
            len(host.json("quarantine", host.folder)) for host in play.hosts.values()))
        # Ten minutes later no clock is ahead of what was stamped, and what was held has its time.
        play.start_all(datetime.datetime(2027, 5, 1, 23, 30))
        play.row("until all are in step again", f"{play.settle('All faults are lifted'):.0f} s")
        play.start_all(TUESDAY)
        play.settle("Tuesday, 10:00")
        play.escalated()
        play.settle("Gone on")
        play.judge()
        return play.finish()
    finally:
        play.close()


if __name__ == "__main__":
    sys.exit(main())
