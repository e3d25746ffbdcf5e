"""What PostgreSQL takes for the work of rows 2, 3, 4 and 8."""

import time

from measuring import median, quantile, wire_bytes
from postgres import FIELDS, Pair

COUNT = "SELECT count(*) FROM sheet"


def first_sync(pair, rows, fields=FIELDS, shared=lambda number: True):
    """The initial copy: from the subscription's command to when all rows are visible there."""
    pair.tables(fields)
    pair.insert(rows, shared)
    pair.publish(fields)
    goal = sum(1 for number in range(len(rows)) if shared(number))
    before, begun = wire_bytes(), time.monotonic()
    pair.subscribe(copy=True)
    seconds = pair.wait(COUNT, goal) - begun
    pair.synced()
    time.sleep(0.2)
    result = {"seconds": seconds, "bytes": wire_bytes() - before, "values": goal * len(fields),
              "peak_kilobytes": pair.memory()}
    result["equal_values"] = equal(pair, rows, fields, shared)
    return result


def streamed(pair, rows, fields=FIELDS, shared=lambda number: True):
    """One transaction with all rows, from its commit to when they are visible there."""
    pair.tables(fields)
    pair.publish(fields)
    pair.subscribe(copy=True)
    pair.synced()
    goal = sum(1 for number in range(len(rows)) if shared(number))
    before = wire_bytes()
    pair.insert(rows, shared)
    committed = time.monotonic()
    seconds = pair.wait(COUNT, goal) - committed
    time.sleep(0.2)
    return {"seconds": seconds, "bytes": wire_bytes() - before, "values": goal * len(fields)}


def equal(pair, rows, fields, shared):
    """How many texts on the other side are as they were written."""
    columns = ", ".join(fields)
    held = {str(row[0]).replace("-", ""): row[1:]
            for row in pair.there.execute(f"SELECT id, {columns} FROM sheet")}
    found = 0
    for number, row in enumerate(rows):
        if shared(number) and row[0] in held:
            found += sum(1 for mine, theirs in zip(row[1:], held[row[0]]) if mine == theirs)
    return found


def change(pair, rows):
    """5% of the rows change one column, in one transaction."""
    ids = [row[0] for row in rows[::20]]
    before, begun = wire_bytes(), time.monotonic()
    with pair.here.transaction():
        with pair.here.cursor() as cursor:
            cursor.executemany(
                "UPDATE sheet SET f4 = %s WHERE id = %s", [(f"changed {i:017d}", id) for i, id in
                                                           enumerate(ids)])
    committed = time.monotonic()
    sql = "SELECT count(*) FROM sheet WHERE f4 LIKE 'changed %'"
    seconds = pair.wait(sql, len(ids)) - committed
    time.sleep(0.2)
    return {"seconds": seconds, "write_seconds": committed - begun, "bytes": wire_bytes() - before,
            "changes": len(ids)}


def live(pair, rows, changes):
    """One change at a time, from when it is durable here to when it is visible there."""
    writes, delays = [], []
    for number in range(changes + 10):
        id, text = rows[number % len(rows)][0], f"live {number:020d}"
        begun = time.monotonic()
        pair.here.execute(f"UPDATE sheet SET f{number % 8 + 1} = %s WHERE id = %s", (text, id))
        committed = time.monotonic()
        sql = f"SELECT count(*) FROM sheet WHERE id = '{id}' AND f{number % 8 + 1} = '{text}'"
        there = pair.wait(sql, 1, pause=0)
        if number >= 10:
            writes.append(committed - begun)
            delays.append(there - committed)
        time.sleep(0.01)
    return {"changes": changes, "write_median": median(writes), "visible_median": median(delays),
            "visible_p99": quantile(delays, 0.99),
            "total_median": median([a + b for a, b in zip(writes, delays)])}


def opened(folder, user):
    return Pair(folder, user)
