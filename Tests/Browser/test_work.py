"""What people do with Concord's pages, in a real browser, across three real nodes."""

import http.client
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from browser import Browser
from partnership import (
    PASSWORD, SATURDAY_NIGHT, TUESDAY_EARLY, TUESDAY_LATE, Partnership, eventually)


class PageTests(unittest.TestCase):
    """Each test has a partnership of its own: what one does shows in no other."""

    people = [("police", "officer", "officer"), ("school", "key", "key-adult"),
              ("care", "worker", "social-worker")]

    def setUp(self):
        self.partnership = Partnership(self.people)
        self.addCleanup(self.partnership.close)
        self.browser = Browser()
        self.addCleanup(self.browser.close)

    def sign_in(self, kind, name, path="/"):
        self.browser.sign_in(self.partnership.address(kind, path), name)

    def fill_in(self, **further):
        browser = self.browser
        browser.type("time", further.get("time", "10:40pm"))
        browser.type("child-1-name", further.get("child", "Example Child"))
        browser.day("child-1-born", 4, 3, 2016)
        browser.type("child-1-school", "Abbey Lane Primary School")
        browser.type("context", further.get("context", "Was upstairs and heard it."))

    def record(self):
        """An incident through the command line, for tests that are about something else."""
        run, police = self.partnership.run, self.partnership.path("police")
        child = run(
            "put", police, "child", "name=Example Child", "date_of_birth=2016-03-04",
            "school=school.106982", "address=1 Example Road (fictional)").strip()
        incident = run(
            "put", police, "incident", "occurred_at=2027-05-01T21:40:00Z", f"children+={child}",
            "reference=EX/1").strip()
        notification = run("notify", police, child, "--incident", incident).strip()
        return child, incident, notification


