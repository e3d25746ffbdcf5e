"""Documentation/security.md has every requirement of ASVS 4.0.3 level 2 once, right figures, evidence that is there."""

import collections
import os
import re
import subprocess
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# The requirements of level 2 by section: those that the standard deleted, and those of level 3 alone, are not here.
LEVEL_2 = {
    "1.1": "1-7", "1.2": "1-4", "1.4": "1 4 5", "1.5": "1-4", "1.6": "1-4", "1.7": "1 2", "1.8": "1 2", "1.9": "1 2",
    "1.10": "1", "1.11": "1 2", "1.12": "2", "1.14": "1-6",
    "2.1": "1-12", "2.2": "1-3", "2.3": "1-3", "2.4": "1-6", "2.5": "1-7", "2.6": "1-3", "2.7": "1-6", "2.8": "1-7",
    "2.9": "1-3", "2.10": "1-4",
    "3.1": "1", "3.2": "1-4", "3.3": "1-4", "3.4": "1-5", "3.5": "1-3", "3.7": "1",
    "4.1": "1 2 3 5", "4.2": "1 2", "4.3": "1-3",
    "5.1": "1-5", "5.2": "1-8", "5.3": "1-10", "5.4": "1-3", "5.5": "1-4",
    "6.1": "1-3", "6.2": "1-6", "6.3": "1 2", "6.4": "1 2",
    "7.1": "1-4", "7.2": "1 2", "7.3": "1 3 4", "7.4": "1-3",
    "8.1": "1-4", "8.2": "1-3", "8.3": "1-8",
    "9.1": "1-3", "9.2": "1-4",
    "10.2": "1 2", "10.3": "1-3",
    "11.1": "1-8",
    "12.1": "1-3", "12.2": "1", "12.3": "1-6", "12.4": "1 2", "12.5": "1 2", "12.6": "1",
    "13.1": "1 3 4 5", "13.2": "1 2 3 5 6", "13.3": "1 2", "13.4": "1 2",
    "14.1": "1-4", "14.2": "1-6", "14.3": "2 3", "14.4": "1-7", "14.5": "1-4",
}
RESULTS = ("met", "not met", "not applicable")


def required():
    for section, numbers in LEVEL_2.items():
        for part in numbers.split():
            first, _, last = part.partition("-")
            for number in range(int(first), int(last or first) + 1):
                yield f"{section}.{number}"


def read(*parts):
    with open(os.path.join(ROOT, *parts), encoding="utf-8") as file:
        return file.read()


def rows(page):
    """The tables' rows: requirements, result, evidence."""
    for line in page.split("\n"):
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and len(cells) == 4 and re.match(r"\d+\.\d+\.\d+", cells[0]):
            yield cells[0].split(", "), cells[2], cells[3]


def tests():
    """All that the tests' sources define, by name."""
    found = set()
    for folder, _, names in os.walk(os.path.join(ROOT, "Tests")):
        for name in names:
            if name.endswith((".swift", ".py")):
                found |= set(re.findall(r"\b(?:func|def) (\w+)\(", read(folder, name)))
    return found


def sources():
    listed = subprocess.run(
        ["git", "grep", "-lE", "."], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    return "\n".join(read(name) for name in listed if name.startswith("Sources/") and name.endswith(".swift"))


class SecurityPage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.page = read("Documentation", "security.md")
        cls.rows = list(rows(cls.page))

    def test_every_requirement_of_the_level_stands_here_once(self):
        counted = collections.Counter(number for numbers, _, _ in self.rows for number in numbers)
        self.assertEqual([number for number, count in counted.items() if count > 1], [])
        self.assertEqual(set(counted), set(required()))

    def test_results_are_one_of_three_and_counted_rightly(self):
        counted = collections.Counter()
        for numbers, result, _ in self.rows:
            self.assertIn(result, RESULTS, numbers)
            counted[result] += len(numbers)
        said = "{} requirements; {} met, {} not met, {} not applicable".format(
            sum(counted.values()), *(counted[result] for result in RESULTS))
        self.assertTrue(said in self.page, said)

    def test_what_is_not_met_is_named_at_the_top(self):
        top = self.page.split("## What is open")[1].split("\n## ")[0]
        named = set(re.findall(r"\d+\.\d+\.\d+", top))
        unmet = {number for numbers, result, _ in self.rows if result == "not met" for number in numbers}
        self.assertEqual(named, unmet)

    def test_evidence_is_there(self):
        known, code = tests(), sources()
        for numbers, _, evidence in self.rows:
            for name in re.findall(r"`([^`]+)`", evidence):
                if re.match(r"(Sources|Tests|Protocol|Documentation|Nodes|Packaging|Scripts|\.ci)/", name):
                    self.assertTrue(os.path.exists(os.path.join(ROOT, name)), f"{numbers}: {name}")
                elif re.fullmatch(r"test_\w+|[a-z]+[A-Z]\w+", name):
                    self.assertTrue(name in known, f"{numbers}: {name}")
                elif re.fullmatch(r"[A-Z]\w+(\.\w+)?", name):
                    self.assertTrue(name.split(".")[-1] in code, f"{numbers}: {name}")


if __name__ == "__main__":
    unittest.main(verbosity=2)
