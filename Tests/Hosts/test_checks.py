"""The checks of Tests/Hosts can fail: what is lost, leaked or unequal is found, and the roads do what they say."""

import os
import random
import tempfile
import time
import unittest

import checks
import roads
from ledger import Ledger, readers


class Written(unittest.TestCase):
    """Three values of three agencies, as a day leaves them behind."""

    def setUp(self):
        self.ledger = Ledger()
        self.address = self.note("care", "child-1", "child.address")
        self.context = self.note("police", "note-1", "notification.context", ["abbey"])
        self.number = self.note("refuge", "contact-1", "safe_contact.number")
        self.shown = {name: set() for name in ("police", "care", "refuge", "abbey", "carter", "intake")}
        for entry in self.ledger.entries:
            for name in entry.may_see:
                self.shown[name].add(entry.marker)

    def note(self, author, record, field, schools=(), is_acknowledged=True):
        marker = self.ledger.marker()
        self.ledger.note(marker, author, record, field, readers(field, author, schools), is_acknowledged)
        return marker

    def lost(self, histories=None):
        return checks.lost(self.ledger, self.shown, lambda name, record: (histories or {}).get((name, record), set()))

    def test_a_day_without_harm_has_no_findings(self):
        self.assertEqual(self.lost(), [])
        self.assertEqual(checks.shown_to_others(self.ledger, self.shown), [])

    def test_what_one_agency_does_not_show_is_lost(self):
        self.shown["abbey"].remove(self.context)
        self.assertEqual(len(self.lost()), 1)
        self.assertIn("notification.context of note-1, written at police: not at abbey", self.lost()[0])

    def test_what_its_author_has_no_more_is_lost(self):
        for markers in self.shown.values():
            markers.discard(self.number)
        self.assertIn("written at refuge: not at refuge", self.lost()[0])

    def test_what_was_written_over_is_lost_only_where_the_history_lacks_it(self):
        later = self.note("police", "child-1", "child.address")
        for name in ("police", "care"):
            self.shown[name].remove(self.address)
            self.shown[name].add(later)
        history = {(name, "child-1"): {self.address, later} for name in ("police", "care")}
        self.assertEqual(self.lost(history), [])
        history["care", "child-1"] = {later}
        self.assertIn("not at care", self.lost(history)[0])

    def test_what_two_wrote_at_once_both_stands(self):
        marker = self.ledger.marker()
        self.ledger.note(marker, "police", "child-1", "child.address", {"police", "care"}, must_stand=True)
        history = {(name, "child-1"): {self.address, marker} for name in ("police", "care")}
        self.assertEqual(len(self.lost(history)), 2)
        for name in ("police", "care"):
            self.shown[name].add(marker)
        self.assertEqual(self.lost(history), [])

    def test_a_log_keeps_everything(self):
        first = self.note("abbey", "note-1", "response.actions", ["abbey"])
        second = self.note("abbey", "note-1", "response.actions", ["abbey"])
        self.shown["abbey"].add(second)
        self.assertEqual(len(self.lost({("abbey", "note-1"): {first, second}})), 1)

    def test_what_was_not_acknowledged_may_be_there_or_not(self):
        self.note("care", "child-1", "child.address", is_acknowledged=False)
        self.assertEqual(self.lost(), [])

    def test_what_is_shown_to_others_is_found(self):
        self.shown["carter"].add(self.context)
        self.assertIn("shown at carter", checks.shown_to_others(self.ledger, self.shown)[0])

    def test_a_planted_value_is_found_in_a_file(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "replica.sqlite-wal")
            with open(path, "wb") as file:
                file.write(b"\0" * 5000 + b"Was present: " + self.context.encode() + b".\0" * 50)
            found = checks.markers_in([path])
        files = {"abbey": found, "refuge": found}
        problems, rightly = checks.leaked(self.ledger, files)
        self.assertEqual((len(problems), rightly), (1, 1))
        self.assertIn("replica.sqlite-wal of refuge", problems[0])

    def test_a_judgement_that_another_replaced_is_found(self):
        self.ledger.note_grade("incident-1", "police", "high", True)
        self.ledger.note_grade("incident-1", "care", "medium", True)

        def incidents(*grades):
            values = [{"by": by, "value": value} for by, value in grades]
            return {"incident-1": {"fields": {"risk_grade": {"rule": "each-agency", "values": values}}}}
        both = incidents(("police.south-yorkshire", "high"), ("care.E08000019", "medium"))
        self.assertEqual(checks.wrong_grades(self.ledger, {"police": both, "care": both}), [])
        one = incidents(("care.E08000019", "medium"))
        self.assertEqual(len(checks.wrong_grades(self.ledger, {"police": both, "care": one})), 1)

    def test_a_notification_that_stays_lying_is_found(self):
        self.ledger.note_notification("note-1", "abbey")

        def problems(at_school, states, escalation):
            return checks.undelivered(
                self.ledger, {"abbey": at_school}, {"note-1": states}, {"note-1": escalation})
        self.assertEqual(problems({"note-1"}, {"delivered", "opened"}, None), [])
        self.assertEqual(problems({"note-1"}, {"delivered"}, "hub"), [])
        self.assertEqual(len(problems({"note-1"}, {"delivered"}, "head")), 1)
        self.assertEqual(len(problems(set(), {"issued"}, "hub")), 2)

    def test_fields_that_differ_are_found(self):
        text = '[{"id": "1", "fields": {"name": {"rule": "review", "values": [{"write": "%s"}]}}}]'
        one, other = checks.standing([text % "a"]), checks.standing([text % "b"])
        self.assertEqual(checks.differing_values({"police": one, "care": one}), [])
        self.assertEqual(len(checks.differing_values({"police": one, "care": other})), 1)


