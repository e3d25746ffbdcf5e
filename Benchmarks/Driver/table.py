"""The table's rows: what was measured, against what, and whether the bar is met."""

from measuring import median

SESSION_REFERENCE = 2_300_000
COMPARED = "for comparison"


class Row:
    """One line. `margin` is how many times better than the bar it is: 1 is the bar itself."""

    def __init__(self, number, work, figure, against, bar, margin):
        self.number, self.work, self.figure = number, work, figure
        self.against, self.bar, self.margin = against, bar, margin

    @property
    def verdict(self):
        if self.bar == COMPARED:
            return "-"
        if self.margin is None:
            return "not measured"
        return "met" if self.margin >= 1 else "not met"


def of(runs, *path):
    """The median over runs of one figure."""
    def figure(run):
        for key in path:
            run = run[key]
        return run
    return median([figure(run) for run in runs])


def fastest(runs):
    """PostgreSQL's better way for a first sync: its initial copy, or one transaction streamed."""
    return min((of(runs, way, "seconds"), way) for way in ("copied", "streamed"))


def seconds(number):
    return f"{number * 1000:.1f} ms" if number < 1 else f"{number:.2f} s"


def size(number):
    return f"{number:,.0f} B" if number < 10_000 else f"{number / 1e6:,.2f} MB"


def row_1(facts):
    runs = facts["first"]["runs"]
    ours, plain = of(runs, "concord", "write_seconds"), of(runs, "concord", "plain_seconds")
    return [Row(1, "bulk write", f"{seconds(ours)}", f"plain insert {seconds(plain)}: ratio "
                f"{plain / ours:.3f}", "ratio at least 0.25", plain / ours / 0.25)] + unsealed(facts)


def processor(sync):
    """Seconds of processor that a sync took on both sides."""
    return sync["sender_cpu_seconds"] + sync["receiver_cpu_seconds"]


def unsealed(facts):
    """What sealing values costs: the same work by nodes that have them in the open."""
    found, runs = facts["first"]["unsealed"], facts["first"]["runs"]
    sealed = median([processor(run["concord"]["sync"]) for run in runs])
    disk = median([run["concord"]["disk"][0] for run in runs])
    return [
        Row(1, "the same, values in the open", seconds(found["write_seconds"]),
            f"sealed: {of(runs, 'concord', 'write_seconds') / found['write_seconds']:.2f} of it",
            COMPARED, None),
        Row(2, "first sync, values in the open, processor of both",
            seconds(processor(found["sync"])),
            f"sealed: {sealed / processor(found['sync']):.2f} of it", COMPARED, None),
        Row(11, "disk with values in the open", size(found["disk"][0]),
            f"sealed: {disk / found['disk'][0]:.2f} of it", COMPARED, None)]


def row_2(facts):
    runs = facts["first"]["runs"]
    values, ours = of(runs, "concord", "sync", "values"), of(runs, "concord", "sync", "seconds")
    rate = values / ours
    floor = values / median([run["session"]["extract_seconds"] + run["session"]["apply_seconds"]
                             for run in runs])
    bar = 150_000 * floor / SESSION_REFERENCE
    theirs, way = fastest(runs)
    held = of(runs, "concord", "equal_values")
    figure = f"{seconds(ours)}, {rate:,.0f} values/s, {held:,.0f} of {values:,.0f} equal there"
    return [
        Row(2, "first sync, all fields", figure, f"session floor {floor:,.0f} values/s",
            f"150,000 where the floor is 2,300,000: here {bar:,.0f}", rate / bar),
        Row(2, "first sync, all fields", figure, f"PostgreSQL {seconds(theirs)} ({way})",
            "at least as fast", theirs / ours)]


def row_3(facts):
    runs = facts["part"]["runs"]
    ours, (theirs, way) = of(runs, "concord", "sync", "seconds"), fastest(runs)
    held, there = of(runs, "concord", "equal_values"), of(runs, "concord", "held_values")
    figure = f"{seconds(ours)}, {held:,.0f} values equal there, {there:,.0f} held"
    rows = [Row(3, "30% of rows, 3 of 8 fields", figure, f"PostgreSQL {seconds(theirs)} ({way})",
                "at least as fast", theirs / ours)]
    if "first" in facts and "runs" in facts["first"]:
        part = of(runs, "concord", "sync", "bytes")
        whole = of(facts["first"]["runs"], "concord", "sync", "bytes")
        theirs = of(runs, "copied", "bytes") / of(facts["first"]["runs"], "copied", "bytes")
        rows.append(Row(
            3, "the same, bytes", f"{size(part)}, {part / whole:.3f} of a whole sync",
            f"0.30 of the records, 0.11 of the values; PostgreSQL {theirs:.3f}",
            "in proportion: at most 0.30", 0.30 * whole / part))
    return rows


def row_4(facts):
    first = facts["first"]
    runs = first["runs"]
    ours, theirs = of(runs, "concord", "change", "seconds"), of(runs, "changed", "seconds")
    return [Row(4, "5% of records change a field",
                f"{seconds(ours)}, {of(runs, 'concord', 'equal_changed'):,.0f} equal there",
                f"PostgreSQL {seconds(theirs)}; in memory: loro {seconds(first['loro']['seconds'])}, "
                f"pycrdt {seconds(first['pycrdt']['seconds'])}", "at least as fast as PostgreSQL",
                theirs / ours)]


