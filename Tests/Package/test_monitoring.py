"""The board and the alert rules of Documentation/monitoring: they name metrics that there are, and hold their own
tests, where Prometheus' promtool is here."""

import json
import os
import re
import shutil
import subprocess
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FOLDER = os.path.join(ROOT, "Documentation", "monitoring")
METRIC = re.compile(r"\bconcord_[a-z_]+\b")


def read(name):
    with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
        return file.read()


def stated():
    """The metrics of the page's table, each with its labels."""
    rows = re.findall(r"^\| `(concord_[a-z_]+)(?:\{([a-z, ]+)\})?` \|", read("README.md"), re.MULTILINE)
    return {name: labels for name, labels in rows}


class Monitoring(unittest.TestCase):
    def test_rules_and_board_name_the_metrics_of_the_page_and_all_of_them(self):
        for name in ("alerts.yaml", "board.json"):
            self.assertEqual(set(METRIC.findall(read(name))), set(stated()), name)

    def test_labels_are_those_of_the_page(self):
        for name in ("alerts.test.yaml", "board.json"):
            for metric, labels in re.findall(r"(concord_[a-z_]+)\{([^}]*)\}", read(name).replace('\\"', '"')):
                used = set(re.findall(r"(\w+)=", labels)) - {"instance"}
                self.assertLessEqual(used, set(stated()[metric].split(", ")), f"{name}: {metric}")

    def test_every_alert_is_played(self):
        rules = set(re.findall(r"- alert: (\w+)", read("alerts.yaml")))
        fired = set(re.findall(r"alertname: (\w+)\n +exp_alerts:\n", read("alerts.test.yaml")))
        self.assertEqual(rules, fired)

    def test_the_board_is_one(self):
        board = json.loads(read("board.json"))
        self.assertEqual(board["title"], "Concord")
        places = [panel["gridPos"] for panel in board["panels"]]
        self.assertEqual(len(places), len({(place["x"], place["y"]) for place in places}))
        self.assertTrue(all(place["x"] + place["w"] <= 24 for place in places))
        self.assertEqual(len({panel["id"] for panel in board["panels"]}), len(places))

    @unittest.skipUnless(shutil.which("promtool"), "promtool (the package prometheus) is not here")
    def test_promtool_takes_the_rules_and_they_hold_their_tests(self):
        for command in (["check", "rules", "alerts.yaml"], ["test", "rules", "alerts.test.yaml"]):
            done = subprocess.run(["promtool", *command], cwd=FOLDER, capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
