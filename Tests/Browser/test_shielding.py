"""What is kept from somebody shows nowhere: not in a list, a count, a search, an address, nor in time."""

import random
import re
import statistics
import time
import unittest
import urllib.parse
import urllib.request

from browser import Browser
from partnership import PASSWORD, Partnership, eventually


class Session:
    """Somebody who is signed in, without a browser's own doings."""

    def __init__(self, partnership, kind, name):
        self.partnership, self.kind = partnership, kind
        handler = urllib.request.HTTPCookieProcessor()
        self.opener = urllib.request.build_opener(handler)
        self.ask("/", {"sign-in-name": name, "sign-in-password": PASSWORD})

    def ask(self, path, form=None):
        data = urllib.parse.urlencode(form).encode() if form is not None else None
        try:
            with self.opener.open(self.partnership.address(self.kind, path), data) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as answer:
            return answer.code, answer.read().decode()

    def send(self, path, **form):
        """Sends a form of a page, with what the page puts into it."""
        _, page = self.ask(path)
        token = re.search(r'name="form-token" value="([0-9a-f]+)"', page)
        return self.ask(path, {"form-token": token.group(1) if token else "", **form})


class ShieldingTests(unittest.TestCase):
    def setUp(self):
        self.partnership = partnership = Partnership((
            ("police", "officer", "officer"), ("police", "boss", "supervisor"),
            ("police", "admin", "administrator"), ("care", "worker", "social-worker"),
            ("care", "lead", "manager"), ("school", "key", "key-adult")))
        self.addCleanup(partnership.close)
        run, police = partnership.run, partnership.path("police")
        self.child, self.other = (
            run("put", police, "child", f"name={name}", "date_of_birth=2016-03-04",
                "school=school.106982", "address=1 Example Road (fictional)").strip()
            for name in ("Hidden Example", "Other Example"))
        self.incident = run(
            "put", police, "incident", "occurred_at=2027-05-01T21:40:00Z",
            f"children+={self.child}").strip()
        self.notification = run("notify", police, self.child, "--incident", self.incident).strip()
        self.adult = run(
            "put", police, "adult", "name=An adult", f"children+={self.child}").strip()

    def restrict(self, kind, *people):
        return self.partnership.run(
            "put", self.partnership.path(kind), "restriction", f"record={self.child}",
            "reason=works there", *[f"people+={person}" for person in people]).strip()

    def everything(self, session):
        """Every page that leads anywhere, as one text."""
        pages = [session.ask(path) for path in (
            "/", "/conflicts", "/plans", "/figures", "/audit", "/search", "/incidents/new",
            f"/children/{self.other}")]
        pages.append(session.send("/search", words="example"))
        pages.append(session.send("/search", words="hidden"))
        pages.append(session.send("/search", words="4/3/2016"))
        return "\n".join(page for _, page in pages)

    def test_what_is_hidden_shows_nowhere(self):
        self.partnership.run(
            "put", self.partnership.path("police"), "child", "--id", self.child,
            "address=2 Example Road (fictional)")
        self.partnership.start("police")
        officer = Session(self.partnership, "police", "officer")
        self.assertIn("Hidden Example", self.everything(officer))
        restriction = self.restrict("police", "OFFICER")
        shown = self.everything(officer)
        self.assertIn("Other Example", shown)
        self.assertNotIn("Hidden", shown)
        self.assertNotIn(self.child, shown)
        # The record, and whatever leads to it, answers as what does not exist.
        absent = officer.ask("/children/00000000-0000-4000-8000-000000000000")
        self.assertEqual(absent[0], 404)
        for path in (
            f"/children/{self.child}", f"/incidents/{self.incident}",
            f"/notifications/{self.notification}", f"/records/{self.child}/sharing",
            f"/records/{self.adult}/sharing", f"/records/{restriction}/sharing",
            f"/conflicts/{self.child}/address", "/no-such-page",
        ):
            self.assertEqual(self.plain(officer.ask(path)), self.plain(absent), path)
        for path, form in (
            (f"/children/{self.child}", {"do": "hear", "consent": "refused"}),
            (f"/notifications/{self.notification}", {"do": "withdraw", "reason": "x"}),
            (f"/incidents/{self.incident}", {"do": "judge", "risk": "high"}),
        ):
            token = re.search(
                r'name="form-token" value="([0-9a-f]+)"', officer.ask("/search")[1]).group(1)
            answer = officer.ask(path, {"form-token": token, **form})
            self.assertEqual(self.plain(answer), self.plain(absent), path)
        # Nor does a new incident with that name and birthday find it.
        page = officer.send(
            "/incidents/new", number="00000000-0000-4000-8000-000000000001", count="1",
            **{"child-1-name": "Hidden Example", "child-1-born-day": "4",
               "child-1-born-month": "3", "child-1-born-year": "2016"})[1]
        self.assertNotIn("is known here", page)
        # Others go on as before, and the record is whole.
        boss = Session(self.partnership, "police", "boss")
        self.assertIn("Hidden Example", self.everything(boss))

    @staticmethod
    def plain(answer):
        """Without what every page of a session has of its own."""
        return answer[0], re.sub(r' value="[0-9a-f]{64}"', "", answer[1])

    def test_time_does_not_tell(self):
        """Whoever asks for a hidden record and for none at all cannot tell by the time which was which: of
        two answers the one is the slower about as often as the other."""
        self.restrict("police", "officer")
        self.partnership.start("police")
        officer = Session(self.partnership, "police", "officer")
        hidden, absent = f"/children/{self.child}", "/children/00000000-0000-4000-8000-000000000000"
        times = {hidden: [], absent: []}
        order = random.Random(1)
        for _ in range(200):
            for path in order.sample([hidden, absent], 2):
                began = time.perf_counter()
                officer.ask(path)
                times[path].append(time.perf_counter() - began)
        slower = sum(a > b for a in times[hidden] for b in times[absent]) / 200**2
        medians = [statistics.median(times[path]) * 1000 for path in (hidden, absent)]
        print("\n  hidden {:.2f} ms, absent {:.2f} ms,".format(*medians), f"hidden slower {slower:.2f}")
        # By chance alone it stays within 0.1, three standard deviations.
        self.assertLess(abs(slower - 0.5), 0.25)

    def test_an_override_shows_once_and_is_told(self):
        self.partnership.start("police", "care")
        care = self.partnership.path("care")
        eventually("care has it", lambda: "Hidden" in self.partnership.run(
            "get", care, self.child, may_fail=True))
        self.restrict("care", "worker")
        browser = Browser()
        self.addCleanup(browser.close)
        browser.sign_in(self.partnership.address("care", "/search"), "worker")
        browser.type("words", "hidden")
        browser.press("Find")
        self.assertIn("No child that you can see.", browser.text)
        browser.follow("If a child is in danger")
        browser.press("Look once")
        self.assertEqual(len(browser.problems()), 3)
        browser.shot("override")
        browser.type("name", "Hidden Example")
        browser.day("born", 4, 3, 2016)
        browser.type("reason", "The child rang from the street and is in danger")
        browser.press("Look once")
        self.assertIn("1 Example Road", browser.text)
        self.assertIn("South Yorkshire Police", browser.text)
        browser.shot("overridden")
        # It was this once.
        browser.open(self.partnership.address("care", f"/children/{self.child}"))
        self.assertEqual(browser.heading, "Page not found")
        # The police, whose record it is, are told at once; who it was stays with care.
        browser.sign_in(self.partnership.address("police"), "boss")
        eventually("the police are told", lambda: browser.driver.refresh() or (
            "rang from the street" in browser.text))
        self.assertNotIn("worker", browser.text)
        browser.shot("told-of-an-override")
        # It stands in care's audit, with the reason.
        lead = Session(self.partnership, "care", "lead")
        audit = lead.ask("/audit")[1]
        self.assertIn("Overrode: The child rang from the street", audit)
        # Somebody from whom nothing is kept tells nobody.
        lead.send("/override", name="Hidden Example", reason="Looking for the child",
                  **{"born-day": "4", "born-month": "3", "born-year": "2016"})
        overrides = self.partnership.json("list", self.partnership.path("care"), "override")
        self.assertEqual(len(overrides), 1)

    def test_a_supervisor_keeps_a_child_from_somebody(self):
        self.partnership.start("police")
        officer, boss = (Session(self.partnership, "police", name) for name in ("officer", "boss"))
        path = f"/children/{self.child}"
        wrong = boss.send(path, do="restrict", people="nobody-here", because="Related")[1]
        self.assertIn("Nobody here is called nobody-here", wrong)
        self.assertEqual(officer.ask(path)[0], 200)
        boss.send(path, do="restrict", people="officer", because="Related to the family")
        self.assertEqual(officer.ask(path)[0], 404)
        shown = boss.ask(path)[1]
        seal = re.search(r'name="seal" value="([0-9a-f-]+)"', shown).group(1)
        # Who may not restrict cannot lift either, nor learn of it.
        self.assertEqual(officer.send(path, do="lift", seal=seal)[0], 403)
        boss.send(path, do="lift", seal=seal)
        self.assertEqual(officer.ask(path)[0], 200)

    def test_whom_a_notification_is_not_for(self):
        run, school = self.partnership.run, self.partnership.path("school")
        self.partnership.account("school", "head", "head")
        for role in ("key-adult", "head"):
            run("put", school, "key_adult", "school=school.106982", f"role={role}")
        self.partnership.start("police", "school")
        police = self.partnership.path("police")
        eventually("the police know them", lambda: len(
            self.partnership.json("list", police, "key_adult")) == 2)
        kept = run("notify", police, self.other, "--at", "2027-05-01T20:00:00Z", "--not-for",
                   "key-adult").strip()
        eventually("it is there", lambda: "Not for" in run("get", school, kept, may_fail=True))
        key, head = (Session(self.partnership, "school", name) for name in ("key", "head"))
        self.assertEqual(key.ask(f"/notifications/{kept}")[0], 404)
        self.assertNotIn(kept, key.ask("/")[1])
        self.assertIn(kept, head.ask("/")[1])
        self.assertIn("Not for the Key Adult", head.ask("/")[1])

    def test_roles_see_and_do_what_the_policy_says(self):
        self.partnership.start("police")
        admin = Session(self.partnership, "police", "admin")
        shown = self.everything(admin)
        for words in ("Hidden Example", "Other Example", self.child):
            self.assertNotIn(words, shown)
        self.assertEqual(admin.ask(f"/children/{self.child}")[0], 404)
        self.assertEqual(admin.ask("/incidents/new")[0], 403)
        officer = Session(self.partnership, "police", "officer")
        for path in ("/plans", "/figures", "/audit"):
            self.assertEqual(officer.ask(path)[0], 403, path)
        # Who may not sign in any more is out at once.
        self.assertEqual(officer.ask("/")[0], 200)
        self.partnership.run("account", "disable", self.partnership.path("police"), "officer")
        self.assertEqual(officer.ask("/")[0], 401)
        # Every look at a record stands in the audit.
        boss = Session(self.partnership, "police", "boss")
        boss.ask(f"/children/{self.child}")
        self.assertIn(f"{self.child[:8]}…", boss.ask("/audit")[1])


if __name__ == "__main__":
    unittest.main(verbosity=2)
