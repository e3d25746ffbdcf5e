"""What has to hold in the end: nothing lost, nothing leaked, all equal. Asked of the nodes and of their files."""

import json
import re

from ledger import PREFIX
from machine import AGENCIES

MARKER = re.compile(rb"%b[0-9]{6}x" % PREFIX.encode())
TYPES = ("child", "adult", "incident", "notification", "delivery", "response", "plan", "action", "voice",
         "safe_contact", "restriction", "key_adult")
#: Fields of which all values stand side by side, or of which there is one only: none replaces another.
KEPT_ALL = {"response.actions", "response.detail", "voice.words"}


class Views:
    """What each host's people see: the markers in its records, and in the history of some."""

    def __init__(self, hosts):
        self.hosts = hosts
        self.records, self.shown, self.histories = {}, {}, {}
        for name, host in hosts.items():
            self.records[name] = {}
            for type in TYPES:
                done = host.concord("list", host.folder, type, "--json", may_fail=True)
                self.records[name][type] = done.out
            whole = "".join(self.records[name].values())
            self.shown[name] = {found.decode() for found in MARKER.findall(whole.encode())}

    def history(self, name, record):
        """The markers that a record's history shows at a host."""
        if (name, record) not in self.histories:
            host = self.hosts[name]
            said = host.concord("history", host.folder, record, "--json", may_fail=True).out
            self.histories[name, record] = {found.decode() for found in MARKER.findall(said.encode())}
        return self.histories[name, record]


def lost(ledger, shown, history):
    """What was acknowledged and is not where it may be seen.

    - Parameters: the markers that each host shows, and a function from host and record to those of its history.
    """
    problems = []
    standing = {}
    for entry in ledger.entries:
        if entry.marker in shown[entry.author]:
            standing.setdefault((entry.record, entry.field), set()).add(entry.marker)
    for entry in ledger.acknowledged():
        if entry.field == "person":
            continue
        missing = [name for name in sorted(entry.may_see) if entry.marker not in shown[name]]
        if not missing:
            continue
        others = standing.get((entry.record, entry.field), set()) - {entry.marker}
        is_replaced = (
            others and entry.field not in KEPT_ALL and not entry.must_stand and entry.author in missing)
        if is_replaced:
            # Whoever wrote over it had seen it: it counts no more, and stays in the history.
            missing = [name for name in sorted(entry.may_see) if entry.marker not in history(name, entry.record)]
        for name in missing:
            problems.append(f"{entry.field} of {entry.record}, written at {entry.author}: not at {name}")
    return problems


def shown_to_others(ledger, shown):
    """What a host's people see and may not."""
    return [
        f"{entry.field} of {entry.record}, written at {entry.author}: shown at {name}"
        for entry in ledger.entries for name, markers in shown.items()
        if entry.marker in markers and name not in entry.may_see]


def markers_in(paths):
    """All markers in some files, with the files that have them."""
    found = {}
    for path in paths:
        try:
            with open(path, "rb") as file:
                data = file.read()
        except OSError:
            continue  # a file that went while it was looked for
        for marker in MARKER.findall(data):
            found.setdefault(marker.decode(), set()).add(path)
    return found


def leaked(ledger, files):
    """What lies in a host's files and may not be there; and how many values lie where they may.

    - Parameter files: for each host, its markers with the paths that have them.
    """
    problems, rightly = [], 0
    for entry in ledger.entries:
        for name, found in files.items():
            if entry.marker not in found:
                continue
            if name in entry.may_see:
                rightly += entry.is_acknowledged
            else:
                paths = ", ".join(sorted(found[entry.marker]))
                problems.append(f"{entry.field} of {entry.record}, written at {entry.author}: in {paths} of {name}")
    return problems, rightly


def in_logs(hosts):
    """Values in what nodes say of themselves."""
    return [
        f"{marker} in the log of {name}" for name, host in hosts.items() for marker in markers_in([host.log_path])]


def wrong_grades(ledger, records):
    """Judgements that do not stand beside the others' as they were last written.

    - Parameter records: for each host, its incidents by id.
    """
    problems = []
    for (record, author), allowed in ledger.grades.items():
        agency = next(found.id for found in AGENCIES if found.name == author)
        for name in ("police", "care"):
            values = records[name].get(record, {}).get("fields", {}).get("risk_grade", {}).get("values", [])
            said = {value["value"] for value in values if value["by"] == agency} or {None}
            if len(said) != 1 or not said <= allowed:
                problems.append(f"risk of {record} by {author}: {said} at {name}, expected one of {allowed}")
    return problems


def undelivered(ledger, at_schools, ledger_of_police, at_police):
    """Notifications that neither reached their school nor went on as the agreement says.

    - Parameters: ids that each school shows; the states that the police know of; their escalation there.
    """
    problems = []
    for record, school in ledger.notifications.items():
        states = ledger_of_police.get(record, set())
        if record not in at_schools[school]:
            problems.append(f"notification {record} is not at {school}")
        if not states & {"delivered", "opened", "acted-on"}:
            problems.append(f"notification {record} is not known to the police as delivered: {sorted(states)}")
        is_opened = states & {"opened", "acted-on"}
        if not is_opened and at_police.get(record) != "hub":
            problems.append(f"notification {record} was not opened, and has not gone on: {at_police.get(record)}")
    return problems


def unequal(hosts, pairs):
    """Pairs of nodes whose streams differ."""
    problems = []
    for one, other in pairs:
        done = hosts[one].concord(
            "verify", hosts[one].folder, "--peer", hosts[other].id, "--json", may_fail=True)
        if not done.is_done or '"equal" : true' not in done.out:
            problems.append(f"{one} and {other}: {(done.error or done.out).strip()}")
    return problems


def differing_values(views_records):
    """Fields of which two hosts that show them show other values: {host: {record: {field: values}}}."""
    problems = []
    names = sorted(views_records)
    for number, one in enumerate(names):
        for other in names[number + 1:]:
            for record in views_records[one].keys() & views_records[other].keys():
                here, there = views_records[one][record], views_records[other][record]
                for field in here.keys() & there.keys():
                    if here[field] != there[field]:
                        problems.append(f"{field} of {record} at {one} and {other}: {here[field]}, {there[field]}")
    return problems


def standing(texts):
    """What a host shows: for each record, each field's values as write ids, from `list --json` of its types.

    Sets are left out: an element that refers to a child is shown only to whom that child concerns.
    """
    found = {}
    for text in texts:
        for record in json.loads(text or "[]"):
            fields = found.setdefault(record["id"], {})
            for name, field in record["fields"].items():
                if field["rule"] == "set":
                    continue
                values = field.get("values") or ([field] if "write" in field else [])
                fields[name] = {value["write"] for value in values}
    return found
