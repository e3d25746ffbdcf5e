"""What an agency answers with: who looked, what left, whose time is over."""

import unittest

from browser import Browser
from partnership import Partnership, eventually
from session import Session

MUCH_LATER = "2034-06-01T10:00:00Z"


class RightsTests(unittest.TestCase):
    def setUp(self):
        self.partnership = partnership = Partnership((
            ("police", "officer", "officer"), ("police", "boss", "supervisor")))
        self.addCleanup(partnership.close)
        run, police = partnership.run, partnership.path("police")
        self.child = run(
            "put", police, "child", "name=Example Child", "date_of_birth=2016-03-04",
            "school=school.106982").strip()
        self.incident = run(
            "put", police, "incident", "occurred_at=2027-05-01T21:40:00Z",
            f"children+={self.child}", "reference=EX/1").strip()

    def test_who_looked_and_what_left(self):
        partnership = self.partnership
        partnership.run(
            "get", partnership.path("police"), self.child, "--as", "PC 2", "--reason", "A call")
        partnership.run(
            "correction", "add", partnership.path("police"), self.child, "name", "--words",
            "I am called Sam.", "--by", "The child")
        partnership.start("police", "care")
        eventually("care has it", lambda: "care." in partnership.run(
            "disclosures", partnership.path("police"), self.child))
        officer = Session(partnership, "police", "officer")
        for path in (f"/records/{self.child}/disclosures", "/retention"):
            self.assertEqual(officer.ask(path)[0], 403)
        browser = Browser()
        self.addCleanup(browser.close)
        browser.sign_in(partnership.address("police", f"/children/{self.child}"), "boss")
        self.assertIn("I am called Sam.", browser.text)
        browser.follow("What left here, to whom and why")
        for words in ("Sheffield children's social care", "Name", "Safeguarding", "Grant "):
            self.assertIn(words, browser.text)
        browser.shot("what-left")
        browser.follow("Who looked at it here")
        for words in ("PC 2", "A call", "Disclosed"):
            self.assertIn(words, browser.text)
        browser.shot("who-looked-at-a-child")

    def test_what_is_over_is_kept_or_destroyed_by_a_person(self):
        partnership, browser = self.partnership, Browser()
        self.addCleanup(browser.close)
        partnership.start("police", now=MUCH_LATER)
        browser.sign_in(partnership.address("police", "/retention"), "boss")
        self.assertIn("Kept 7 years since occurred at", browser.text)
        browser.shot("time-is-over")
        boss = Session(partnership, "police", "boss")
        status, page = boss.send(
            "/retention", record=self.incident, do="keep", reason="An inquiry")
        self.assertIn("Say until which day to come it is kept", page)
        boss.send("/retention", record=self.incident, do="keep", reason="An inquiry",
                  **{"until-day": "1", "until-month": "7", "until-year": "2034"})
        self.assertNotIn(self.incident, boss.ask("/retention")[1])
        self.assertIn(self.child, boss.ask("/retention")[1])
        boss.send("/retention", record=self.child, do="destroy", reason="It is over")
        self.assertEqual(boss.ask(f"/children/{self.child}")[0], 404)
        self.assertIn("It is over", boss.ask("/audit")[1])


if __name__ == "__main__":
    unittest.main()
