#!/usr/bin/env python3
"""Writes what a package is made of, as CycloneDX 1.5 JSON.

Usage: Packaging/bill_of_materials.py CHECKOUTS VERSION DEPENDS

CHECKOUTS is the folder into which SwiftPM checked out the packages that were built with; beside it lies the list of
their versions. Not all of them have to be linked in: some are there for other packages' tests. What stands in DEPENDS
(as in a Debian control file) comes from the system.
"""

import json
import os
import re
import sys


def checked_out(checkouts):
    """The Swift packages, each with its version and revision."""
    versions = os.path.join(os.path.dirname(os.path.abspath(checkouts)), "workspace-state.json")
    with open(versions, encoding="utf-8") as file:
        found = json.load(file)["object"]["dependencies"]
    for dependency in sorted(found, key=lambda found: found["packageRef"]["identity"]):
        place = dependency["packageRef"]
        # Of this repository's own folders, as where the benchmarks were built, there is no checkout.
        state = dependency["state"].get("checkoutState")
        if state is None:
            continue
        version = state.get("version") or state["revision"]
        path = re.sub(r"^https://|\.git$", "", place["location"])
        yield {
            "type": "library", "name": place["identity"], "version": version, "purl": f"pkg:swift/{path}@{version}",
            "externalReferences": [{"type": "vcs", "url": place["location"]}],
            "properties": [{"name": "git:revision", "value": state["revision"]}],
        }


def of_the_system(depends):
    """The system's libraries: which version, the system's updates decide."""
    for name in sorted({part.split()[0] for part in depends.split(",") if part.strip()}):
        yield {"type": "library", "name": name, "purl": f"pkg:deb/debian/{name}"}


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    checkouts, version, depends = sys.argv[1:]
    bill = {
        "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
        "metadata": {"component": {"type": "application", "name": "concord", "version": version}},
        "components": [*checked_out(checkouts), *of_the_system(depends)],
    }
    print(json.dumps(bill, indent=1))


if __name__ == "__main__":
    main()
