#!/usr/bin/env python3
"""Writes what a package is made of, as CycloneDX 1.5 JSON.

Usage: Packaging/bill_of_materials.py PACKAGE_RESOLVED VERSION DEPENDS

What stands in PACKAGE_RESOLVED is built into the executable; what stands in DEPENDS (as in a Debian control file)
comes from the system.
"""

import json
import re
import sys


def built_in(resolved):
    """The Swift packages, each with the version or the revision that was built."""
    with open(resolved, encoding="utf-8") as file:
        pins = json.load(file)["pins"]
    for pin in sorted(pins, key=lambda pin: pin["identity"]):
        place = re.sub(r"^https://|\.git$", "", pin["location"])
        version = pin["state"].get("version") or pin["state"]["revision"]
        yield {
            "type": "library", "name": pin["identity"], "version": version, "scope": "required",
            "purl": f"pkg:swift/{place}@{version}",
            "externalReferences": [{"type": "vcs", "url": pin["location"]}],
            "properties": [{"name": "git:revision", "value": pin["state"]["revision"]}],
        }


def of_the_system(depends):
    """The system's libraries: which version, the system's updates decide."""
    for name in sorted({part.split()[0] for part in depends.split(",") if part.strip()}):
        yield {"type": "library", "name": name, "scope": "required", "purl": f"pkg:deb/debian/{name}"}


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    resolved, version, depends = sys.argv[1:]
    bill = {
        "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
        "metadata": {"component": {"type": "application", "name": "concord", "version": version}},
        "components": [*built_in(resolved), *of_the_system(depends)],
    }
    print(json.dumps(bill, indent=1))


if __name__ == "__main__":
    main()