class Carried(unittest.TestCase):
    """The wires, without a host: what goes in on one tap, and when it comes out on the other."""

    def setUp(self):
        self.wires = roads.Wires.__new__(roads.Wires)
        self.wires.watch = roads.Watch(b"Qz7mark")
        self.wires.taps, self.wires.places, self.wires.bad = {1: "police", 2: "care", 3: "abbey"}, {}, {}
        self.wires.waiting, self.wires.count, self.wires.chance = [], 0, random.Random(7)
        self.wires.unplugged = set()

    def carried(self, number=1000):
        self.wires.waiting = []
        for _ in range(number):
            self.wires.take(1, b"to-all" + b"policE" + b"something")
        return self.wires.waiting

    def test_a_frame_for_all_goes_to_all_others_at_once(self):
        found = self.carried(10)
        self.assertEqual(len(found), 20)
        self.assertEqual({tap for _, _, tap, _ in found}, {2, 3})
        self.assertLessEqual(max(due for due, _, _, _ in found), time.monotonic())

    def test_an_answer_goes_to_the_one_whom_it_is_for(self):
        self.carried(1)
        self.wires.waiting = []
        self.wires.take(2, b"policE" + b"care__" + b"something")
        self.assertEqual([tap for _, _, tap, _ in self.wires.waiting], [1])

    def test_a_bad_road_loses_delays_and_reorders(self):
        self.wires.LONGEST_QUEUE = 5000
        self.wires.spoil("care", delay=0.2, loss=0.1, reorder=0.25)
        found = [entry for entry in self.carried() if entry[2] == 2]
        self.assertTrue(850 < len(found) < 950, len(found))
        now = time.monotonic()
        overtaking = [entry for entry in found if entry[0] <= now]
        self.assertTrue(150 < len(overtaking) < 300, len(overtaking))
        self.wires.clear("care")
        self.assertEqual(len([entry for entry in self.carried() if entry[2] == 2]), 1000)

    def test_nothing_reaches_a_host_that_is_unplugged(self):
        self.wires.unplug("care")
        self.assertEqual({tap for _, _, tap, _ in self.carried(5)}, {3})
        self.wires.plug("care")
        self.assertEqual({tap for _, _, tap, _ in self.carried(5)}, {2, 3})

    def test_a_value_on_the_wire_is_seen(self):
        self.wires.take(1, b"to-all" + b"policE" + b"... Qz7mark000001x ...")
        self.assertEqual((self.wires.watch.frames, self.wires.watch.readable), (1, 1))


if __name__ == "__main__":
    unittest.main(verbosity=2)
