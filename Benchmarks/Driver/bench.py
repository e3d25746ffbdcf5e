"""Runs the rows of the table, each beside what it is held against, and writes the report."""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
import traceback
from pathlib import Path

import report
from measuring import median

HERE = Path(__file__).resolve().parent


class Size:
    """How much is measured."""

    def __init__(self, quick):
        self.quick = quick
        self.records = 2_000 if quick else 20_000
        self.runs = 1 if quick else 3
        self.live = 60 if quick else 300
        self.steps = [2_000, 20_000] if quick else [10_000, 100_000, 1_000_000]
        # Growing stops after this many seconds, wherever it has come to; the report says so.
        self.growing = 20 if quick else 240
        self.schools = 100 if quick else 1_000


class Bench:
    """What the steps share: the executable, folders, PostgreSQL, the data."""

    def __init__(self, program, folder, user, size):
        self.program, self.folder, self.user, self.size = program, folder, user, size
        self.begun = time.monotonic()
        self._postgres = None
        self._rows = None

    def say(self, text):
        print(f"[{time.monotonic() - self.begun:5.0f} s] {text}", flush=True)

    def concord(self, *words, seconds=600):
        """Runs a subcommand of the executable and reads its facts."""
        command = [str(self.program), *[str(word) for word in words]]
        done = subprocess.run(command, stdout=subprocess.PIPE, timeout=seconds, check=True)
        return json.loads(done.stdout.decode().strip().splitlines()[-1])

    def measured(self, name, *words, seconds=600):
        folder = self.folder / "concord"
        facts = self.concord(name, "--in", folder, *words, seconds=seconds)
        shutil.rmtree(folder, ignore_errors=True)
        return facts

    @property
    def rows(self):
        """The records, as the executable makes them: id and eight texts."""
        if self._rows is None:
            lines = subprocess.run(
                [str(self.program), "data", "--records", str(self.size.records)],
                stdout=subprocess.PIPE, check=True).stdout.decode().splitlines()
            self._rows = [line.split("\t") for line in lines]
            for row in self._rows:
                row[0] = row[0].replace("-", "")
        return self._rows

    @property
    def postgres(self):
        """The two clusters, started when they are first wanted."""
        if self._postgres is None:
            from postgres import Pair
            self.say("PostgreSQL: two clusters")
            self._postgres = Pair(self.folder / "postgres", self.user)
        return self._postgres

    def close(self):
        if self._postgres:
            self._postgres.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def first(bench):
    """Rows 1, 2, 4 and 11."""
    import documents
    import postgres_rows
    runs = []
    for number in range(bench.size.runs):
        bench.say(f"rows 1, 2, 4, 11: run {number + 1} of {bench.size.runs}")
        records = ["--records", bench.size.records]
        run = {"concord": bench.measured("first", *records, seconds=300),
               "session": bench.measured("session", *records)}
        pair = bench.postgres
        run["copied"] = postgres_rows.first_sync(pair, bench.rows)
        run["changed"] = postgres_rows.change(pair, bench.rows)
        pair.end()
        run["streamed"] = postgres_rows.streamed(pair, bench.rows)
        pair.end()
        runs.append(run)
    bench.say("rows 1, 2, 11: with values in the open")
    unsealed = bench.measured("first", "--unsealed", *records, seconds=300)
    bench.say("row 4: documents in memory")
    return {"runs": runs, "unsealed": unsealed, "loro": documents.loro_change(bench.rows),
            "pycrdt": documents.pycrdt_change(bench.rows)}


def part(bench):
    """Row 3."""
    import postgres_rows
    runs = []
    for number in range(bench.size.runs):
        bench.say(f"row 3: run {number + 1} of {bench.size.runs}")
        pair, some = bench.postgres, ["f1", "f2", "f3"]
        run = {"concord": bench.measured("part", "--records", bench.size.records, seconds=300)}
        run["copied"] = postgres_rows.first_sync(pair, bench.rows, some, is_shared)
        pair.end()
        run["streamed"] = postgres_rows.streamed(pair, bench.rows, some, is_shared)
        pair.end()
        runs.append(run)
    return {"runs": runs}


def is_shared(number):
    return number % 100 < 30


def apart(bench):
    """Row 5."""
    bench.say("row 5: edits on both sides, with and without conflict")
    return bench.measured("apart", "--records", bench.size.records)


def grant(bench):
    """Row 6."""
    bench.say("row 6: grant and revoke")
    return bench.measured("grant", "--records", bench.size.records)


def live(bench):
    """Row 8."""
    import postgres_rows
    bench.say("row 8: one change at a time")
    facts = {"concord": bench.measured("live", "--changes", bench.size.live)}
    pair = bench.postgres
    postgres_rows.first_sync(pair, bench.rows[:1_000])
    facts["postgres"] = postgres_rows.live(pair, bench.rows[:1_000], bench.size.live)
    pair.end()
    return facts


def grown(bench):
    """Rows 7, 10 and 12."""
    bench.say(f"rows 7, 10, 12: growing to {bench.size.steps[-1]:,} changes")
    words = ["--budget", bench.size.growing]
    for step in bench.size.steps:
        words += ["--steps", step]
    return bench.measured("grown", *words, seconds=bench.size.growing + 300)


def schools(bench):
    """Row 9."""
    bench.say(f"row 9: {bench.size.schools:,} schools")
    return bench.measured("schools", "--schools", bench.size.schools)


STEPS = [(first, {1, 2, 4, 11}), (part, {3}), (apart, {5}), (grant, {6}), (live, {8}),
         (grown, {7, 10, 12}), (schools, {9})]


def measure(bench, rows):
    """Every step that a wanted row needs. A step that fails is a gap in the report."""
    facts = {}
    for step, serves in STEPS:
        needed = serves | ({6, 3} if step is first else set())
        if not needed & rows:
            continue
        try:
            facts[step.__name__] = step(bench)
        except Exception as error:
            traceback.print_exc()
            bench.say(f"{step.__name__} failed: {error}")
            facts[step.__name__] = {"failed": str(error)}
    return facts


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--quick", action="store_true")
    options.add_argument("--rows", default=",".join(str(row) for row in range(1, 13)))
    options.add_argument("--program", type=Path, required=True)
    options.add_argument("--folder", type=Path, required=True)
    options.add_argument("--user", default="")
    options.add_argument("--output", type=Path, required=True)
    chosen = options.parse_args()
    rows = {int(row) for row in chosen.rows.split(",")}
    os.chdir("/")
    load = os.getloadavg()[0]
    bench = Bench(chosen.program, chosen.folder, chosen.user, Size(chosen.quick))
    try:
        facts = measure(bench, rows)
    finally:
        bench.close()
    about = {"records": bench.size.records, "quick": chosen.quick, "load_before": load,
             "load_after": os.getloadavg()[0], "cores": os.cpu_count(),
             "seconds": time.monotonic() - bench.begun}
    report.write(facts, about, rows, chosen.output)
    failed = any("failed" in part for part in facts.values())
    bench.say(f"{chosen.output / 'report.md'}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
