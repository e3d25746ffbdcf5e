"""What a school's own system can do about what waits."""

import unittest

from client import SCOPES, Partnership, audit, eventually, give, incident_at, lines_with


class Notifications(unittest.TestCase):
    def setUp(self):
        self.partnership = Partnership()
        self.addCleanup(self.partnership.close)
        self.child, self.incident, self.notification = incident_at(self.partnership)
        self.school = self.partnership.path("school")

    def meet(self):
        self.partnership.start("police", "school")
        self.partnership.run("sync", self.partnership.path("police"))

    def give(self, role="key-adult", *scopes):
        return give(self.partnership, "school", "school-system", *(scopes or SCOPES), role=role)

    def test_what_waits_is_fetched_opened_and_answered(self):
        program = self.give()
        self.meet()
        # The node enters by itself that it was delivered, some seconds after it came.
        waiting = eventually("both say the same", lambda: (
            lambda told: told if told == {"notifications": self.partnership.json("inbox", self.school)}
            else None)(program.get("/notifications").json))
        self.assertEqual([found["id"] for found in waiting["notifications"]], [self.notification])
        alone = program.get(f"/notifications/{self.notification}").json
        self.assertEqual({**waiting["notifications"][0], "state": alone["state"]}, alone)
        # What it says shows once it is opened, and the ledger tells when that was.
        unopened = program.get(f"/record/{self.notification}").json
        self.assertNotIn("context", unopened["fields"])
        history = program.get(f"/record/{self.notification}/history").body
        self.assertNotIn(b"Was present.", history)
        self.assertNotIn(b"Was present.", program.get("/records/notification").body)
        path = f"/notifications/{self.notification}"
        early = program.post(f"{path}/response", {"acted_on": True})
        self.assertEqual((early.status, early.code), (409, "conflict"))
        opened = program.ask("POST", f"{path}/opening")
        self.assertEqual(opened.status, 200)
        self.assertEqual((opened.json["state"], opened.json["helpline"]),
                         ("opened", "the Helpline for teachers"))
        shown = program.get(f"/record/{self.notification}").json
        self.assertEqual(shown["fields"]["context"]["value"], "Was present.")
        body = {"mode": "silent", "actions": "A quiet word", "acted_on": True}
        for _ in range(2):
            answer = program.post(f"{path}/response", body)
            self.assertEqual((answer.status, answer.json["state"]), (200, "acted-on"))
        responses = program.get("/records/response").json["records"]
        self.assertEqual(len(responses), 1)
        self.assertEqual(len(responses[0]["fields"]["actions"]["values"]), 1)
        lines = lines_with(audit(self.partnership, "school"), "school-system:1")
        self.assertTrue(lines_with(lines, "viewed", self.notification, "not opened"))
        self.assertTrue(lines_with(lines, "wrote"))

    def test_what_is_not_for_a_role_is_not_there(self):
        program, head = self.give(), self.give("head")
        self.meet()
        run, police = self.partnership.run, self.partnership.path("police")
        for role in ("key-adult", "second-key-adult"):
            run("put", self.school, "key_adult", "school=school.106982", f"role={role}")
        eventually("the police know both", lambda: len(
            self.partnership.json("list", police, "key_adult")) == 2)
        other = run(
            "notify", police, self.child, "--at", "2027-05-01T20:00:00Z", "--not-for",
            "key-adult").strip()
        eventually("the school has it", lambda: other in {
            found["id"] for found in head.get("/notifications").json["notifications"]})
        self.assertNotIn(
            other, {found["id"] for found in program.get("/notifications").json["notifications"]})
        self.assertEqual(program.get(f"/record/{other}").status, 404)
        self.assertEqual(program.ask("POST", f"/notifications/{other}/opening").status, 404)
        self.assertEqual(head.ask("POST", f"/notifications/{other}/opening").status, 200)

    def test_only_who_issued_it_takes_it_back(self):
        police = give(self.partnership, "police", "crime-system", *SCOPES, role="officer")
        school = self.give("head")
        self.meet()
        path = f"/notifications/{self.notification}"
        answer = school.post(f"{path}/withdrawal", {"reason": "x"})
        self.assertEqual((answer.status, answer.code), (403, "role"))
        answer = police.ask("POST", f"{path}/opening")
        self.assertEqual((answer.status, answer.code), (403, "role"))
        self.assertEqual(police.post(f"{path}/withdrawal", {}).status, 422)
        answer = police.post(f"{path}/withdrawal", {"reason": "It was another child"})
        self.assertEqual((answer.status, answer.json["withdrawn"]), (200, "It was another child"))
        self.partnership.run("sync", self.partnership.path("police"))
        answer = school.ask("POST", f"{path}/opening")
        self.assertEqual((answer.status, answer.code), (422, "refused"))

    def test_what_cannot_be_told_says_why(self):
        police = give(self.partnership, "police", "crime-system", *SCOPES, role="officer")
        self.partnership.start("police")
        answer = police.post("/notifications", {"child": self.child})
        self.assertEqual((answer.status, answer.code), (422, "refused"))
        self.assertIn("occurred_at", answer.json["detail"])
        self.assertNotIn(self.partnership.folder, answer.json["detail"])


if __name__ == "__main__":
    unittest.main()
