"""What libraries of merging documents take in memory: no permission, no signature, no disk."""

import time


def loro_change(rows):
    """5% of the records change one text: extract what is new, and apply it to another document."""
    from loro import ExportMode, LoroDoc, LoroMap, VersionVector

    here, there = LoroDoc(), LoroDoc()
    sheets = here.get_map("sheets")
    for row in rows:
        sheet = sheets.insert_container(row[0], LoroMap())
        for number, text in enumerate(row[1:]):
            sheet.insert(f"f{number + 1}", text)
    here.commit()
    begun = time.monotonic()
    whole = here.export(ExportMode.Updates(VersionVector()))
    there.import_(whole)
    first = time.monotonic() - begun
    known = there.oplog_vv
    ids = [row[0] for row in rows[::20]]
    for number, id in enumerate(ids):
        sheets.get(id).container.insert("f4", f"changed {number:017d}")
    here.commit()
    begun = time.monotonic()
    update = here.export(ExportMode.Updates(known))
    there.import_(update)
    seconds = time.monotonic() - begun
    held = there.get_deep_value()["sheets"]
    changed = sum(1 for id in ids if held[id]["f4"].startswith("changed "))
    return {"first_seconds": first, "first_bytes": len(whole), "seconds": seconds,
            "bytes": len(update), "changes": changed}


def pycrdt_change(rows):
    """The same with Yjs' algorithm."""
    from pycrdt import Doc, Map

    here, there = Doc(), Doc()
    sheets = here.get("sheets", type=Map)
    with here.transaction():
        for row in rows:
            sheets[row[0]] = Map({f"f{n + 1}": text for n, text in enumerate(row[1:])})
    there.get("sheets", type=Map)
    begun = time.monotonic()
    whole = here.get_update()
    there.apply_update(whole)
    first = time.monotonic() - begun
    known = there.get_state()
    ids = [row[0] for row in rows[::20]]
    with here.transaction():
        for number, id in enumerate(ids):
            sheets[id]["f4"] = f"changed {number:017d}"
    begun = time.monotonic()
    update = here.get_update(known)
    there.apply_update(update)
    seconds = time.monotonic() - begun
    theirs = there.get("sheets", type=Map)
    changed = sum(1 for id in ids if theirs[id]["f4"].startswith("changed "))
    return {"first_seconds": first, "first_bytes": len(whole), "seconds": seconds,
            "bytes": len(update), "changes": changed}
