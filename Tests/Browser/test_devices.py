"""A practitioner's laptop, and what its pages may not leave to chance."""

import unittest

from partnership import Partnership, eventually
from session import Session


class DeviceTests(unittest.TestCase):
    def setUp(self):
        self.partnership = partnership = Partnership()
        self.addCleanup(partnership.close)
        partnership.enrol("car-12", "police", "officer")
        partnership.account("car-12", "officer", "officer")
        self.car, self.police = (partnership.path(name) for name in ("car-12", "police"))
        # The laptop has met its force once.
        partnership.start("police")
        eventually("it is in step", lambda: "in step" in partnership.run(
            "sync", self.car, may_fail=True))

    def test_a_device_without_calendars_leaves_the_deadline_to_its_agency(self):
        run = self.partnership.run
        child = run("put", self.car, "child", "name=Example Child", "school=school.106982").strip()
        notification = run("notify", self.car, child, "--at", "2027-05-01T21:40:00Z").strip()
        self.assertNotIn("Due at", run("get", self.car, notification))
        self.partnership.start("car-12")
        # Monday is a bank holiday: whoever has no calendar would have said Monday.
        eventually("the force says it", lambda: "2027-05-04T07:45" in run(
            "get", self.car, notification))
        self.assertEqual(run("notify", self.car, child, "--at", "2027-05-01T21:40:00Z").strip(),
                         notification)

    def test_a_revoked_device_says_so(self):
        self.partnership.start("car-12")
        officer = Session(self.partnership, "car-12", "officer")
        eventually("they are in step", lambda: "in step" in officer.ask("/")[1])
        self.assertNotIn("may have been revoked", officer.ask("/")[1])
        self.partnership.run("device", "revoke", self.police, "car-12")
        eventually("it is said", lambda: "may have been revoked" in officer.ask("/")[1], 120)


if __name__ == "__main__":
    unittest.main(verbosity=2)
