"""The OpenAPI document against the node that serves it: schemathesis asks whatever the document allows, and what it
does not, and holds each answer to it."""

import json
import os
import re
import subprocess
import unittest

from client import SCOPES, Partnership, give, incident_at

HERE = os.path.dirname(os.path.abspath(__file__))
# What fields there are, and what may stand in them, is the agreement's to say and no document's.
LED_BY_PROFILE = (
    "createRecord", "changeRecord", "issueNotification", "openNotification", "answerNotification",
    "withdrawNotification")

SETTINGS = """\
seed = {seed}
workers = 1
continue-on-failure = true
request-timeout = 60.0
hooks = "{hooks}"

[headers]
Authorization = "Bearer {token}"

[generation]
max-examples = {examples}
database = "none"
with-security-parameters = false
allow-extra-parameters = false

[checks]
max_response_time = 20.0

# The defaults, and 413: what is too long to be read is refused before anything in it is looked at.
[checks.negative_data_rejection]
expected-statuses = [
    "400", "401", "403", "404", "405", "406", "409", "413", "415", "422", "428", "429"]

[[operations]]
include-operation-id = {led}

[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", "403", "404", "409", "412", "422"]
"""


class Document(unittest.TestCase):
    def setUp(self):
        self.partnership = Partnership()
        self.addCleanup(self.partnership.close)
        self.known = incident_at(self.partnership)

    def document(self, program):
        answer = program.get("/openapi.json")
        self.assertEqual(answer.status, 200)
        return answer.json

    def test_it_describes_each_operation_and_no_record(self):
        program = give(self.partnership, "police", "any", "status")
        self.partnership.start("police")
        document = self.document(program)
        operations = [
            operation for path in document["paths"].values() for operation in path.values()]
        self.assertEqual(len(operations), 17)
        for operation in operations:
            self.assertEqual(
                {"401", "403", "429", "500"} - set(operation["responses"]), set(),
                operation["operationId"])
            self.assertEqual(list(operation["security"][0]), ["token"])
        text = json.dumps(document)
        # One document for all nodes: what this one holds stands nowhere in it.
        for word in ("school.106982", "South Yorkshire", *self.known, "risk_grade", "safe_contact"):
            self.assertNotIn(word, text)

    def test_a_force_answers_as_the_document_says(self):
        program = give(self.partnership, "police", "schemathesis", *SCOPES, role="supervisor")
        self.partnership.start("police")
        self.hold("police", program)

    def test_a_school_answers_as_the_document_says(self):
        self.partnership.start("police", "school")
        self.partnership.run("sync", self.partnership.path("police"))
        program = give(self.partnership, "school", "schemathesis", *SCOPES, role="head")
        self.hold("school", program, examples=15)

    def hold(self, kind, program, examples=30):
        child, incident, notification = self.known
        self.write("openapi.json", json.dumps(self.document(program)))
        self.write("known.json", json.dumps({
            "types": ["child", "incident", "notification", "adult"],
            "records": [child, incident, notification], "child": [child], "incident": [incident],
            "notifications": [notification]}))
        settings = self.write("schemathesis.toml", SETTINGS.format(
            seed=os.environ.get("SEED", "20270501"), token=program.token, examples=examples,
            hooks=os.path.join(HERE, "hooks.py"), led=json.dumps(LED_BY_PROFILE)))
        # The token stands in a file that nobody else reads: neither in an argument nor in the environment.
        os.chmod(settings, 0o600)
        found = subprocess.run(
            [os.environ["SCHEMATHESIS"], "--config-file", settings, "--no-color", "run",
             self.partnership.path("openapi.json"), "--url",
             self.partnership.address(kind, "/api/v1"), "--checks", "all", "--phases",
             "examples,coverage,fuzzing,stateful", "--warnings", "off"],
            cwd=self.partnership.folder, capture_output=True, text=True, timeout=1800,
            env={**os.environ, "CONCORD_KNOWN": self.partnership.path("known.json")})
        told = found.stdout.replace(program.token, "[the token]")
        self.assertEqual(found.returncode, 0, told + found.stderr)
        generated = re.search(r"(\d+) generated", told)
        self.assertTrue(generated and int(generated.group(1)) > 500, told)
        with open(self.partnership.path(f"{kind}.log")) as log:
            self.assertNotIn("an operation of the API failed", log.read())
        # After all of it the node is whole, and its audit too.
        self.assertTrue(self.partnership.json("audit", "verify", self.partnership.path(kind))["whole"])

    def write(self, name, text):
        path = self.partnership.path(name)
        with open(path, "w") as file:
            file.write(text)
        return path


if __name__ == "__main__":
    unittest.main()
