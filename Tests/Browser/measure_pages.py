"""How long the pages of a node with many records take: see Scripts/measure-pages."""

import argparse
import csv
import os
import re
import statistics
import sys
import time

from partnership import ROOT, Partnership
from session import Session

LOOKS = 20


def export(path, children):
    """A records system's export: made-up children at Sheffield's school, each with an incident."""
    headings = ["Reference", "Child", "Date of birth", "Address", "School URN", "Occurred",
                "Circumstances", "Context for school"]
    with open(path, "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(headings)
        for number in range(children):
            day, month, year = number % 28 + 1, number // 28 % 12 + 1, 2010 + number // 336 % 12
            rows.writerow([
                f"EX/{number}", f"Example{number % 997} Sample{number}",
                f"{day:02}/{month:02}/{year}", f"{number} Example Road (fictional)", "106982",
                f"{number % 28 + 1:02}/04/2027 22:{number % 60:02}", "Example", "Was present."])


def fill(partnership, children):
    run, police = partnership.run, partnership.path("police")
    export(partnership.path("export.csv"), children)
    run("import", police, partnership.path("export.csv"), "--mapping",
        os.path.join(ROOT, "Protocol", "imports", "example.yaml"))
    child = partnership.json("list", police, "child")[0]["id"]
    # From one of them a hundredth of the children is kept, so that shielding has work to do.
    for found in partnership.json("list", police, "child")[:max(1, children // 2500)]:
        run("put", police, "restriction", f"record={found['id']}", "reason=x", "people+=kept")
    notification = partnership.json("list", police, "notification")[-1]["id"]
    incident = partnership.json("list", police, "incident")[-1]["id"]
    return child, incident, notification


def measured(session, path, form=None):
    """Milliseconds of each look, and the page's bytes."""
    times, size = [], 0
    token = re.search(r'name="form-token" value="([0-9a-f]+)"', session.ask("/search")[1]).group(1)
    for _ in range(LOOKS):
        began = time.perf_counter()
        status, page = session.ask(path, form and {"form-token": token, **form})
        times.append((time.perf_counter() - began) * 1000)
        size = len(page.encode())
        if status != 200:
            return times, f"status {status}"
    return times, f"{size / 1000:.0f} kB"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--children", type=int, default=25_000)
    children = parser.parse_args().children
    partnership = Partnership()
    try:
        began = time.monotonic()
        ids = fill(partnership, children)
        print(f"{children * 4:,} records filled in {time.monotonic() - began:.0f} s")
        for name in ("boss", "kept"):
            partnership.account("police", name, "supervisor")
        partnership.start("police")
        for name in ("boss", "kept"):
            session = Session(partnership, "police", name)
            session.ask("/figures")
            print(f"{'who: ' + name:28} {'median':>8} {'slowest':>8}  size")
            child, incident, notification = ids
            if name == "kept":
                child = "00000000-0000-4000-8000-000000000000"
            pages = [
                ("/", None), (f"/children/{child}", None), (f"/incidents/{incident}", None),
                (f"/notifications/{notification}", None), (f"/records/{incident}/sharing", None),
                ("/search", {"words": "example7"}), ("/incidents/new", None), ("/conflicts", None),
                ("/plans", None), ("/figures", None), ("/audit", None)]
            for path, form in pages:
                times, size = measured(session, path, form)
                shown = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "…", path)
                print(f"{shown:28} {statistics.median(times):5.1f} ms {max(times):5.1f} ms  {size}")
                sys.stdout.flush()
    finally:
        partnership.close()


if __name__ == "__main__":
    main()
