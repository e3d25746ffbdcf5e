"""What a token opens and what it does not, and where it may be found: nowhere."""

import os
import sqlite3
import unittest
import urllib.error
import urllib.request

from client import NOBODY, SCOPES, Partnership, Program, audit, give, incident_at, lines_with
from session import Session

OPERATIONS = {
    "status": [("GET", "/status")],
    "records:read": [
        ("GET", "/types"), ("GET", "/records/child"), ("GET", f"/record/{NOBODY}"),
        ("GET", f"/record/{NOBODY}/history"), ("GET", "/conflicts"),
        ("GET", f"/explain?record={NOBODY}&field=name&for=school.106982")],
    "records:write": [("POST", "/records/child"), ("PATCH", f"/record/{NOBODY}")],
    "notifications:read": [("GET", "/notifications"), ("GET", f"/notifications/{NOBODY}")],
    "notifications:write": [
        ("POST", "/notifications"), ("POST", f"/notifications/{NOBODY}/opening"),
        ("POST", f"/notifications/{NOBODY}/response"),
        ("POST", f"/notifications/{NOBODY}/withdrawal")],
    "quarantine:read": [("GET", "/quarantine")],
}


class Tokens(unittest.TestCase):
    def setUp(self):
        self.partnership = Partnership()
        self.addCleanup(self.partnership.close)
        self.police = self.partnership.path("police")

    def give(self, name, *scopes, **options):
        return give(self.partnership, "police", name, *scopes, **options)

    def test_without_a_token_nothing_is_told(self):
        child, _, _ = incident_at(self.partnership)
        self.partnership.start("police")
        stranger = Program(self.partnership, "police")
        told = set()
        for method, path in [pair for pairs in OPERATIONS.values() for pair in pairs] + [
            ("GET", f"/record/{child}"), ("GET", "/records/no_such_type"), ("GET", "/openapi.json"),
        ]:
            answer = stranger.ask(method, path, {} if method != "GET" else None)
            self.assertEqual(answer.status, 401, path)
            self.assertEqual(answer.headers["WWW-Authenticate"], 'Bearer realm="concord"')
            self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
            told.add(answer.body)
        # Whether there is such a record or such a type shows in no byte.
        self.assertEqual(len(told), 1)

    def test_each_scope_opens_its_own_operations_alone(self):
        programs = {
            scope: self.give("one-scope", scope, role="supervisor") for scope in SCOPES}
        self.partnership.start("police")
        for scope, program in programs.items():
            for needed, pairs in OPERATIONS.items():
                for method, path in pairs:
                    answer = program.ask(method, path, {} if method != "GET" else None)
                    where = f"{scope}: {method} {path}"
                    if needed == scope:
                        self.assertNotIn(answer.status, (401, 500), where)
                        self.assertNotEqual(answer.json.get("code"), "missing-scope", where)
                        continue
                    self.assertEqual(answer.status, 403, where)
                    self.assertEqual(answer.json["scope"], needed, where)
                    self.assertIn(f'scope="{needed}"', answer.headers["WWW-Authenticate"])
            self.assertEqual(program.get("/openapi.json").status, 200)

    def test_an_ended_or_revoked_token_counts_no_more(self):
        ended, revoked = self.give("ended", "status"), self.give("revoked", "status")
        self.partnership.start("police")
        for program in (ended, revoked):
            self.assertEqual(program.get("/status").status, 200)
        self.assertIn("counts no more", self.partnership.run("token", "revoke", self.police, "2"))
        with sqlite3.connect(os.path.join(self.police, "replica.sqlite")) as replica:
            replica.execute("UPDATE token SET expires_at = 1 WHERE id = 1")
        replica.close()
        stranger = Program(self.partnership, "police").get("/status")
        for program in (ended, revoked):
            answer = program.get("/status")
            self.assertEqual((answer.status, answer.body), (401, stranger.body))
        again = self.partnership.run("token", "revoke", self.police, "2", may_fail=True)
        self.assertIn("no token 2 that counts", again)
        listed = self.partnership.json("token", "list", self.police)
        self.assertEqual([token["counts"] for token in listed], [False, False])
        self.assertTrue(all(token["used_at"] for token in listed))
        lines = audit(self.partnership, "police")
        for actor, why in (("ended:1", "expired"), ("revoked:2", "revoked")):
            self.assertEqual(len(lines_with(lines, actor, "failed-to-show-a-token", why)), 1)
            self.assertEqual(len(lines_with(lines, "issued-token", actor)), 1)
        self.assertEqual(len(lines_with(lines, "revoked-token", "revoked:2")), 1)

    def test_a_wrong_token_is_audited_without_it_and_not_for_ever(self):
        program = self.give("crime-system", "status")
        self.partnership.start("police")
        number, secret = program.token.removeprefix("concord_").split("_", 1)
        swapped = secret[:-2] + secret[-1] + secret[-2]
        swapped = swapped if swapped != secret else ("A" if secret[0] != "A" else "B") + secret[1:]
        for wrong in (
            "x", "concord_", "concord_1_", f"concord_{number}_{swapped}", f"concord_2_{secret}",
            f"concord_{number}_{secret}=", secret, f"concord_99999999999999999999_{secret}",
        ):
            answer = Program(self.partnership, "police", wrong).get("/status")
            self.assertEqual(answer.status, 401, "a wrong token opens")
        stranger = Program(self.partnership, "police", "concord_1_" + "A" * 43)
        answers = [stranger.get("/status") for _ in range(110)]
        self.assertEqual({answer.status for answer in answers}, {401, 429})
        self.assertGreater(int(answers[-1].headers["Retry-After"]), 0)
        # Whoever has one that counts is not kept waiting, also from the same address.
        self.assertEqual(program.get("/status").status, 200)
        lines = audit(self.partnership, "police")
        self.assertEqual(len(lines_with(lines, "failed-to-show-a-token")), 100)
        self.assertFalse(lines_with(lines, secret))

    def test_a_cookie_is_no_token_and_a_token_opens_no_page(self):
        self.partnership.account("police", "officer", "officer")
        program = self.give("crime-system", *SCOPES, role="officer")
        self.partnership.start("police")
        session = Session(self.partnership, "police", "officer")
        status, page = session.ask("/api/v1/records/child")
        self.assertEqual(status, 401)
        self.assertNotIn("<html", page)
        cookies = "; ".join(
            f"{cookie.name}={cookie.value}" for handler in session.opener.handlers
            for cookie in getattr(handler, "cookiejar", ()))
        self.assertIn("concord=", cookies)
        stranger = Program(self.partnership, "police")
        self.assertEqual(stranger.get("/records/child", Cookie=cookies).status, 401)
        self.assertEqual(program.get("/records/child", Cookie=cookies).status, 200)
        # In an address it is nothing, and a page wants somebody who signs in.
        self.assertEqual(stranger.get(f"/status?access_token={program.token}").status, 401)
        asked = urllib.request.Request(
            self.partnership.address("police", "/search"),
            headers={"Authorization": f"Bearer {program.token}"})
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(asked)
        with refused.exception as page:
            self.assertEqual(page.code, 401)
            self.assertIn(b"sign-in-password", page.read())

    def test_other_methods_types_and_sizes_are_refused(self):
        program = self.give("crime-system", *SCOPES, role="officer")
        self.partnership.start("police")
        for method, path, allowed in (
            ("DELETE", "/records/child", "GET, POST"), ("POST", "/status", "GET"),
            ("PUT", f"/record/{NOBODY}", "GET, PATCH"), ("TRACE", "/status", "GET"),
        ):
            answer = program.ask(method, path)
            self.assertEqual((answer.status, answer.headers["Allow"]), (405, allowed), path)
            self.assertEqual(answer.code, "other-method")
        head = program.ask("HEAD", "/status")
        self.assertEqual((head.status, head.body), (405, b""))
        for path in ("/nowhere", "/records", "/records/child/", "/status/", "/records/%ff"):
            self.assertEqual(program.get(path).status, 404, path)
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = program.ask("POST", "/records/child", headers=form, raw=b"name=x")
        self.assertEqual((answer.status, answer.code), (415, "other-type"))
        answer = program.post("/records/child", {"set": {"name": "x" * (300 << 10)}})
        self.assertEqual((answer.status, answer.code), (413, "too-long"))
        kind = {"Content-Type": "application/json"}
        for text in (b"", b"{", b"\xff\xfe", b'{"set": {"name": NaN}}'):
            answer = program.ask("POST", "/records/child", headers=kind, raw=text)
            self.assertEqual((answer.status, answer.code), (400, "no-json"))
        for path in (
            "/records/child?limit=0", "/records/child?limit=1&limit=2", "/records/child?x=1",
            "/records/child?limit=%2B1", "/records/child?after=x", "/explain?field=name",
        ):
            answer = program.get(path)
            self.assertEqual((answer.status, answer.code), (422, "not-as-declared"), path)

    def test_what_needs_a_role_is_not_given_without_one(self):
        for options, words in (
            (["--scope", "records:read"], "role: records:read leads to records"),
            (["--scope", "status", "--role", "captain"], "role: expected one of"),
            (["--scope", "status", "--days", "366"], "days: expected 1 to 365"),
            (["--scope", "status", "--days", "0"], "days: expected 1 to 365"),
        ):
            told = self.partnership.run(
                "token", "add", self.police, "system", *options, may_fail=True)
            self.assertIn(words, told)
        self.assertEqual(self.partnership.json("token", "list", self.police), [])

    def test_a_token_stands_in_no_file_and_in_no_log(self):
        program = self.give("crime-system", *SCOPES, role="supervisor")
        self.partnership.start("police")
        created = program.post(
            "/records/child", {"set": {"name": "First Example"}}, {"Idempotency-Key": "a-key-1"})
        self.assertEqual(created.status, 201)
        program.get("/records/child")
        program.post("/records/child", {"set": {"nothing": "x"}})
        Program(self.partnership, "police", program.token + "x").get("/status")
        self.partnership.stop()
        secret = program.token.removeprefix("concord_").split("_", 1)[1].encode()
        looked = 0
        for folder, _, names in os.walk(self.partnership.folder):
            for name in names:
                path = os.path.join(folder, name)
                if not os.path.isfile(path):
                    continue
                looked += 1
                with open(path, "rb") as file:
                    self.assertFalse(secret in file.read(), f"the token stands in {name}")
        self.assertGreater(looked, 10)


if __name__ == "__main__":
    unittest.main()
