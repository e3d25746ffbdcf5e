#!/usr/bin/env python3
"""Holds an independent implementation of Concord's formats to the published vectors.

Usage: check_vectors.py FOLDER        (the folder Protocol/vectors)

Exit 0: every vector is as published. 1: one is not, or there are too few. 64: wrong usage.
Needs Python 3.9 or later and the package `cryptography`.
"""

import copy
import itertools
import json
import pathlib
import random
import sys

import card
import change
import document
import merge
import notice

# Fewer than these were not published: an empty folder must not pass.
LEAST = {
    "change/accepted": 20, "change/rejected": 60, "merge": 30,
    "document/accepted": 10, "document/rejected": 24, "card": 3,
}
BITS = 120


def parts(vector):
    opened = [(bytes.fromhex(o["salt"]), bytes.fromhex(o["write"])) for o in vector["openings"]]
    return [bytes.fromhex(vector[k]) for k in ("public_key", "header", "proof")] + [opened]


def accepted_change(vector):
    """What is wrong with the vector of an accepted change; empty if nothing."""
    public_key, header_bytes, proof, openings = parts(vector)
    header, writes = change.verify(public_key, header_bytes, proof, openings)
    found = {
        "change_id": header.id.hex(),
        "key_id": header.key.hex(),
        "write_ids": [identity.hex() for identity, _ in writes],
        "header_fields": {
            "lineage": header.lineage, "agreement_digest": header.agreement.hex(),
            "record_type": header.record_type, "record_id": header.record.hex(),
            "author": header.author, "key_id": header.key.hex(), "hlc": header.time.hex(),
            "commitments": len(header.commitments),
        },
        "writes": [written(write) for _, write in writes],
    }
    wrong = [f"{key} differs" for key in found if found[key] != vector[key]]
    if "secret" in vector:
        salts, ids = change.rebuilt(bytes.fromhex(vector["secret"]), header, openings)
        if salts != [salt for salt, _ in openings] or ids != header.commitments:
            wrong.append("the secret gives other salts or commitments")
    return wrong


def written(write):
    fields = {
        "field": write.field, "operation": write.operation,
        "context": [{"key_id": key.hex(), "hlc": f"{hlc:016x}"} for key, hlc in write.context],
        "removes": [identity.hex() for identity in write.removes],
    }
    if write.value:
        fields["value"] = {"kind": write.value[0], "value": write.value[1]}
    return fields


def rejected_change(vector):
    try:
        change.verify(*parts(vector))
    except change.Refused as refused:
        same = refused.code == vector["reason"]
        return [] if same else [f"refused as {refused.code}, published as {vector['reason']}"]
    return ["accepted"]


def merged(vector):
    expected = dict(vector["result"])
    author = expected.pop("next_author")
    versions = vector["versions"]
    for ordered in itertools.chain(itertools.permutations(versions), [versions * 2]):
        found = merge.merge(vector["rule"], ordered, vector.get("vocabulary") or [], author)
        if found != expected:
            return [f"merges to {found}"]
    return []


def accepted_document(vector):
    for kind, body, _ in document.read(vector["file"]):
        notice.check(kind, body)
    found = [
        {"kind": d[0], "id": document.identity(d[0], d[1]), "body": d[1],
         "signed_by": document.signers(d, vector["keys"])}
        for d in document.read(vector["file"])
    ]
    return [] if found == vector["documents"] else ["the documents differ"]


def rejected_document(vector):
    try:
        documents = document.read(vector["file"])
        notice.check(*documents[0][:2])
        found = "accepted" if document.signers(documents[0], vector["keys"]) else "bad-signature"
    except document.MalformedFile:
        found = "malformed-file"
    except notice.MalformedDocument:
        found = "malformed-document"
    return [] if found == vector["reason"] else [f"found {found}"]


def read_card(vector):
    fields = card.fields(vector["file"])
    wrong = []
    if card.fingerprint(fields) != vector["fingerprint"]:
        wrong.append("the fingerprint differs")
    if card.file_of(vector["code"]) != vector["file"]:
        wrong.append("the code stands for another file")
    return wrong


CHECKS = {
    "change/accepted": accepted_change, "change/rejected": rejected_change, "merge": merged,
    "document/accepted": accepted_document, "document/rejected": rejected_document,
    "card": read_card,
}


def problems(kind, vector):
    try:
        return CHECKS[kind](vector)
    except (
        change.Refused, document.MalformedFile, notice.MalformedDocument, card.MalformedCode,
    ) as error:
        return [f"refused: {error}"]


def spoilt(vector):
    """Copies of an accepted change with one bit of what travels turned over, somewhere."""
    generator = random.Random(vector["change_id"])
    places = ["header", "proof", "public_key"]
    for index in range(len(vector["openings"])):
        places += [(index, "salt"), (index, "write")]
    for number in range(BITS):
        copied = copy.deepcopy(vector)
        place = places[number % len(places)]
        holder, key = (copied["openings"][place[0]], place[1]) if place in places[3:] \
            else (copied, place)
        data = bytearray.fromhex(holder[key])
        data[generator.randrange(len(data))] ^= 1 << generator.randrange(8)
        holder[key] = data.hex()
        yield place, copied


def survivors(vector):
    """Spoilt copies that are accepted all the same. There must be none."""
    for place, copied in spoilt(vector):
        try:
            change.verify(*parts(copied))
            yield place
        except change.Refused:
            pass


def misprinted(kind, vector):
    """The vector with what it publishes made wrong: the check must object."""
    copied = copy.deepcopy(vector)
    if kind == "change/accepted":
        copied["change_id"] = copied["change_id"][::-1]
    elif kind == "merge":
        copied["result"]["conflict"] = not copied["result"]["conflict"]
    elif kind == "document/accepted":
        copied["documents"][0]["id"] = copied["documents"][0]["id"][::-1]
    elif kind == "card":
        copied["fingerprint"].reverse()
    else:
        copied["reason"] = "misprinted"
    return copied


def main(arguments):
    if len(arguments) != 1 or not pathlib.Path(arguments[0]).is_dir():
        print(__doc__, file=sys.stderr)
        return 64
    wrong, flips = [], 0
    for kind, least in LEAST.items():
        files = sorted(pathlib.Path(arguments[0], kind).glob("*.json"))
        if len(files) < least:
            wrong.append(f"{kind}: {len(files)} vectors, expected {least} at least")
        for file in files:
            vector = json.loads(file.read_text(encoding="utf-8"))
            name = f"{kind}/{file.name}"
            wrong += [f"{name}: {problem}" for problem in problems(kind, vector)]
            if not problems(kind, misprinted(kind, vector)):
                wrong.append(f"{name}: a misprint went unnoticed")
            if kind == "change/accepted":
                flips += BITS
                wrong += [f"{name}: accepted with a wrong bit in {p}" for p in survivors(vector)]
        print(f"{kind}: {len(files)} vectors")
    print(f"bits turned over in accepted changes: {flips}")
    for line in wrong:
        print(f"error: {line}", file=sys.stderr)
    print("Python agrees with every vector." if not wrong else f"{len(wrong)} disagreements.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