class OfficerAndKeyAdult(PageTests):
    def test_an_offline_notification_is_acted_on(self):
        browser = self.browser
        # No signal: no other node runs.
        self.partnership.start("police")
        began = time.monotonic()
        self.sign_in("police", "officer", "/incidents/new")
        browser.shot("officer-new-incident")
        self.fill_in()
        browser.type("words", "I hid under the bed.")
        browser.tick("risk-medium")
        browser.press("Record, and tell the school")
        officer = (time.monotonic() - began, browser.clicks)
        self.assertIn("due Tuesday 4 May at 8:45am", browser.text)
        self.assertIn("It has not gone anywhere yet", browser.text)
        browser.shot("officer-recorded-offline")
        browser.open(self.partnership.address("police"))
        self.assertIn("saved here and not sent yet", browser.text)

        self.partnership.start("care", "school")
        self.sign_in("school", "key")
        # The page that is open shows it by itself.
        eventually("it arrives", lambda: "A notification" in browser.text)
        # Nobody's name before it is opened, nor ever in the tab.
        self.assertNotIn("Example Child", browser.driver.page_source)
        browser.shot("key-adult-today")
        browser.clicks, began = 0, time.monotonic()
        browser.follow("A notification")
        self.assertNotIn("Example Child", browser.driver.page_source)
        browser.press("Open as Key Adult")
        self.assertEqual(browser.heading, "Example Child")
        self.assertNotIn("Example Child", browser.driver.title)
        for words in ("Was upstairs and heard it.", "I hid under the bed.", "Helpline for teachers"):
            self.assertIn(words, browser.text)
        browser.shot("key-adult-notification")
        browser.tick("mode")
        browser.type("wishes", "To sit with a friend")
        browser.tick("parents")
        browser.tick("acted")
        browser.press("Save")
        key_adult = (time.monotonic() - began, browser.clicks)
        self.assertIn("Do not contact the parents", browser.text)
        self.assertIn("Acted on", browser.text)
        eventually("it says that the answer arrived", lambda: self.again() and (
            "Received by South Yorkshire Police" in browser.text))
        browser.open(self.partnership.address("school"))
        self.assertIn("Nothing waits for you.", browser.text)

        # The officer sees that the child was supported, and not how.
        self.sign_in("police", "officer", "/search")
        browser.type("words", "example")
        browser.press("Find")
        browser.follow("Example Child")
        eventually("the police know", lambda: self.again() and "is supported" in browser.text)
        self.assertNotIn("sit with a friend", browser.driver.page_source)
        browser.shot("officer-child")
        self.printed()
        browser.follow("Who can see this")
        self.assertIn("Received by Abbey Lane Primary School", browser.text)
        # Also which roles here do.
        self.assertIn("Within South Yorkshire Police", browser.text)
        self.assertIn("Police officer", browser.text)
        browser.shot("who-can-see")
        browser.follow("Back")
        browser.follow("Who wrote what, and when")
        self.assertIn("South Yorkshire Police", browser.text)
        browser.shot("history")
        print(
            f"\n  officer: {officer[0]:.1f} s and {officer[1]} clicks with the browser's own speed;"
            f" Key Adult: {key_adult[0]:.1f} s and {key_adult[1]} clicks")

    def printed(self):
        """On paper stands the marking and what is known, and nothing to click."""
        set_media = self.browser.driver.execute_cdp_cmd
        set_media("Emulation.setEmulatedMedia", {"media": "print"})
        shown = [
            found.is_displayed() for found in self.browser.driver.find_elements(
                By.CSS_SELECTOR, ".marking, dl.facts, .print-only, nav, button, summary")]
        tags = [
            found.tag_name for found in self.browser.driver.find_elements(
                By.CSS_SELECTOR, ".marking, dl.facts, .print-only, nav, button, summary")]
        set_media("Emulation.setEmulatedMedia", {"media": ""})
        for tag, is_shown in zip(tags, shown):
            self.assertEqual(is_shown, tag in ("p", "dl"), tag)

    def again(self):
        self.browser.driver.refresh()
        return True

    def test_it_works_without_scripts_and_on_a_telephone(self):
        self.browser.close()
        self.browser = browser = Browser(width=320, height=800, scripts=False)
        self.addCleanup(browser.close)
        self.partnership.start("police", "school")
        self.sign_in("police", "officer", "/incidents/new")
        self.fill_in()
        self.narrow()
        browser.shot("officer-new-incident-320")
        browser.press("Record, and tell the school")
        self.narrow()
        self.sign_in("school", "key")
        eventually(
            "it arrives", lambda: browser.driver.refresh() or "A notification" in browser.text)
        self.narrow()
        browser.shot("key-adult-today-320")
        browser.follow("A notification")
        browser.press("Open as Key Adult")
        self.narrow()
        browser.shot("key-adult-notification-320")
        browser.tick("acted")
        browser.press("Save")
        self.assertIn("Acted on", browser.text)

    def narrow(self):
        """Nothing is wider than the screen (WCAG 2.2, 1.4.10), asked without a script on the page."""
        size = self.browser.driver.execute_cdp_cmd("Page.getLayoutMetrics", {})
        self.assertLessEqual(size["cssContentSize"]["width"], 320, self.browser.place)

    def test_by_keyboard_alone(self):
        browser = self.browser
        _, _, notification = self.record()
        self.partnership.start("police", "school")
        self.sign_in("school", "key")
        eventually(
            "it arrives", lambda: browser.driver.refresh() or "A notification" in browser.text)
        # The first stop leads past the head of the page.
        browser.keys(Keys.TAB)
        self.assertEqual(browser.driver.switch_to.active_element.text, "Skip to main content")
        browser.keys(Keys.ENTER)
        self.reach("a", "A notification")
        browser.leave(lambda: browser.keys(Keys.ENTER))
        self.reach("button", "Open as Key Adult")
        browser.leave(lambda: browser.keys(Keys.ENTER))
        self.reach("input", "mode")
        browser.keys(Keys.SPACE)
        self.reach("input", "acted")
        browser.keys(Keys.SPACE)
        self.reach("button", "Save")
        browser.leave(lambda: browser.keys(Keys.ENTER))
        self.assertIn("Acted on", browser.text)

    def reach(self, tag, what):
        """Goes on by the tabulator; where one is has to show."""
        for _ in range(60):
            self.browser.keys(Keys.TAB)
            here = self.browser.driver.switch_to.active_element
            if here.tag_name != "body":
                shows = self.browser.driver.execute_script(
                    "const s = getComputedStyle(arguments[0]);"
                    "return s.boxShadow !== 'none' || s.outlineStyle !== 'none'", here)
                self.assertTrue(shows, f"nothing shows that one is at {here.get_attribute('id')}")
            if here.tag_name == tag and what in (here.text, here.get_attribute("id")):
                return
        self.fail(f"{what} is not reached by the tabulator")


