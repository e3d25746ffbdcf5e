"""Writes what was found: for people, for programs, and as a picture."""

import json

import chart
import table
from table import of, size


def write(facts, about, wanted, folder):
    folder.mkdir(parents=True, exist_ok=True)
    rows = table.rows(facts, wanted)
    (folder / "report.json").write_text(json.dumps(
        {"about": about, "facts": facts,
         "rows": [vars(row) | {"verdict": row.verdict} for row in rows]}, indent=1))
    (folder / "report.svg").write_text(chart.drawn(rows))
    (folder / "report.md").write_text(text(facts, about, rows))


def text(facts, about, rows):
    lines = ["# Concord, measured", "", introduction(about), "",
             "| # | work | Concord | against | bar | |", "| --- | --- | --- | --- | --- | --- |"]
    for row in rows:
        margin = "" if row.margin is None else f" ({row.margin:.2f})"
        lines.append(f"| {row.number} | {row.work} | {row.figure} | {row.against} | {row.bar} | "
                     f"{row.verdict}{margin} |")
    lines += ["", "In brackets: how many times better than its bar; 1 is the bar.", "",
              "![How far from the bars](report.svg)", ""]
    return "\n".join(lines + bytes_and_memory(facts))


def introduction(about):
    kind = "a quick run: few records, once; for daily use, no figure to quote" if about["quick"] \
        else "the median of three runs where a row can be repeated"
    return (f"{about['records']:,} records of eight texts of 25 bytes; {kind}. {about['cores']} cores; the "
            f"load of the machine was {about['load_before']:.1f} before and {about['load_after']:.1f} "
            f"after (an idle machine has 0 before). {about['seconds']:.0f} s in all.")


def bytes_and_memory(facts):
    """What went over the wire, what was on disk and in memory."""
    lines = ["## Bytes, memory, disk", "", "| | on the wire | peak memory | |",
             "| --- | --- | --- | --- |"]
    for name, step in (("first sync", "first"), ("30% of rows, 3 fields", "part")):
        runs = facts.get(step, {}).get("runs")
        if not runs:
            continue
        sync = ("concord", "sync")
        peaks = [of(runs, *sync, f"{side}_peak_kilobytes") / 1024 for side in ("sender", "receiver")]
        work = [of(runs, *sync, f"{side}_cpu_seconds") for side in ("sender", "receiver")]
        lines.append(f"| {name}: Concord | {size(of(runs, *sync, 'bytes'))} | {peaks[0]:.0f} and "
                     f"{peaks[1]:.0f} MiB | {work[0]:.1f} and {work[1]:.1f} s of processor |")
        theirs = [median_peak(runs, side) for side in (0, 1)]
        lines.append(f"| {name}: PostgreSQL, copied | {size(of(runs, 'copied', 'bytes'))} | "
                     f"{theirs[0]:.0f} and {theirs[1]:.0f} MiB (largest process) | |")
        lines.append(f"| {name}: PostgreSQL, streamed | {size(of(runs, 'streamed', 'bytes'))} | | |")
    first = facts.get("first", {})
    if "runs" in first:
        lines.append(f"| 5% change: Concord | {size(of(first['runs'], 'concord', 'change', 'bytes'))} "
                     "| | |")
        lines.append(f"| 5% change: PostgreSQL | {size(of(first['runs'], 'changed', 'bytes'))} | | |")
        lines.append(f"| 5% change: loro, pycrdt | {size(first['loro']['bytes'])}, "
                     f"{size(first['pycrdt']['bytes'])} | | |")
    for step in facts.get("grown", {}).get("steps", []):
        disk = [size(each) for each in step["disk"]]
        peaks = [f"{each / 1024:.0f}" for each in step["peak_kilobytes"]]
        lines.append(f"| {step['changes']:,} changes | | {peaks[0]} and {peaks[1]} MiB | "
                     f"{disk[0]} and {disk[1]} on disk |")
    return lines + [""]


def median_peak(runs, side):
    return sorted(run["copied"]["peak_kilobytes"][side] for run in runs)[len(runs) // 2] / 1024
