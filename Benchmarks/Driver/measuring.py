"""Counting and summing up."""

import statistics
from pathlib import Path


def wire_bytes():
    """What went over the loopback interface, in both directions, headers included."""
    for line in Path("/proc/net/dev").read_text().splitlines():
        words = line.replace(":", " ").split()
        if words and words[0] == "lo":
            return int(words[1])
    return 0


def median(numbers):
    return statistics.median(numbers)


def quantile(numbers, part):
    ordered = sorted(numbers)
    return ordered[min(len(ordered) - 1, int(-(-(len(ordered) - 1) * part // 1)))]