class OfficerInACar(PageTests):
    people = [("school", "key", "key-adult")]

    def test_from_a_car_without_signal_to_the_school(self):
        """The officer's laptop alone; then it meets its force, and the force the school."""
        browser, partnership = self.browser, self.partnership
        partnership.enrol("car-12", "police", "officer")
        partnership.account("car-12", "officer", "officer")
        # The laptop has met its force once.
        partnership.start("police")
        eventually("it is in step", lambda: "in step" in partnership.run(
            "sync", partnership.path("car-12"), may_fail=True))
        partnership.run("calendar", "import", partnership.path("car-12"),
                        partnership.terms)
        partnership.stop()
        partnership.start("car-12")
        self.sign_in("car-12", "officer", "/incidents/new")
        self.fill_in()
        browser.press("Record, and tell the school")
        self.assertIn("due Tuesday 4 May at 8:45am", browser.text)
        self.assertIn("It has not gone anywhere yet", browser.text)
        incident = browser.place
        browser.open(partnership.address("car-12"))
        self.assertIn("saved here and not sent yet", browser.text)
        browser.shot("laptop-offline")
        partnership.start("police", "school")
        browser.open(incident)
        eventually("the force has it", lambda: browser.driver.refresh() or (
            "Received by South Yorkshire Police" in browser.text))
        browser.shot("laptop-sent")
        # Who can see it, also where only the force has it from this laptop.
        browser.follow("Who can see this")
        self.assertIn("Abbey Lane Primary School", browser.text)
        browser.open(partnership.address("car-12"))
        self.assertIn("With your agency", browser.text)
        self.sign_in("school", "key")
        eventually("the school has it", lambda: browser.driver.refresh() or (
            "A notification" in browser.text))
        browser.follow("A notification")
        browser.press("Open as Key Adult")
        browser.tick("acted")
        browser.press("Save")
        # What the school did is on the laptop, too.
        self.sign_in("car-12", "officer")
        browser.open(incident)
        eventually("the officer sees it", lambda: browser.driver.refresh() or (
            "acted on" in browser.text))


