"""The administrator's page: what is to be seen to, links, what was set aside, the agreement."""

import re
import unittest

from browser import Browser
from partnership import Partnership, eventually
from session import Session

# A clock that runs a quarter of an hour ahead: beyond five minutes what it stamps waits.
AHEAD = "2027-05-01T22:10:00Z"


class NodePageTests(unittest.TestCase):
    people = (("police", "admin", "administrator"), ("police", "officer", "officer"),
              ("police", "boss", "supervisor"), ("care", "root", "administrator"))

    def setUp(self):
        self.partnership = Partnership(self.people)
        self.addCleanup(self.partnership.close)

    def browse(self, kind, name, **options):
        browser = Browser(**options)
        self.addCleanup(browser.close)
        browser.sign_in(self.partnership.address(kind, "/node"), name)
        return browser

    def notify(self, name="Example Child"):
        run, police = self.partnership.run, self.partnership.path("police")
        child = run(
            "put", police, "child", f"name={name}", "date_of_birth=2016-03-04",
            "school=school.106982", "address=1 Example Road (fictional)").strip()
        incident = run(
            "put", police, "incident", "occurred_at=2027-05-01T21:40:00Z",
            f"children+={child}", "reference=EX/1").strip()
        run("notify", police, child, "--incident", incident)

    def test_what_stands_on_it_and_nobodys_name(self):
        self.notify()
        self.partnership.start("police", "care")
        browser = self.browse("police", "admin")
        eventually("the link stands", lambda: browser.driver.refresh() or (
            "Sheffield children's social care" in browser.text and "Connected" in browser.text))
        self.assertEqual(browser.heading, "This node")
        for words in (
                "To be seen to:", "Not connected", "school.106982", "sheffield-encompass, version 1",
                "Signed", "1 member", "Nothing that came was set aside.", "free on the disk",
                "In time 0, late 0, not due yet 1.", "test_clock is set", "pieces of advice", "No backup is known here", "This agency's CA"):
            self.assertIn(words, browser.text)
        # The school has not had it: its bar, and the table's number.
        drawn = browser.driver.find_elements("css selector", "svg.chart rect.waits")
        self.assertTrue(drawn)
        self.assertEqual(len(browser.driver.find_elements("css selector", "svg rect.open")), 1)
        for name in ("Example Child", "Example Road", "EX/1"):
            self.assertNotIn(name, browser.driver.page_source)
        browser.shot("administrator-node")
        browser.follow("Who looked at what")
        self.assertEqual(browser.heading, "Who looked")

    def test_it_works_without_scripts_and_on_a_telephone(self):
        self.notify()
        self.partnership.start("police")
        browser = self.browse("police", "admin", width=320, height=800, scripts=False)
        self.assertEqual(browser.heading, "This node")
        size = browser.driver.execute_cdp_cmd("Page.getLayoutMetrics", {})
        self.assertLessEqual(size["cssContentSize"]["width"], 320)
        browser.shot("administrator-node-320")

    def test_only_whose_role_it_is(self):
        self.partnership.start("police")
        for name in ("officer", "boss"):
            session = Session(self.partnership, "police", name)
            self.assertEqual(session.ask("/node")[0], 403)
            self.assertNotIn("This node", session.ask("/")[1])
            self.assertEqual(session.ask("/node", {"entry": "1", "do": "refuse"})[0], 403)
        self.assertIn("This node", Session(self.partnership, "police", "admin").ask("/")[1])

    def set_something_aside(self):
        """The police's clock runs ahead while they write: care holds it back."""
        self.partnership.run(
            "put", self.partnership.path("police"), "child", "name=From The Future",
            "school=school.106982", now=AHEAD)
        self.partnership.start("police", now=AHEAD)
        self.partnership.start("care")
        eventually("it was set aside", lambda: self.aside())
        return self.aside()[0]["id"]

    def decide(self, session, entry, **form):
        """Sends the form of an entry, with the token that every form of this session has."""
        page = session.ask("/audit")[1]
        token = re.search(r'name="form-token" value="([0-9a-f]+)"', page).group(1)
        return session.ask("/node", {"form-token": token, "entry": str(entry), **form})

    def aside(self):
        return self.partnership.json("quarantine", self.partnership.path("care"))

    def test_what_was_set_aside_is_refused_with_a_reason(self):
        entry = self.set_something_aside()
        root = Session(self.partnership, "care", "root")
        status, page = root.ask("/node")
        self.assertEqual(status, 200)
        self.assertIn(f"Entry {entry}, from South Yorkshire Police", page)
        self.assertIn("it is tried again by itself", page)
        self.assertNotIn("From The Future", page)
        self.assertIn("Say why", self.decide(root, entry, do="refuse")[1])
        # Its time has not come: nobody can let it in before.
        _, page = self.decide(
            root, entry, do="release", **{f"reason-{entry}": "Our clock is right"})
        self.assertIn("Its time has not come", page)
        self.assertIn("Our clock is right", page)
        self.assertEqual(len(self.aside()), 1)
        # Without the page's own token nothing is done.
        root.ask("/node", {"entry": str(entry), "do": "refuse", f"reason-{entry}": "No token"})
        self.assertNotEqual(self.aside()[0]["reason"], "refused")
        browser = self.browse("care", "root")
        browser.driver.find_element("css selector", "li > details > summary").click()
        browser.type(f"reason-{entry}", "Their clock was wrong")
        browser.shot("administrator-set-aside")
        browser.press("Refuse it for good")
        self.assertIn("It was refused for good.", browser.text)
        self.assertEqual(self.aside()[0]["reason"], "refused")
        audit = root.ask("/audit")[1]
        self.assertIn(f"Refused: entry {entry}: Their clock was wrong", audit)
        _, page = self.decide(root, entry, do="refuse", **{f"reason-{entry}": "Again"})
        self.assertIn("It was refused already", page)

    def test_an_entry_that_is_not_there(self):
        self.partnership.start("police")
        admin = Session(self.partnership, "police", "admin")
        reason = {"reason-99": "Gone"}
        _, page = self.decide(admin, 99, do="refuse", **reason)
        self.assertIn("This entry is not there any more", page)
        self.assertEqual(self.decide(admin, "x", do="refuse", **reason)[0], 404)
        self.assertEqual(self.decide(admin, 99, do="fly", **reason)[0], 404)


if __name__ == "__main__":
    unittest.main()
