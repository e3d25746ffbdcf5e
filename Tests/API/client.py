"""A program that asks a node over its HTTP API, with what the standard library has."""

import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Browser"))

# It stands beside the pages' tests.
from partnership import CONCORD, SATURDAY_NIGHT, Partnership, eventually  # noqa: E402

SCOPES = ("status", "records:read", "records:write", "notifications:read", "notifications:write",
          "quarantine:read")
NOBODY = "00000000-0000-4000-8000-000000000000"


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        return self.json["code"]


class Program:
    """One program, with its token or without."""

    def __init__(self, partnership, kind, token=None):
        self.partnership, self.kind, self.token = partnership, kind, token

    def ask(self, method, path, body=None, headers=None, raw=None):
        data = json.dumps(body).encode() if body is not None else raw
        asked = urllib.request.Request(
            self.partnership.address(self.kind, "/api/v1" + path), data, method=method)
        if body is not None:
            asked.add_header("Content-Type", "application/json")
        if self.token is not None:
            asked.add_header("Authorization", f"Bearer {self.token}")
        for name, value in (headers or {}).items():
            asked.add_header(name, value)
        try:
            with urllib.request.urlopen(asked, timeout=60) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as answer:
            with answer:
                return Answer(answer.code, answer.headers, answer.read())

    def get(self, path, **headers):
        return self.ask("GET", path, headers=headers)

    def post(self, path, body, headers=None):
        return self.ask("POST", path, body, headers)

    def patch(self, path, body, headers=None):
        return self.ask("PATCH", path, body, headers)


def give(partnership, kind, name, *scopes, role=None, days=None):
    """Gives a program a token, as an administrator does: it stands on standard output alone."""
    options = [option for scope in scopes for option in ("--scope", scope)]
    options += ["--role", role] if role else []
    options += ["--days", str(days)] if days else []
    found = subprocess.run(
        [CONCORD, "token", "add", partnership.path(kind), name, *options], capture_output=True,
        text=True, env={**os.environ, "CONCORD_NOW": SATURDAY_NIGHT})
    assert found.returncode == 0, found.stderr
    token = found.stdout.strip()
    assert re.fullmatch(r"concord_[0-9]+_[A-Za-z0-9_-]{43}", token), "no token was printed"
    assert token not in found.stderr
    return Program(partnership, kind, token)


def audit(partnership, kind):
    """All lines of a node's audit, as an auditor gets them."""
    path = partnership.path(f"{kind}.audit")
    if os.path.exists(path):
        os.remove(path)
    partnership.run("audit", "export", partnership.path(kind), "-o", path)
    with open(path) as lines:
        return lines.read().splitlines()


def lines_with(lines, *words):
    return [line for line in lines if all(word in line for word in words)]


def incident_at(partnership):
    """A child, an incident and its notification, written by the police at the command line."""
    run, police = partnership.run, partnership.path("police")
    child = run(
        "put", police, "child", "name=First Example", "date_of_birth=2016-03-04",
        "school=school.106982", "address=1 Example Road (fictional)").strip()
    incident = run(
        "put", police, "incident", "occurred_at=2027-05-01T21:40:00Z", "place=An example place",
        f"children+={child}").strip()
    notification = run(
        "notify", police, child, "--incident", incident, "--context", "Was present.").strip()
    return child, incident, notification


__all__ = [
    "NOBODY", "SCOPES", "Answer", "Partnership", "Program", "audit", "eventually", "give", "incident_at",
    "lines_with"]