class HubAndConflicts(PageTests):
    people = [("police", "boss", "supervisor"), ("care", "lead", "manager"),
              ("school", "key", "key-adult")]

    def test_a_conflict_is_settled(self):
        browser, run = self.browser, self.partnership.run
        child, _, _ = self.record()
        police, care = self.partnership.path("police"), self.partnership.path("care")
        self.partnership.start("police", "care")
        eventually("care has it", lambda: "Example" in run("get", care, child, may_fail=True))
        self.partnership.stop()
        run("put", police, "child", "--id", child, "address=2 Example Road (fictional)")
        run("put", care, "child", "--id", child, "address=3 Example Lane (fictional)")
        self.partnership.start("police", "care")
        self.sign_in("care", "lead")
        eventually(
            "both values are there",
            lambda: browser.driver.refresh() or "choose what stands" in browser.text)
        browser.follow("choose what stands")
        browser.follow("Address of Example Child")
        for words in ("2 Example Road", "3 Example Lane", "South Yorkshire Police"):
            self.assertIn(words, browser.text)
        browser.shot("conflict")
        conflict = browser.place
        browser.follow("the history")
        self.assertIn("1 Example Road", browser.text)
        browser.open(conflict)
        browser.press("This stands")
        self.assertEqual(browser.problems(), ["Choose one"])
        browser.driver.find_element(
            By.XPATH, "//label[contains(., '3 Example Lane')]").click()
        browser.press("This stands")
        self.assertIn("Nothing waits for a choice.", browser.text)
        eventually(
            "the police agree",
            lambda: "3 Example Lane" in run("get", police, child)
            and "2 Example Road" not in run("get", police, child))

    def test_what_nobody_opens_reaches_the_hub(self):
        browser = self.browser
        self.record()
        self.partnership.start("police", "care", "school")
        eventually("all have it", lambda: self.partnership.json(
            "list", self.partnership.path("care"), "delivery"))
        self.partnership.stop()
        self.partnership.start("police", "care", "school", now=TUESDAY_LATE)
        self.sign_in("care", "lead")
        eventually(
            "the hub is told",
            lambda: browser.driver.refresh() or "told that it waits: the hub" in browser.text,
            seconds=90)
        # Not whose child it is: the list is open on a desk.
        self.assertNotIn("Example Child", browser.driver.page_source)
        self.assertIn("Late, not opened", browser.text)
        browser.shot("hub-today-late")
        self.sign_in("school", "key")
        self.assertIn("Late, not opened", browser.text)
        browser.shot("key-adult-today-late")

    def test_a_notification_grows_into_a_plan(self):
        browser = self.browser
        child, incident, notification = self.record()
        self.partnership.start("police", "care")
        self.sign_in("police", "boss", f"/incidents/{incident}")
        browser.driver.find_element(By.TAG_NAME, "summary").click()
        browser.tick("category")
        browser.press("Save your agency's view")
        self.sign_in("care", "lead")
        care = self.partnership.path("care")
        eventually("care has it", lambda: self.partnership.json("list", care, "notification"))
        browser.open(self.partnership.address("care", f"/notifications/{notification}"))
        browser.press("Start or open the family's plan")
        self.assertIn("Not yet asked", browser.text)
        for summary in browser.driver.find_elements(By.TAG_NAME, "summary"):
            summary.click()
        browser.type("task", "Visit the family")
        browser.tick("owner")
        browser.day("due", 1, 5, 2027)
        browser.press("Add it")
        self.assertIn("Visit the family", browser.text)
        browser.shot("plan")
        browser.driver.find_element(By.XPATH, "//label[.='Done']").click()
        browser.press("Save how far it is")
        self.assertIn("Done", browser.text)
        # The child's own words, for those whom the child agreed to.
        browser.open(self.partnership.address("care", f"/children/{child}"))
        browser.driver.find_element(By.TAG_NAME, "summary").click()
        browser.type("words", "I want it to stop.")
        browser.tick("consent")
        browser.press("Save their words")
        self.assertIn("I want it to stop.", browser.text)
        self.assertNotIn("Not yet asked", browser.text)
        browser.shot("child")
        browser.open(self.partnership.address("care", "/plans"))
        browser.shot("hub-board")
        browser.open(self.partnership.address("care", "/figures"))
        browser.shot("figures")
        browser.open(self.partnership.address("care", "/audit"))
        self.assertIn("No entry was changed or taken out among the newest thousand.", browser.text)
        self.assertIn("lead (Manager)", browser.text)
        # What somebody did, and who looked at one record.
        browser.follow("lead (Manager)")
        self.assertEqual(browser.heading, "What lead did")
        browser.shot("audit")
        browser.open(self.partnership.address("care", "/audit"))
        browser.type("account", "nobody-here")
        browser.press("Show")
        self.assertEqual(browser.problems(), ["Nobody here signs in with that name"])
        browser.open(self.partnership.address("care", f"/audit-of/record/{child}"))
        self.assertEqual(browser.heading, "Who looked at Example Child")
        browser.follow("Child ")
        self.assertEqual(browser.heading, "Example Child")


