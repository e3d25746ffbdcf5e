"""What schemathesis is told of this node: ids and types that are there, so that its requests reach what they are
about. Only what is valid is exchanged, and by what was drawn, so that one seed makes the same requests each time."""

import json
import os
import re
import uuid
import zlib

import schemathesis

with open(os.environ["CONCORD_KNOWN"]) as file:
    KNOWN = json.load(file)


def chosen(choices, drawn):
    """One of several, or what was drawn, as that decides."""
    place = zlib.crc32(drawn.encode()) % (len(choices) + 1)
    return choices[place] if place < len(choices) else drawn


def known(name, value, operation):
    if not isinstance(value, str):
        return value
    if name == "type" and re.fullmatch(r"[a-z_][a-z0-9_.\-]{0,63}", value):
        return chosen(KNOWN["types"], value)
    if name in ("id", "record", "child", "incident"):
        try:
            uuid.UUID(value)
        except ValueError:
            return value
        kind = name if name in ("child", "incident") else (
            "notifications" if operation.path.startswith("/notifications") else "records")
        return chosen(KNOWN[kind], value)
    return value


def exchanged(values, operation):
    if not isinstance(values, dict):
        return values
    return {name: known(name, value, operation) for name, value in values.items()}


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    return exchanged(path_parameters, context.operation)


@schemathesis.hook
def map_query(context, query):
    return exchanged(query, context.operation)


@schemathesis.hook
def map_body(context, body):
    return exchanged(body, context.operation)
