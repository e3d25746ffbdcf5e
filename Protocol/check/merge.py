"""Merges the versions of a field, from the rules' definitions over the whole set of versions; the
implementation it is compared with works step by step instead."""


def order(version):
    """The total order of versions: stamp, agency, key, write id."""
    return (version["hlc"], version["author"], version["key_id"], version["id"])


def value(version):
    found = version["write"].get("value")
    return (found["kind"], found["value"]) if found else None


def competes(rule, version, author):
    return rule != "each-agency" or version["author"] == author


def seen(rule, versions, author):
    """For each key, the highest stamp that a version in the author's slot has in its context."""
    stamps = {}
    for version in versions:
        counts = rule in ("review", "each-agency") or rule == "highest" and version["may_lower"]
        if counts and competes(rule, version, author):
            for entry in version["write"]["context"]:
                key, stamp = entry["key_id"], entry["hlc"]
                stamps[key] = max(stamp, stamps.get(key, ""))
    return stamps


def standing(rule, versions):
    """The versions that count."""
    if rule in ("set", "log"):
        adds = [v for v in versions if v["write"]["operation"] == "add"]
        removals = [v for v in versions if v["write"]["operation"] == "remove"]
        gone = {r for v in removals for r in v["write"]["removes"]} if rule == "set" else set()
        return sorted((v for v in adds if v["id"] not in gone), key=order)
    registers = [v for v in versions if v["write"]["operation"] in ("set", "clear")]
    if rule == "latest":
        return sorted(registers, key=order)[-1:]
    return sorted(
        (v for v in registers
         if seen(rule, registers, v["author"]).get(v["key_id"], "") < v["hlc"]), key=order)


def conflicts(versions):
    return len({value(v) for v in versions}) > 1


def merge(rule, versions, vocabulary, author):
    """What people see: ids in order, whether it is a conflict, and the author's next context."""
    versions = list({v["id"]: v for v in versions}.values())
    shown = standing(rule, versions)
    conflict = False
    context = {}
    if rule in ("review", "each-agency", "highest"):
        registers = [v for v in versions if v["write"]["operation"] in ("set", "clear")]
        context = seen(rule, registers, author)
        for version in shown:
            if competes(rule, version, author):
                key = version["key_id"]
                context[key] = max(version["hlc"], context.get(key, ""))
    if rule == "review":
        conflict = conflicts(shown)
    elif rule == "each-agency":
        shown = sorted(shown, key=lambda v: (v["author"], v["hlc"], v["id"]))
        authors = {v["author"] for v in shown}
        conflict = any(conflicts([v for v in shown if v["author"] == a]) for a in authors)
    elif rule == "highest":
        def height(version):
            term = value(version)
            known = term and term[0] == "term" and term[1] in vocabulary
            return vocabulary.index(term[1]) if known else -1
        shown = sorted(shown, key=lambda v: (height(v), *order(v)))[-1:]
    elif rule == "set":
        shown = list({value(v): v for v in reversed(shown)}.values())
        shown = sorted(shown, key=order)
    next_context = [{"key_id": k, "hlc": context[k]} for k in sorted(context)]
    return {"visible": [v["id"] for v in shown], "conflict": conflict, "next_context": next_context}