class BadInput(PageTests):
    people = [("police", "officer", "officer")]

    def test_what_is_wrong_is_said_and_nothing_is_lost(self):
        browser, police = self.browser, self.partnership.path("police")
        self.partnership.start("police")
        self.sign_in("police", "officer", "/incidents/new")
        browser.type("time", "25 past")
        browser.type("context", "What was typed <script>alert(1)</script>")
        browser.day("child-1-born", 31, 2, 2016)
        browser.press("Record, and tell the school")
        self.assertEqual(
            browser.problems(),
            ["Type the child's full name", "Date of birth must be a real date, like 27 3 2016",
             "Time it happened must be a time, like 22:40 or 10:40pm"])
        self.assertTrue(browser.driver.title.startswith("Error: "))
        self.assertEqual(browser.driver.switch_to.active_element.get_attribute("id"), "problems")
        for field, kept in (
            ("time", "25 past"), ("context", "What was typed <script>alert(1)</script>"),
            ("child-1-born", "31"),
        ):
            self.assertEqual(browser.find(field).get_attribute("value"), kept)
        # Each problem leads to its field.
        browser.driver.find_element(By.LINK_TEXT, "Type the child's full name").click()
        self.assertEqual(
            browser.driver.switch_to.active_element.get_attribute("id"), "child-1-name")
        browser.axe()
        browser.shot("officer-problems")
        self.assertEqual(self.partnership.json("list", police, "incident"), [])
        self.assertEqual(self.partnership.json("list", police, "child"), [])

    def test_a_form_that_is_sent_twice_tells_once(self):
        browser, police = self.browser, self.partnership.path("police")
        self.partnership.start("police")
        self.sign_in("police", "officer", "/incidents/new")
        self.fill_in()
        token = browser.driver.find_element(By.NAME, "form-token").get_attribute("value")
        fields = browser.driver.execute_script(
            "return [...new FormData(document.forms[1])].map(p => p.map(String))")
        browser.press("Record, and tell the school")
        place = browser.place
        # The same form once more, as a browser sends it again.
        browser.driver.execute_script(
            "const f = document.createElement('form'); f.method = 'post';"
            "f.action = '/incidents/new'; for (const [n, v] of arguments[0]) {"
            "const i = document.createElement('input'); i.name = n; i.value = v; f.append(i); }"
            "document.body.append(f);", fields)
        browser.leave(lambda: browser.driver.execute_script("document.forms[document.forms.length-1].submit()"))
        self.assertEqual(browser.place, place)
        for kind in ("incident", "child", "notification"):
            self.assertEqual(len(self.partnership.json("list", police, kind)), 1, kind)
        self.assertTrue(token)

    def test_an_expired_session_loses_nothing(self):
        browser, police = self.browser, self.partnership.path("police")
        self.partnership.start("police")
        self.sign_in("police", "officer", "/incidents/new")
        self.fill_in(context="A long text that took a while")
        browser.driver.delete_all_cookies()
        browser.press("Record, and tell the school")
        self.assertEqual(browser.heading, "Sign in")
        browser.type("sign-in-name", "officer")
        browser.type("sign-in-password", PASSWORD)
        browser.press("Sign in")
        self.assertIn("what you typed is still here", browser.text)
        self.assertEqual(
            browser.find("context").get_attribute("value"), "A long text that took a while")
        self.assertEqual(self.partnership.json("list", police, "incident"), [])
        browser.press("Record, and tell the school")
        self.assertIn("due Tuesday", browser.text)

    def test_who_types_wrong_passwords_waits(self):
        browser = self.browser
        self.partnership.start("police")
        for _ in range(5):
            self.browser.sign_in(self.partnership.address("police"), "officer", "wrong")
            self.assertEqual(browser.problems(), ["The name or the password is not right"])
        for name in ("officer",):
            self.browser.sign_in(self.partnership.address("police"), name)
            self.assertIn("Too many tries", browser.problems()[0])
        # A name that nobody has is answered alike.
        self.browser.sign_in(self.partnership.address("police"), "nobody", "wrong")
        self.assertEqual(browser.problems(), ["The name or the password is not right"])

    def test_another_sites_form_is_refused(self):
        self.partnership.start("police")
        self.sign_in("police", "officer", "/incidents/new")
        cookie = self.browser.driver.get_cookie("concord")
        self.assertTrue(cookie["httpOnly"])
        self.assertEqual(cookie["sameSite"], "Strict")
        address = self.partnership.address("police", "/incidents/new")
        for headers in (
            {"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://elsewhere.example"}, {},
        ):
            answer = post(
                address, "number=x&form-token=guessed",
                {"Cookie": f"concord={cookie['value']}", **headers})
            self.assertEqual(answer[0], 403, headers)
        # Who signs in on an address made elsewhere stays here.
        port = urllib.parse.urlsplit(address).port
        line = http.client.HTTPConnection("127.0.0.1", port)
        self.addCleanup(line.close)
        line.request(
            "POST", "//elsewhere.example/x", f"sign-in-name=officer&sign-in-password={PASSWORD}",
            {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"})
        answer = line.getresponse()
        self.assertEqual(answer.status, 303)
        self.assertEqual(answer.getheader("Location"), "/elsewhere.example/x")
        # A name that leads here from elsewhere leads nowhere.
        self.assertEqual(get(self.partnership.address("police"), {"Host": "evil.example"})[0], 421)
        status, _, headers = get(self.partnership.address("police"), {})
        self.assertEqual(status, 401)
        self.assertIn("default-src 'none'", headers["Content-Security-Policy"])
        self.assertEqual(headers["Cache-Control"], "no-store")


class LongTexts(PageTests):
    people = [("police", "officer", "officer")]

    def test_long_texts_leave_pages_short(self):
        """What others sent may be of any length: a page shows the beginning, and leads to all of it."""
        browser, run = self.browser, self.partnership.run
        police = self.partnership.path("police")
        child, incident, _ = self.record()
        long = "It is a long story & goes on. " * 1900
        run("put", police, "incident", "--id", incident, f"circumstances={long}")
        run("put", police, "incident", "--id", incident, f"child_words={long}")
        self.partnership.start("police")
        # Each page that is opened is measured.
        self.sign_in("police", "officer", f"/incidents/{incident}")
        browser.follow("Read all of it")
        self.assertEqual(browser.heading, "Circumstances")
        read = len(browser.text)
        browser.follow("The next part")
        self.assertGreater(read + len(browser.text), len(long))
        browser.follow("Back")
        browser.follow("Who wrote what, and when")
        self.assertIn("South Yorkshire Police", browser.text)
        browser.follow("Read all of it")
        browser.open(self.partnership.address("police", f"/children/{child}"))

    def test_what_is_typed_too_long_is_said_with_its_length(self):
        browser, police = self.browser, self.partnership.path("police")
        self.partnership.start("police")
        self.sign_in("police", "officer", "/incidents/new")
        self.fill_in()
        for field, length in (("circumstances", 80_000), ("words", 4_001)):
            browser.driver.execute_script(
                "arguments[0].value = 'a'.repeat(arguments[1])", browser.find(field), length)
        browser.press("Record, and tell the school")
        self.assertEqual(browser.problems(), [
            "What happened must be 4,000 characters or fewer. You typed 80,000. "
            "Only the beginning is still here.",
            "The words must be 4,000 characters or fewer. You typed 4,001."])
        self.assertEqual(len(browser.find("words").get_attribute("value")), 4_001)
        self.assertEqual(self.partnership.json("list", police, "incident"), [])


class WhatIsWrongShows(PageTests):
    people = [("police", "officer", "officer"), ("care", "worker", "social-worker")]

    def test_errors_in_closed_parts_show(self):
        browser = self.browser
        child = self.care_has_a_child()
        self.sign_in("care", "worker", f"/children/{child}")
        browser.driver.find_element(By.TAG_NAME, "summary").click()
        browser.press("Save their words")
        for words in (
            "Say what they agreed to",
            "Write down what they said or what they want, or that they did not want to say",
        ):
            self.assertIn(words, browser.problems())
        self.assertTrue(browser.find("words").is_displayed())
        browser.type("words", "What was said")
        browser.tick("consent-hearer-only")
        browser.day("asked", 1, 6, 2028)
        browser.press("Save their words")
        self.assertEqual(
            browser.problems(), ["The day they were asked must not be in the future"])
        browser.axe()
        browser.shot("child-problems")
        browser.day("asked", 1, 5, 2027)
        # A session that ends meanwhile loses nothing, and what was typed shows.
        browser.driver.delete_all_cookies()
        browser.press("Save their words")
        browser.type("sign-in-name", "worker")
        browser.type("sign-in-password", PASSWORD)
        browser.press("Sign in")
        self.assertIn("what you typed is still here", browser.text)
        self.assertTrue(browser.find("words").is_displayed())
        self.assertEqual(browser.find("words").get_attribute("value"), "What was said")
        browser.press("Save their words")
        self.assertIn("What was said", browser.text)

    def test_what_was_chosen_of_a_plan_is_kept(self):
        browser, run = self.browser, self.partnership.run
        child = self.care_has_a_child()
        care = self.partnership.path("care")
        plan = run("put", care, "plan", f"family+={child}").strip()
        run("put", care, "action", f"plan={plan}", "task=Visit the family",
            "owner=care.E08000019", "due_on=2027-06-01", "status=open")
        self.sign_in("care", "worker", f"/plans/{plan}")
        browser.driver.find_element(By.XPATH, "//label[.='Under way']").click()
        browser.driver.delete_all_cookies()
        browser.press("Save how far it is")
        browser.type("sign-in-name", "worker")
        browser.type("sign-in-password", PASSWORD)
        browser.press("Sign in")
        chosen = browser.driver.find_element(
            By.XPATH, "//label[.='Under way']/preceding-sibling::input")
        self.assertTrue(chosen.is_selected())
        # Each part stands open where something is wrong in it.
        for summary, button, problem in (
            ("Add an action", "Add it", "Say what is done"),
            ("Change the plan", "Save", "Type what is new: nothing was changed"),
        ):
            browser.driver.find_element(By.XPATH, f"//summary[.='{summary}']").click()
            browser.press(button)
            self.assertIn(problem, browser.problems())
            shown = browser.driver.find_elements(By.CSS_SELECTOR, "details[open] .wrong-text")
            self.assertTrue(shown and shown[0].is_displayed(), summary)

    def test_every_problem_leads_somewhere(self):
        browser = self.browser
        child = self.care_has_a_child()
        _, incident = self.child_and_incident
        self.sign_in("police", "officer", f"/incidents/{incident}")
        browser.driver.find_element(By.XPATH, "//summary[contains(., 'your agency sees')]").click()
        browser.press("Save your agency's view")
        for link in browser.driver.find_elements(By.CSS_SELECTOR, ".problems a"):
            self.assertTrue(browser.has(link.get_attribute("href").split("#")[1]))
        for path in (f"/children/{child}", f"/incidents/{incident}", "/incidents/new"):
            browser.open(self.partnership.address("police", path))
            self.assertTrue(browser.has("do"), path)

    def test_what_a_role_does_not_see_is_not_said_to_be_absent(self):
        browser = self.browser
        child = self.care_has_a_child()
        self.sign_in("police", "officer", f"/children/{child}")
        self.assertIn("Nothing that you can see.", browser.text)
        self.assertNotIn("Not yet asked", browser.text)
        self.sign_in("care", "worker", f"/children/{child}")
        self.assertIn("Not yet asked", browser.text)
        _, incident = self.child_and_incident
        browser.open(self.partnership.address("care", f"/incidents/{incident}"))
        self.assertNotIn("Nobody is told yet", browser.text)

    def care_has_a_child(self):
        child, incident, _ = self.record()
        self.child_and_incident = child, incident
        self.partnership.start("police", "care")
        care = self.partnership.path("care")
        eventually("care has it", lambda: self.partnership.json("list", care, "notification"))
        return child


class Schools(PageTests):
    people = [("police", "officer", "officer")]

    def lists(self):
        """A list of two schools, one of them closed, as GIAS writes them."""
        schools, links = self.partnership.path("schools.csv"), self.partnership.path("links.csv")
        with open(schools, "w") as file:
            file.write(
                "URN,EstablishmentName,LA (name),PhaseOfEducation (name),Gender (name),"
                "EstablishmentStatus (name)\n"
                "106982,Abbey Lane Primary School,Sheffield,Primary,Mixed,Open\n"
                "107010,Elsewhere Primary School,Sheffield,Primary,Mixed,Open\n")
        with open(links, "w") as file:
            file.write("URN,LinkURN,LinkName,LinkType,LinkEstablishedDate\n")
        return schools, links

    def test_a_mistyped_number_of_a_school_is_said_at_once(self):
        browser, police = self.browser, self.partnership.path("police")
        self.partnership.run("route", "schools", police, *self.lists())
        self.partnership.start("police")
        self.sign_in("police", "officer", "/incidents/new")
        self.fill_in()
        browser.type("child-1-school", "999999")
        browser.press("Record, and tell the school")
        self.assertEqual(
            browser.problems(), ["No school has the URN 999999. Check the number"])
        self.assertEqual(self.partnership.json("list", police, "incident"), [])
        browser.type("child-1-school", "nowhere school")
        browser.press("Record, and tell the school")
        self.assertIn("No school is called that here", browser.problems()[0])
        # A part of a name is enough where only one has it.
        browser.type("child-1-school", "abbey lane")
        browser.press("Record, and tell the school")
        self.assertIn("Abbey Lane Primary School: not opened yet, due", browser.text)

    def test_why_it_is_the_council_and_how_to_put_it_right(self):
        browser, police = self.browser, self.partnership.path("police")
        self.partnership.run("route", "schools", police, *self.lists())
        self.partnership.start("police")
        self.sign_in("police", "officer", "/incidents/new")
        self.fill_in()
        browser.type("child-1-school", "107010")
        browser.press("Record, and tell the school")
        self.assertIn(
            "Elsewhere Primary School does not take part here: the council's officer is told instead",
            browser.text)
        browser.shot("officer-told-the-council")
        self.put_right("999999")
        self.assertEqual(
            browser.problems(), ["No school has the URN 999999. Check the number"])
        self.assertIn("999999", [
            found.get_attribute("value")
            for found in browser.driver.find_elements(By.CSS_SELECTOR, "details[open] input")])

    def test_a_school_that_no_list_has_is_said_and_put_right(self):
        browser, run = self.browser, self.partnership.run
        police = self.partnership.path("police")
        run("route", "schools", police, *self.lists())
        child = run("put", police, "child", "name=Example Child", "school=school.999999").strip()
        incident = run(
            "put", police, "incident", "occurred_at=2027-05-01T21:40:00Z",
            f"children+={child}").strip()
        self.partnership.start("police")
        self.sign_in("police", "officer", f"/incidents/{incident}")
        self.assertIn("Nobody is told yet", browser.text)
        self.assertIn("No school has the URN 999999. Put the school right.", browser.text)
        browser.press("Tell the school")
        self.assertEqual(
            browser.problems(), ["Nobody is told: no school has the URN 999999. Put the school right"])
        self.put_right("Abbey Lane Primary School")
        self.assertIn("Abbey Lane Primary School: not opened yet, due", browser.text)

    def put_right(self, school):
        browser = self.browser
        browser.driver.find_element(By.XPATH, "//summary[contains(., 'Put the school')]").click()
        field = browser.driver.find_element(By.CSS_SELECTOR, "details[open] input[type=text]")
        field.clear()
        field.send_keys(school)
        browser.press("Save the school")

    def test_which_child_a_problem_is_about(self):
        browser = self.browser
        self.partnership.start("police")
        self.sign_in("police", "officer", "/incidents/new")
        self.fill_in()
        browser.press("Add another child")
        browser.day("child-2-born", 1, 1, 1990)
        browser.press("Record, and tell the school")
        self.assertEqual(browser.problems(), [
            "Child 2: Type the child's full name",
            "Child 2: Date of birth is that of an adult. Check the year"])


class EveryAnswer(PageTests):
    people = [("police", "officer", "officer")]

    def test_what_no_page_is_asked_by_is_answered_by_a_page(self):
        self.partnership.start("police")
        for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "GET"):
            for path in ("/", "/no-such-page", "/sign-out"):
                request = urllib.request.Request(
                    self.partnership.address("police", path), method=method)
                status, body, headers = ask(request)
                self.assertIn(status, (200, 401) if method == "GET" else (405,), (method, path))
                self.assertIn("default-src 'none'", headers["Content-Security-Policy"])
                self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
                self.assertIn(b"OFFICIAL-SENSITIVE", body)

    def test_going_to_sign_out_by_its_address_leads_home(self):
        self.partnership.start("police")
        self.sign_in("police", "officer")
        self.browser.open(self.partnership.address("police", "/sign-out"))
        self.assertEqual(self.browser.heading, "Today")

    def test_what_the_override_page_promises(self):
        self.partnership.start("police")
        self.sign_in("police", "officer", "/override")
        self.assertIn("your name stays within South Yorkshire Police", self.browser.text)


def get(address, headers):
    return ask(urllib.request.Request(address, headers=headers))


def post(address, body, headers):
    return ask(urllib.request.Request(address, data=body.encode(), headers=headers))


def ask(request):
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read(), answer.headers
    except urllib.error.HTTPError as answer:
        return answer.code, answer.read(), answer.headers


if __name__ == "__main__":
    unittest.main(verbosity=2)
