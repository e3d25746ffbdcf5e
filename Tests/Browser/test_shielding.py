"""What is kept from somebody shows nowhere: not in a list, a count, a search, an address, nor in time."""

import os
import random
import re
import statistics
import threading
import time
import unittest

from browser import Browser
from partnership import ROOT, Partnership, eventually
from session import Session


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
        audit = boss.ask("/audit")[1]
        self.assertIn(f"{self.child[:8]}…", audit)
        # So does what somebody tried and may not do.
        tried = boss.ask("/audit-of/person/officer")[1]
        self.assertEqual(tried.count("Was refused"), 3)
        for path in ("/plans", "/figures", "/audit"):
            self.assertRegex(tried, rf"Was refused[^/]*{path}\b")

    def look(self, session, name="Hidden Example", reason="The child rang and is in danger", **more):
        """Breaks the glass, as the form does."""
        return session.send(
            "/override", name=name, reason=reason,
            **{"born-day": "4", "born-month": "3", "born-year": "2016", **more})

    def overrides(self, kind="police"):
        return self.partnership.json("list", self.partnership.path(kind), "override")

    def test_a_device_keeps_a_child_from_its_own_person(self):
        """The device's role sees no label of what restricts: it has to know all the same."""
        self.partnership.enrol("car-12", "police", "officer")
        self.partnership.account("car-12", "officer", "officer")
        self.partnership.account("car-12", "colleague", "officer")
        self.partnership.start("police", "car-12")
        car = self.partnership.path("car-12")
        officer, colleague = (
            Session(self.partnership, "car-12", name) for name in ("officer", "colleague"))
        path = f"/children/{self.child}"
        eventually("the child is on the laptop", lambda: officer.ask(path)[0] == 200)
        restriction = self.restrict("police", "officer")
        eventually("the laptop knows that it is kept", lambda: officer.ask(path)[0] == 404)
        shown = self.everything(officer)
        self.assertIn("Other Example", shown)
        self.assertNotIn("Hidden", shown)
        self.assertNotIn(self.child, shown)
        absent = officer.ask("/children/00000000-0000-4000-8000-000000000000")
        for path in (f"/incidents/{self.incident}", f"/notifications/{self.notification}"):
            self.assertEqual(self.plain(officer.ask(path)), self.plain(absent), path)
        # Why is no matter for the laptop, and for others there nothing changes.
        self.assertNotIn("works there", self.partnership.run("get", car, restriction))
        self.assertIn("Hidden Example", self.everything(colleague))
        # Who looks all the same is told of by way of the agency.
        self.assertIn("Told at once", self.look(officer)[1])
        eventually("the police know", lambda: len(self.overrides()) == 1)
        self.partnership.run(
            "put", self.partnership.path("police"), "restriction", "--id", restriction,
            "people-=officer")
        eventually("it is lifted", lambda: officer.ask(f"/children/{self.child}")[0] == 200)

    def test_an_override_of_one_field_is_told_too(self):
        run, police = self.partnership.run, self.partnership.path("police")
        run("put", police, "restriction", f"record={self.child}", "reason=x", "fields+=address",
            "people+=officer")
        self.partnership.start("police")
        officer, boss = (Session(self.partnership, "police", name) for name in ("officer", "boss"))
        self.assertNotIn("1 Example Road", officer.ask(f"/children/{self.child}")[1])
        shown = self.look(officer)[1]
        self.assertIn("1 Example Road", shown)
        self.assertIn("Told at once: South Yorkshire Police", shown)
        self.assertEqual(len(self.overrides()), 1)
        audit = boss.ask("/audit")[1]
        self.assertIn("Overrode: The child rang and is in danger", audit)
        # What is not kept from them is looked at as on its own page, and that stands in the audit.
        shown = self.look(officer, name="Other Example")[1]
        self.assertIn("nobody had to be told", shown)
        self.assertEqual(len(self.overrides()), 1)
        self.assertIn("Viewed: The child rang and is in danger",
                      boss.ask(f"/audit-of/record/{self.other}")[1])

    def test_an_override_opens_no_more_than_the_role_sees(self):
        with open(os.path.join(ROOT, "Protocol", "policies", "roles.yaml")) as text:
            policy = text.read().replace("      - address\n", "", 1)
        with open(self.partnership.path("police/policy.yaml"), "w") as own:
            own.write(policy)
        self.restrict("police", "officer")
        self.partnership.start("police")
        shown = self.look(Session(self.partnership, "police", "officer"))[1]
        self.assertIn("Hidden Example", shown)
        self.assertNotIn("1 Example Road", shown)

    def test_one_override_is_one_look(self):
        self.restrict("police", "officer")
        self.partnership.start("police")
        officer = Session(self.partnership, "police", "officer")
        number = "00000000-0000-4000-8000-000000000002"
        for _ in range(2):
            self.assertIn("1 Example Road", self.look(officer, number=number)[1])
        self.assertEqual(len(self.overrides()), 1)
        # What cannot be written down is not shown either, and does not stand in the audit as done.
        shown = self.look(officer, reason="x" * 100_000)[1]
        self.assertNotIn("1 Example Road", shown)
        self.assertEqual(len(self.overrides()), 1)
        boss = Session(self.partnership, "police", "boss")
        self.assertEqual(boss.ask("/audit")[1].count("Overrode"), 2)

    def test_the_audit_does_not_tell_of_an_override(self):
        self.restrict("police", "lead2")
        self.partnership.account("police", "lead2", "supervisor")
        self.partnership.start("police")
        self.look(Session(self.partnership, "police", "boss"), reason="Hidden Example has run away")
        lead = Session(self.partnership, "police", "lead2")
        for _ in range(3):
            Session(self.partnership, "police", "boss").ask(f"/children/{self.child}")
        audit = lead.ask("/audit")[1]
        self.assertIn("Asked to override", audit)
        self.assertNotIn("Hidden", audit)
        self.assertNotIn(self.child[:8], audit)
        # However much is left out, the list is as long as anybody's.
        boss = Session(self.partnership, "police", "boss")
        for _ in range(205):
            boss.ask(f"/children/{self.child}")
        self.assertIn("Signed in", lead.ask("/audit")[1])

    def test_a_sealed_birthday_is_not_confirmed(self):
        run, police = self.partnership.run, self.partnership.path("police")
        run("put", police, "restriction", f"record={self.other}", "reason=x",
            "fields+=date_of_birth", "people+=officer")
        self.restrict("police", "officer")
        self.partnership.start("police")
        officer, boss = (Session(self.partnership, "police", name) for name in ("officer", "boss"))

        def asks(session, name):
            page = session.send(
                "/incidents/new", number="00000000-0000-4000-8000-000000000001", count="1",
                do="child", **{"child-1-name": name, "child-1-born-day": "4",
                               "child-1-born-month": "3", "child-1-born-year": "2016"})[1]
            return "is known here" in page

        self.assertFalse(asks(officer, "Other Example"))
        self.assertFalse(asks(officer, "Hidden Example"))
        self.assertTrue(asks(boss, "Other Example"))
        # Nobody finds names out by typing their beginnings; and to look is a search that stands in the audit.
        self.assertFalse(asks(boss, "Oth Ex"))
        self.assertIn("Found", boss.ask(f"/audit-of/record/{self.other}")[1])
        self.assertIn("Searched", boss.ask("/audit")[1])

    def test_a_forms_number_tells_nothing(self):
        self.restrict("police", "officer")
        self.partnership.start("police")
        officer = Session(self.partnership, "police", "officer")

        def record(number):
            return officer.send(
                "/incidents/new", number=number, count="1", time="10:40pm",
                **{"child-1-name": "New Example", "at-day": "1", "at-month": "5",
                   "at-year": "2027"})[0]

        unused = "00000000-0000-4000-8000-000000000003"
        self.assertEqual([record(self.incident), record(unused)], [200, 200])
        # Sent twice, it is one incident.
        before = len(self.partnership.json("list", self.partnership.path("police"), "incident"))
        record(unused)
        after = len(self.partnership.json("list", self.partnership.path("police"), "incident"))
        self.assertEqual(after, before)

    def test_news_of_what_is_hidden_is_none(self):
        self.restrict("police", "officer")
        self.partnership.start("police")
        officer, boss = (Session(self.partnership, "police", name) for name in ("officer", "boss"))
        run, police = self.partnership.run, self.partnership.path("police")
        address = self.partnership.address("police", "/events")
        heard = {}

        def listen(name, session):
            with session.opener.open(address, timeout=60) as events:
                for line in events:
                    heard.setdefault(name, []).append(line.decode().strip())

        for name, session in (("officer", officer), ("boss", boss)):
            threading.Thread(target=listen, args=(name, session), daemon=True).start()
            eventually("it is connected", lambda: heard.get(name))

        def news(name):
            return heard[name].count("event: news")

        run("put", police, "child", "--id", self.child, "address=3 Example Road (fictional)")
        run("notify", police, self.child, "--at", "2027-05-01T20:00:00Z")
        eventually("who may see it hears of it", lambda: news("boss") > 0)
        time.sleep(5)
        self.assertEqual(news("officer"), 0)
        run("put", police, "child", "--id", self.other, "address=3 Example Road (fictional)")
        eventually("of what they may see they hear", lambda: news("officer") > 0)

    def test_who_comes_and_goes_stands_in_the_audit(self):
        self.partnership.start("police")
        boss = Session(self.partnership, "police", "boss")
        officer = Session(self.partnership, "police", "officer")
        officer.ask("/sign-out", {})
        officer.ask("/", {"sign-in-name": "officer", "sign-in-password": "wrong words together"})
        officer.ask("/", {"sign-in-name": "pass words typed here", "sign-in-password": "x"})
        audit = boss.ask("/audit")[1]
        for words in ("Signed in", "Signed out", "Failed to sign in"):
            self.assertIn(words, audit)
        self.assertNotIn("typed here", audit)

    def test_a_form_without_end_is_refused_in_words(self):
        self.partnership.start("police")
        boss = Session(self.partnership, "police", "boss")
        status, page = boss.send("/search", words="x" * 300_000)
        self.assertEqual(status, 413)
        self.assertIn("This is too long", page)

    def test_a_child_is_kept_from_somebody_once(self):
        self.partnership.start("police")
        boss = Session(self.partnership, "police", "boss")
        for _ in range(2):
            boss.send(f"/children/{self.child}", do="restrict", people="officer",
                      because="Related", number="00000000-0000-4000-8000-000000000004")
            boss.send(f"/children/{self.other}", do="hear", consent="refused",
                      number="00000000-0000-4000-8000-000000000005",
                      **{"asked-day": "1", "asked-month": "5", "asked-year": "2027"})
        police = self.partnership.path("police")
        for kind in ("restriction", "voice"):
            self.assertEqual(len(self.partnership.json("list", police, kind)), 1, kind)


if __name__ == "__main__":
    unittest.main(verbosity=2)
