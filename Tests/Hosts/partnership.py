"""Six agencies come together, with the commands that the pages of Nodes/ have administrators type."""

import os
import subprocess

from machine import PRINCIPALS, SCHOOLS


class Setup:
    """From installed packages to six nodes that run; counts the commands and their time."""

    def __init__(self, hosts, texts, log):
        self.hosts, self.texts = hosts, texts
        self.log = log
        self.commands = 0

    def concord(self, name, *arguments):
        self.commands += 1
        return self.hosts[name].concord(*arguments).out

    def path(self, name):
        return os.path.join(self.hosts["police"].desk(), name)

    def write(self, name, text):
        """A file as the administrator's shell makes it, for the user as whom nodes run."""
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        if os.geteuid() == 0 and self.path(name).startswith("/var/lib/concord"):
            subprocess.run(["chown", "concord:concord", self.path(name)], check=True)

    def make_nodes(self):
        for host in self.hosts.values():
            # Values in the open, so that a search of the files can find them; a clock that a test can set.
            self.concord(
                host.name, "init", host.folder, "--agency", host.id, "--kind", host.agency.kind,
                "--name", host.agency.title, "--listen", host.listen, "--endpoint", host.endpoint,
                "--unsealed-values", "--test-clock")
            self.write(f"{host.name}.card", self.concord(host.name, "card", host.folder))

    def agreement(self):
        """The template of an OE Plus hub, as this partnership has it: no health service takes part."""
        with open(os.path.join(self.texts, "agreements", "oe-plus-hub.yaml"), encoding="utf-8") as file:
            text = file.read()
        lines = [line for line in text.splitlines(True) if line.strip() != "- health.sheffield-children"]
        at = next(number for number, line in enumerate(lines) if line.startswith("grants:"))
        lines.insert(at, "escalation: {second_key_adult: 0, head: 30, hub: 60}\n")
        return "".join(lines)

    def sign(self):
        """One drafts, each signs a copy of its own, the signatures are merged, each adopts."""
        self.write("agreement.yaml", self.agreement())
        cards = [part for name in PRINCIPALS for part in ("--card", f"{name}.card")]
        self.concord("police", "agreement", "draft", "agreement.yaml", *cards, "-o", "agreement-drafted")
        with open(self.path("agreement-drafted"), encoding="utf-8") as file:
            drafted = file.read()
        for name in PRINCIPALS:
            self.write(f"agreement-{name}", drafted)
            self.concord(name, "agreement", "sign", self.hosts[name].folder, f"agreement-{name}")
        self.concord(
            "police", "agreement", "merge", *(f"agreement-{name}" for name in PRINCIPALS), "-o", "agreement")
        for name in PRINCIPALS:
            self.concord(name, "agreement", "adopt", self.hosts[name].folder, "agreement")

    def admit(self):
        for name in SCHOOLS:
            self.concord("care", "admit", self.hosts["care"].folder, f"{name}.card", "-o", f"{name}.deed")
            self.concord(name, "join", self.hosts[name].folder, f"{name}.deed")

    def import_calendar(self):
        terms = os.path.join(self.texts, "data", "sheffield-term-dates.json")
        for name in ("police", "care"):
            self.concord(name, "calendar", "import", self.hosts[name].folder, terms)

    def run(self):
        self.make_nodes()
        self.sign()
        self.admit()
        self.import_calendar()
        for host in self.hosts.values():
            self.commands += 1
            if not host.start():
                raise AssertionError(f"{host.name} does not start: {host.said()}")

    def name_key_adults(self):
        """Each school says who its Key Adults are."""
        for name in SCHOOLS:
            for role in ("key-adult", "second-key-adult"):
                self.concord(
                    name, "put", self.hosts[name].folder, "key_adult", f"school={self.hosts[name].id}", f"role={role}")
