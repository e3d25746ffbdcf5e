"""Nodes of a partnership, made with the commands that an administrator types, and the daemons on them."""

import atexit
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
CONCORD = os.environ.get("CONCORD", os.path.join(ROOT, ".build", "debug", "concord"))
PASSWORD = "three words together"

SATURDAY_NIGHT = "2027-05-01T21:55:00Z"
TUESDAY_EARLY = "2027-05-04T07:00:00Z"
TUESDAY_LATE = "2027-05-04T10:30:00Z"

AGENCIES = {
    "police": ("police.south-yorkshire", "South Yorkshire Police"),
    "care": ("care.E08000019", "Sheffield children's social care"),
    "school": ("school.106982", "Abbey Lane Primary School"),
}


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def eventually(what, check, seconds=60):
    """Waits until something holds: a machine under load needs time, but never for ever."""
    end = time.monotonic() + seconds
    while True:
        found = check()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.1)


class Partnership:
    """Police, social care and a school in Sheffield; each has people who may sign in.

    What was made for the same people before is copied: each password costs seconds to hash in a debug
    build. A copy has the folder and the ports of what it was copied from."""

    made = {}

    def __init__(self, people=()):
        self.daemons = {}
        people = tuple(people)
        if people not in self.made:
            self.make(people)
            template = tempfile.mkdtemp(prefix="concord-browser-made-")
            atexit.register(shutil.rmtree, template, ignore_errors=True)
            shutil.copytree(self.folder, template, dirs_exist_ok=True)
            self.made[people] = (self.folder, dict(self.ports), template)
        else:
            self.folder, ports, template = self.made[people]
            self.ports = dict(ports)
            shutil.copytree(template, self.folder)
        self.terms = os.path.join(ROOT, "Protocol", "data", "sheffield-term-dates.json")

    def make(self, people):
        self.folder = tempfile.mkdtemp(prefix="concord-browser-")
        self.ports = {}
        for kind, (agency, name) in AGENCIES.items():
            self.ports[kind] = free_port()
            self.run(
                "init", self.path(kind), "--agency", agency, "--kind", kind, "--name", name,
                "--test-clock", "--web", f"127.0.0.1:{self.ports[kind]}")
            with open(self.path(f"{kind}.card"), "w") as card:
                card.write(self.run("card", self.path(kind)))
        template = os.path.join(ROOT, "Protocol", "agreements", "sheffield-encompass.yaml")
        with open(template) as text, open(self.path("template.yaml"), "w") as practice:
            practice.write(
                re.sub(r"(?m)^helpline:.*$", "helpline: the Helpline for teachers", text.read()))
        agreement = self.path("agreement")
        self.run(
            "agreement", "draft", self.path("template.yaml"), "--card", self.path("police.card"),
            "--card", self.path("care.card"), "-o", agreement)
        for step in ("sign", "adopt"):
            for kind in ("police", "care"):
                self.run("agreement", step, self.path(kind), agreement)
        self.run("admit", self.path("police"), self.path("school.card"), "-o", self.path("deed"))
        self.run("join", self.path("school"), self.path("deed"))
        terms = os.path.join(ROOT, "Protocol", "data", "sheffield-term-dates.json")
        self.run("calendar", "import", self.path("police"), terms)
        for kind, name, role in people:
            self.account(kind, name, role)

    def path(self, name):
        return os.path.join(self.folder, name)

    def account(self, kind, name, role):
        self.run(
            "account", "add", self.path(kind), name, "--role", role, "--title", f"{role} {name}",
            text=PASSWORD + "\n")

    def run(self, *arguments, now=SATURDAY_NIGHT, text=None, may_fail=False):
        found = subprocess.run(
            [CONCORD, *arguments], input=text, capture_output=True, text=True,
            env={**os.environ, "CONCORD_NOW": now})
        if found.returncode != 0 and not may_fail:
            raise AssertionError(f"{arguments[:2]}: {found.stderr}")
        return found.stdout if found.returncode == 0 else found.stderr

    def json(self, *arguments, now=SATURDAY_NIGHT):
        return json.loads(self.run(*arguments, "--json", now=now))

    def start(self, *kinds, now=SATURDAY_NIGHT):
        for kind in kinds:
            with open(self.path(f"{kind}.log"), "a") as log:
                self.daemons[kind] = subprocess.Popen(
                    [CONCORD, "run", self.path(kind)], stdout=log, stderr=log,
                    env={**os.environ, "CONCORD_NOW": now})
        for kind in kinds:
            eventually(f"{kind} serves pages", lambda: self.serves(kind))

    def serves(self, kind):
        with socket.socket() as found:
            return found.connect_ex(("127.0.0.1", self.ports[kind])) == 0

    def stop(self, *kinds):
        """Has nodes stop in order: also with pages open in a browser none keeps anybody waiting."""
        for kind in kinds or list(self.daemons):
            daemon = self.daemons.pop(kind, None)
            if daemon:
                daemon.terminate()
                daemon.wait(30)

    def address(self, kind, path="/"):
        return f"http://127.0.0.1:{self.ports[kind]}{path}"

    def enrol(self, name, kind, role, *options):
        """A practitioner's laptop, with pages of its own."""
        self.ports[name] = free_port()
        self.run(
            "device", "init", self.path(name), "--agency", AGENCIES[kind][0], "--name", name)
        self.run(
            "device", "enrol", self.path(kind), self.path(f"{name}/device.request"), "--role", role,
            *options, "-o", self.path(f"{name}.enrolment"))
        self.run(
            "device", "join", self.path(name), self.path(f"{name}.enrolment"), "--test-clock",
            "--web", f"127.0.0.1:{self.ports[name]}")

    def close(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
