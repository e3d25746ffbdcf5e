"""Reads the bodies of notices and of documents about devices: flat, one `key: value` in a line."""

import base64
import binascii
import datetime
import re

from change import is_signed, message

LINE = re.compile(r"([a-z_]+): (\S+)\n")
NAME = re.compile(r"[a-z_][a-z0-9._-]{0,63}")
AGENCY = re.compile(r"[a-z]+\.[A-Za-z0-9][A-Za-z0-9.-]*")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


class MalformedDocument(Exception):
    pass


def name(text):
    return bool(NAME.fullmatch(text))


def agency(text):
    return bool(AGENCY.fullmatch(text)) and len(text) <= 64


def serial(text):
    return bool(re.fullmatch(r"[1-9][0-9]*", text)) and int(text) < 1 << 63


def instant(text):
    if not INSTANT.fullmatch(text):
        return False
    try:
        datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ")
    except ValueError:
        return False
    return True


def change(text):
    return bool(re.fullmatch(r"[0-9a-f]{64}", text))


def state(text):
    return text in ("suspended", "reinstated")


def device(text):
    return name(text) and text != "agency"


def in_base64(text, count=None):
    try:
        found = len(base64.b64decode(text, validate=True))
    except binascii.Error:
        return False
    return count is None or found == count


def public_key(text):
    return in_base64(text, 32)


def signature(text):
    return in_base64(text, 64)


# Key: what its value must be, and whether it must be there.
KINDS = {
    "suspension": {
        "suspension": (name, True), "agency": (agency, True), "state": (state, True),
        "serial": (serial, True), "effective": (instant, True), "accept_until": (instant, True),
        "reason_code": (name, False),
    },
    "exit": {
        "exit": (name, True), "agency": (agency, True), "version": (serial, True),
        "effective": (instant, True), "accept_until": (instant, True),
    },
    "release": {
        "release": (name, True), "agency": (agency, True), "change": (change, True),
        "reason_code": (name, False),
    },
    "delegation": {
        "delegation": (agency, True), "node": (device, True), "key": (public_key, True),
        "serial": (serial, True), "from": (instant, True), "until": (instant, True),
    },
    "rotation": {
        "rotation": (agency, True), "serial": (serial, True), "replaced_key": (public_key, True),
        "replaced_ca": (in_base64, True), "signing_key": (public_key, True),
        "ca_certificate": (in_base64, True), "from": (instant, True),
        "accept_until": (instant, True), "proof": (signature, True),
    },
    "revocation": {
        "revocation": (agency, True), "node": (device, True), "serial": (serial, True),
        "effective": (instant, True),
    },
}


def check(kind, body):
    """Raises MalformedDocument where the body is not one of its kind; other kinds pass."""
    keys = KINDS.get(kind)
    if keys is None:
        return
    if LINE.sub("", body):
        raise MalformedDocument("a line is no key and value")
    found = LINE.findall(body)
    fields = dict(found)
    if len(fields) != len(found):
        raise MalformedDocument("a key stands twice")
    for key, value in fields.items():
        if key not in keys or not keys[key][0](value):
            raise MalformedDocument(key)
    for key, (_, is_required) in keys.items():
        if is_required and key not in fields:
            raise MalformedDocument(f"{key} is missing")
    # The one form in which instants are written orders as text does.
    if kind == "rotation":
        check_rotation(body, fields)
    elif "accept_until" in fields and fields["effective"] > fields["accept_until"]:
        raise MalformedDocument("accept_until lies before effective")
    if "until" in fields and fields["from"] >= fields["until"]:
        raise MalformedDocument("until lies not after from")


def check_rotation(body, fields):
    """The new key vouches for the lines above its proof."""
    if fields["from"] >= fields["accept_until"]:
        raise MalformedDocument("accept_until lies not after from")
    old, new = (fields["replaced_key"], fields["replaced_ca"]), (
        fields["signing_key"], fields["ca_certificate"])
    if old == new:
        raise MalformedDocument("it replaces nothing")
    above = body[:body.index("proof: ")].encode()
    key, proof = (base64.b64decode(fields[name]) for name in ("signing_key", "proof"))
    if not is_signed(key, proof, message("concord/v1/rotation", above)):
        raise MalformedDocument("the proof is not the new key's")
