"""Reads cards: their fingerprints in words, and the codes that stand for them."""

import base64
import binascii
import json
import pathlib

import document
from change import digest, key_id

MARKER = "CONCORD-CARD-1:"
COUNT = 12
WORDS = [
    line.split() for line in
    (pathlib.Path(__file__).parent.parent / "words.txt").read_text(encoding="ascii").splitlines()
]


class MalformedCode(Exception):
    pass


def fields(file):
    """The lines of the card in a file; its texts are quoted as JSON's are."""
    body = document.read(file)[0][1]
    found = dict(line.split(": ", 1) for line in body.splitlines())
    for name in ("name", "endpoint"):
        found[name] = json.loads(found[name])
    return found


def fingerprint(card):
    """The words that people compare: of two and three syllables by turns."""
    hashed = digest(
        "concord/v1/card/fingerprint", card["federation"].encode(), card["card"].encode(),
        card["kind"].encode(), base64.b64decode(card["signing_key"]),
        base64.b64decode(card["ca_certificate"]))
    return [WORDS[byte][1 + place % 2] for place, byte in enumerate(hashed[:COUNT])]


def parts(data):
    found = []
    while data:
        count = int.from_bytes(data[:4], "big")
        found.append(data[4:4 + count])
        if len(found[-1]) != count:
            raise MalformedCode("cut short")
        data = data[4 + count:]
    return found


def file_of(code):
    """The card's file that a code stands for."""
    line = "".join(code.split()).upper()
    if not line.startswith(MARKER):
        raise MalformedCode("no marker")
    letters = line.removeprefix(MARKER)
    try:
        data = base64.b32decode(letters + "=" * (-len(letters) % 8))
    except binascii.Error:
        raise MalformedCode("no base 32")
    tag, agency, federation, kind, name, endpoint, key, authority, signature = parts(data)
    if tag != b"concord/v1/card":
        raise MalformedCode("another tag")

    def quoted(text):
        return '"' + text.decode().replace("\\", "\\\\").replace('"', '\\"') + '"'

    def base64_of(data):
        return base64.b64encode(data).decode()

    return (
        f"--- # concord/card\ncard: {agency.decode()}\nfederation: {federation.decode()}\n"
        f"kind: {kind.decode()}\nname: {quoted(name)}\nendpoint: {quoted(endpoint)}\n"
        f"signing_key: {base64_of(key)}\nca_certificate: {base64_of(authority)}\n"
        f"--- # concord/signatures\n- agency: {agency.decode()}\n  key: {key_id(key).hex()}\n"
        f"  signature: {base64_of(signature)}\n")