def row_5(facts):
    apart = facts["apart"]
    calm, clash = apart["calm"]["seconds"], apart["clash"]["seconds"]
    return [Row(5, f"{apart['edits']:,} edits on each side, in conflict",
                f"{seconds(clash)}, {apart['conflicts'][0]:,} and {apart['conflicts'][1]:,} conflicts "
                "shown", f"without conflict {seconds(calm)}: ratio {clash / calm:.2f}",
                "at most 1.5 times", 1.5 * calm / clash)]


def row_6(facts):
    turn = facts["grant"]
    given, taken, left = turn["grant"], turn["revoke"], turn["markers_left"]
    rows = [Row(6, "revoke", f"{seconds(taken['seconds'])}, {size(taken['bytes'])}",
                f"{left:,} of {turn['values']:,} values left in the files", "0 values left",
                1 if left == 0 else 0)]
    if "first" in facts and "runs" in facts["first"]:
        whole = of(facts["first"]["runs"], "concord", "sync", "bytes")
        rows.insert(0, Row(
            6, "grant", f"{seconds(given['seconds'])}, {size(given['bytes'])}, "
            f"{turn['equal_values']:,} values equal there",
            f"a first sync of the same {size(whole)}: ratio {given['bytes'] / whole:.2f}; the values "
            f"alone {size(turn['raw_bytes'])}", "at most 1.2 times", 1.2 * whole / given["bytes"]))
    return rows


def row_7(facts):
    found = facts["grown"]["compare"]
    if not found["equal"]:
        return [Row(7, "nothing changed: verify", "the nodes differ", "-", "-", 0)]
    return [Row(7, f"nothing changed, {found['changes']:,} changes: verify",
                f"{found['wire_bytes']:,} B on the wire, {seconds(found['cpu_seconds'])} of processor "
                f"on both sides, {seconds(found['seconds'])} in all; {seconds(found['first_cpu_seconds'])} the first time", "-",
                "under 2 KB and 10 ms of work",
                min(2_048 / found["wire_bytes"], 0.010 / max(found["cpu_seconds"], 1e-6)))]


def row_8(facts):
    ours, theirs = facts["live"]["concord"], facts["live"]["postgres"]
    rows = []
    for key, name in (("visible_median", "median"), ("visible_p99", "p99")):
        rows.append(Row(8, f"durable here to visible there, {name}", seconds(ours[key]),
                        f"PostgreSQL {seconds(theirs[key])}", "at most PostgreSQL's",
                        theirs[key] / ours[key]))
    return rows


def row_9(facts):
    found = facts["schools"]
    return [
        Row(9, f"{found['schools']:,} schools: memory for each link",
            f"{found['kilobytes_per_link']:.0f} KiB", "-", "under 150 KB",
            150 / (found["kilobytes_per_link"] * 1.024)),
        Row(9, "the same, idle", f"{found['idle_cpu_percent']:.2f}% of a core", "-", "under 2%",
            2 / max(found["idle_cpu_percent"], 0.01)),
        Row(9, "the same, durable to visible at one school, p99", seconds(found["visible_p99"]), "-",
            "under 100 ms", 0.1 / found["visible_p99"]),
        Row(9, "the same, all back after a restart", seconds(found["reconnect_seconds"]), "-",
            "within 15 s", 15 / found["reconnect_seconds"])]


def row_10(facts):
    steps = facts["grown"]["steps"]
    rows = []
    for key, name in (("write_seconds", "1,000 edits written"), ("sync_seconds", "1,000 edits synced"),
                      ("single_seconds", "one edit written")):
        ratio = steps[-1][key] / steps[0][key]
        figures = ", ".join(f"{seconds(step[key])} at {step['changes']:,}" for step in steps)
        rows.append(Row(10, name, figures, f"itself: ratio {ratio:.2f}", "at most 1.2 times",
                        1.2 / ratio))
    return rows


def row_11(facts):
    runs = facts["first"]["runs"]
    plain = of(runs, "concord", "plain_bytes")
    rows = []
    for place, name in enumerate(("author", "receiver")):
        ours = median([run["concord"]["disk"][place] for run in runs])
        running = median([run["concord"]["disk_running"][place] for run in runs])
        rows.append(Row(11, f"disk at the {name}",
                        f"{size(ours)} (with the log while it runs {size(running)})",
                        f"plain table {size(plain)}: ratio {ours / plain:.2f}", "at most 3 times",
                        3 * plain / ours))
    return rows


def row_12(facts):
    start = facts["grown"]["start"]
    peak = start["peak_kilobytes"] * 1024
    return [Row(12, f"start with {start['changes']:,} changes",
                f"{seconds(start['seconds'])}, {size(peak)} at most", "-",
                "under 1 s and 100 MB", min(1 / start["seconds"], 100e6 / peak))]


NEEDS = {1: "first", 2: "first", 3: "part", 4: "first", 5: "apart", 6: "grant", 7: "grown", 8: "live",
         9: "schools", 10: "grown", 11: "first", 12: "grown"}


def rows(facts, wanted):
    """Every wanted row, with a gap where its step failed."""
    made = []
    for number in sorted(wanted):
        found = facts.get(NEEDS[number], {"failed": "not run"})
        if "failed" in found:
            made.append(Row(number, found["failed"][:80], "-", "-", "-", None))
        else:
            made += globals()[f"row_{number}"](facts)
    return made
