"""Records as a program may see and write them: as its role on the pages, and never more."""

import json
import unittest

from client import NOBODY, SCOPES, Partnership, audit, give, incident_at, lines_with


class Records(unittest.TestCase):
    def setUp(self):
        self.partnership = Partnership()
        self.addCleanup(self.partnership.close)
        self.police = self.partnership.path("police")
        self.child, self.incident, self.notification = incident_at(self.partnership)

    def give(self, name="crime-system", *scopes, role="officer"):
        return give(self.partnership, "police", name, *(scopes or SCOPES), role=role)

    def test_a_record_is_what_the_command_line_says(self):
        program = self.give(role="supervisor")
        self.partnership.start("police")
        for record in (self.child, self.incident, self.notification):
            answer = program.get(f"/record/{record}")
            self.assertEqual(answer.status, 200)
            self.assertEqual(answer.json, self.partnership.json("get", self.police, record))
            history = program.get(f"/record/{record}/history").json
            self.assertEqual(
                history["changes"], self.partnership.json("history", self.police, record))
        self.assertEqual(
            program.get("/records/child").json,
            {"records": self.partnership.json("list", self.police, "child")})
        path = f"/explain?record={self.child}&field=address&for=school.106982"
        self.assertEqual(
            program.get(path).json, self.partnership.json(
                "explain", self.police, self.child, "address", "--for", "school.106982"))
        answer = program.get("/status").json
        status = self.partnership.json("status", self.police)
        for key in ("agency", "agreement", "version", "running", "quarantined", "warnings"):
            self.assertEqual(answer[key], status[key], key)
        # What counts records that a program may not see is left out.
        self.assertFalse({"conflicts", "assumed"} & set(answer))

    def test_a_list_goes_on_where_it_ended(self):
        for number in range(7):
            self.partnership.run("put", self.police, "child", f"name=Example {number}")
        program = self.give()
        self.partnership.start("police")
        found, after = [], ""
        for _ in range(9):
            page = program.get(f"/records/child?limit=3{after}").json
            self.assertLessEqual(len(page["records"]), 3)
            found += [record["id"] for record in page["records"]]
            if "next" not in page:
                break
            after = f"&after={page['next']}"
        listed = [record["id"] for record in self.partnership.json("list", self.police, "child")]
        self.assertEqual(found, listed)
        history = program.get(f"/record/{self.child}/history?limit=1&skip=50").json
        self.assertEqual(history, {"changes": []})

    def test_a_role_sees_its_own_labels_alone(self):
        run = self.partnership.run
        run("put", self.police, "adult", "name=An adult", f"children+={self.child}", "--as", "Sgt X")
        seal = run(
            "put", self.police, "restriction", f"record={self.child}", "kept_from+=care.E08000019",
            "reason=an example").strip()
        supervisor, officer = self.give("all", role="supervisor"), self.give("officers")
        reader = self.give("reader", "records:read", role="administrator")
        self.partnership.start("police")
        adult = supervisor.get("/records/adult").json["records"][0]["id"]
        people = [
            program.get(f"/record/{adult}/history").json["changes"][0].get("person")
            for program in (supervisor, officer)]
        # Who acted is internal, which officers do not see.
        self.assertEqual(people, ["Sgt X", None])
        self.assertEqual(reader.get(f"/record/{self.child}").status, 404)
        self.assertEqual(reader.get("/records/child").json, {"records": []})
        self.assertEqual(reader.get("/types").json, {"types": []})
        types = {found["type"]: found for found in officer.get("/types").json["types"]}
        # An officer keeps nobody away from records and makes no plans.
        self.assertFalse({"voice", "restriction", "override", "plan"} & set(types))
        self.assertEqual(officer.get("/records/restriction").json, {"records": []})
        self.assertEqual(officer.get(f"/record/{seal}").status, 404)
        self.assertEqual(supervisor.get(f"/record/{seal}").status, 200)
        fields = {found["field"]: found for found in types["incident"]["fields"]}
        self.assertEqual(fields["risk_grade"]["terms"], ["standard", "medium", "high"])

    def test_what_is_kept_from_anybody_is_not_there_for_a_program(self):
        program = self.give(role="supervisor")
        self.partnership.start("police")
        seen = program.get(f"/record/{self.child}")
        self.assertEqual(seen.status, 200)
        run = self.partnership.run
        seal = run(
            "put", self.police, "restriction", f"record={self.child}", "reason=works there",
            "people+=somebody who never signs in").strip()
        absent = program.get(f"/record/{NOBODY}")
        for record in (self.child, self.incident, self.notification, seal):
            for path in (f"/record/{record}", f"/record/{record}/history",
                         f"/notifications/{record}",
                         f"/explain?record={record}&field=name&for=school.106982"):
                answer = program.get(path)
                self.assertEqual((answer.status, answer.body), (404, absent.body), path)
            answer = program.patch(f"/record/{record}", {"set": {"name": "x"}})
            self.assertEqual((answer.status, answer.body), (404, absent.body))
        for kind in ("child", "incident", "notification", "restriction"):
            self.assertEqual(program.get(f"/records/{kind}").json, {"records": []}, kind)
        self.assertEqual(program.get("/notifications").json, {"notifications": []})
        # To lead to it is refused as to lead to nothing: else what is written would tell.
        answers = [
            program.post("/records/incident", {"add": {"children": [target]}})
            for target in (self.child, NOBODY)]
        self.assertEqual([answer.status for answer in answers], [422, 422])
        self.assertEqual(
            answers[0].body.replace(self.child.encode(), b"ID"),
            answers[1].body.replace(NOBODY.encode(), b"ID"))
        answers = [program.post("/notifications", {"child": target})
                   for target in (self.child, NOBODY)]
        self.assertEqual([answer.status for answer in answers], [404, 404])
        self.assertEqual(answers[0].body, answers[1].body)
        # It is there again once the restriction is lifted.
        run("put", self.police, "restriction", "--id", seal, "people=")
        self.assertEqual(program.get(f"/record/{self.child}").status, 200)

    def test_an_incident_is_entered_and_goes_to_the_school(self):
        program = self.give()
        self.partnership.start("police", "school")
        child = program.post(
            "/records/child",
            {"set": {"name": "Second Example", "date_of_birth": "2016-03-04",
                     "school": "school.106982"}})
        self.assertEqual(child.status, 201)
        self.assertEqual(child.headers["Location"], f"/api/v1/record/{child.json['id']}")
        incident = program.post(
            "/records/incident",
            {"set": {"occurred_at": "2027-05-01T21:40:00Z", "risk_grade": "high"},
             "add": {"children": [child.json["id"]]}})
        self.assertEqual(incident.status, 201)
        request = {"child": child.json["id"], "incident": incident.json["id"], "context": "Was present."}
        issued = [program.post("/notifications", request) for _ in range(2)]
        self.assertEqual([answer.status for answer in issued], [201, 200])
        self.assertEqual(issued[0].json["id"], issued[1].json["id"])
        self.assertEqual(issued[0].json["school"], "school.106982")
        self.partnership.run("sync", self.police)
        inbox = self.partnership.json("inbox", self.partnership.path("school"))
        self.assertIn(issued[0].json["id"], [found["id"] for found in inbox])
        history = self.partnership.json("history", self.police, child.json["id"])
        self.assertEqual([entry["person"] for entry in history], ["the program crime-system:1"])

    def test_a_request_with_a_key_is_done_once(self):
        program, other = self.give(), self.give("other")
        self.partnership.start("police")
        key = {"Idempotency-Key": "0d1f6a2e-1"}
        body = {"set": {"name": "Second Example"}}
        answers = [program.post("/records/child", body, key) for _ in range(3)]
        self.assertEqual([answer.status for answer in answers], [201, 200, 200])
        self.assertEqual(len({answer.json["id"] for answer in answers}), 1)
        record = answers[0].json["id"]
        self.assertEqual(answers[1].json, answers[0].json)
        # One key stands for one request, and for one program.
        answer = program.post("/records/child", {"set": {"name": "Third Example"}}, key)
        self.assertEqual((answer.status, answer.code), (422, "refused"))
        self.assertEqual(other.post("/records/child", body, key).status, 201)
        # So does a change, also one that would add to a log or a set once more.
        key = {"Idempotency-Key": "0d1f6a2e-2", "If-Match": answers[0].headers["ETag"]}
        for _ in range(2):
            answer = program.patch(f"/record/{record}", {"set": {"address": "2 Example Road"}}, key)
            self.assertEqual(answer.status, 200, answer.body)
        history = self.partnership.json("history", self.police, record)
        self.assertEqual(len(history), 2)
        answer = program.post("/records/child", body, {"Idempotency-Key": "not a key"})
        self.assertEqual((answer.status, answer.code), (422, "not-as-declared"))

    def test_nothing_is_written_over_what_was_not_read(self):
        program = self.give()
        self.partnership.start("police")
        tag = program.get(f"/record/{self.child}").headers["ETag"]
        self.partnership.run("put", self.police, "child", "--id", self.child, "address=3 Example Road")
        body = {"set": {"address": "4 Example Road"}}
        answer = program.patch(f"/record/{self.child}", body, {"If-Match": tag})
        self.assertEqual((answer.status, answer.code), (412, "changed"))
        tag = program.get(f"/record/{self.child}").headers["ETag"]
        answer = program.patch(f"/record/{self.child}", body, {"If-Match": tag})
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.json["fields"]["address"]["value"], "4 Example Road")
        self.assertEqual(
            program.get(f"/record/{self.child}").headers["ETag"], answer.headers["ETag"])

    def test_a_conflict_waits_for_a_person(self):
        program = self.give()
        care = self.partnership.path("care")
        self.partnership.start("police", "care")
        self.partnership.run("sync", self.police)
        self.partnership.stop()
        for kind, street in (("police", "5 Example Road"), ("care", "6 Example Road")):
            self.partnership.run(
                "put", self.partnership.path(kind), "child", "--id", self.child, f"address={street}")
        self.partnership.start("police", "care")
        self.partnership.run("sync", care)
        listed = program.get("/conflicts")
        self.assertEqual(
            listed.json, {"conflicts": self.partnership.json("conflicts", self.police)})
        self.assertEqual(len(listed.json["conflicts"]), 1)
        for body in ({"set": {"address": "7 Example Road"}}, {"clear": ["address"]}):
            answer = program.patch(f"/record/{self.child}", body)
            self.assertEqual((answer.status, answer.code), (409, "conflict"))
        self.assertEqual(len(self.partnership.json("conflicts", self.police)), 1)

    def test_a_role_writes_by_its_duties(self):
        officer = self.give()
        advocate = give(self.partnership, "care", "advocates", *SCOPES, role="advocate")
        self.partnership.start("police", "care")
        # What has operations of its own, and what is left to people, is not written so.
        for kind, body in (
            ("restriction", {"set": {"record": self.child}, "add": {"people": ["officer"]}}),
            ("override", {"set": {"record": self.child, "reason": "x"}}),
            ("notification", {"set": {"child": self.child}}),
            ("delivery", {"set": {"notification": self.notification, "state": "acted-on"}}),
            ("voice", {"set": {"words": "x"}}), ("key_adult", {"set": {"cover": "x"}}),
            ("plan", {"set": {"goals": "x"}}),
        ):
            answer = officer.post(f"/records/{kind}", body)
            self.assertEqual((answer.status, answer.code), (403, "role"), kind)
        answer = officer.patch(f"/record/{self.notification}", {"set": {"withdrawn": "x"}})
        self.assertEqual((answer.status, answer.code), (403, "role"))
        # An officer does not see how a child is supported, so no officer's program writes it.
        answer = officer.patch(f"/record/{self.child}", {"add": {"needs": ["disability"]}})
        self.assertEqual((answer.status, answer.code), (403, "role"))
        answer = advocate.post("/records/child", {"set": {"name": "Second Example"}})
        self.assertEqual((answer.status, answer.code), (403, "role"))
        for body in (
            {}, {"set": {}}, {"set": {"name": ""}}, {"set": {"name": None}}, {"put": {"name": "x"}},
            {"set": {"name": 1.5}}, {"set": {"Name": "x"}}, {"set": {"colour": "x"}},
            {"set": {"_person": "x"}}, {"set": {"date_of_birth": "yesterday"}},
            {"set": {"name": "\u0007"}}, {"set": {"name": "x"}, "add": {"name": ["y"]}}, [], None,
        ):
            answer = officer.ask(
                "POST", "/records/child", headers={"Content-Type": "application/json"},
                raw=json.dumps(body).encode())
            self.assertEqual(answer.status, 422, body)
        self.assertEqual(len(self.partnership.json("list", self.police, "child")), 1)

    def test_every_look_and_write_stands_in_the_audit(self):
        program = self.give()
        self.partnership.start("police")
        program.get(f"/record/{self.child}")
        program.get(f"/record/{self.child}/history")
        program.get("/records/child")
        program.get("/conflicts")
        program.get("/notifications")
        program.get(f"/notifications/{self.notification}")
        program.get(f"/explain?record={self.child}&field=name&for=school.106982")
        program.get("/quarantine")
        program.get("/status")
        program.patch(f"/record/{self.incident}", {"set": {"place": "Elsewhere"}})
        lines = lines_with(audit(self.partnership, "police"), '"crime-system:1"', '"officer"')
        for words in (
            ("viewed", self.child), ("viewed", self.child, "history"), ("viewed", self.child, "sharing"),
            ("searched", "child, 1 found", self.child), ("searched", "conflicts, 0 found"),
            ("searched", "inbox, "), ("viewed", self.notification), ("searched", "quarantine, 0 found"),
            ("searched", "status"), ("wrote", self.incident),
        ):
            self.assertTrue(lines_with(lines, *words), words)
        self.assertFalse(lines_with(lines, "Elsewhere"))
        self.assertIn(
            "crime-system:1", self.partnership.run("audit", "who", self.police, self.child))
        self.assertTrue(self.partnership.json("audit", "verify", self.police)["whole"])


if __name__ == "__main__":
    unittest.main()
