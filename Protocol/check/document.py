"""Reads files of signed documents and checks the signatures."""

import base64
import binascii
import re

from change import digest, is_signed, key_id, message

MARKER = "--- # concord/"
SIGNATURE = re.compile(r"- agency: (\S+)\n  key: ([0-9a-f]{32})\n  signature: (\S+)\n")
KINDS = (
    "card", "agreement", "membership", "profile", "suspension", "exit", "release", "delegation",
    "revocation", "rotation",
)


class MalformedFile(Exception):
    pass


def sections(file):
    found = []
    for line in file.removesuffix("\n").split("\n"):
        if line.startswith(MARKER):
            found.append((line[len(MARKER):], []))
        elif found:
            found[-1][1].append(line + "\n")
        elif line:
            raise MalformedFile("no marker")
    if not found:
        raise MalformedFile("no marker")
    return [(name, "".join(lines)) for name, lines in found]


def read(file):
    """The documents of a file as (kind, body, [(agency, key id, signature)])."""
    documents = []
    for name, body in sections(file):
        if name in KINDS:
            documents.append((name, body, []))
        elif name == "signatures" and documents:
            if SIGNATURE.sub("", body):
                raise MalformedFile("signatures")
            for agency, key, signature in SIGNATURE.findall(body):
                try:
                    raw = base64.b64decode(signature, validate=True)
                except binascii.Error:
                    raise MalformedFile("signatures")
                documents[-1][2].append((agency, key, raw))
        else:
            raise MalformedFile(name)
    return documents


def identity(kind, body):
    return digest("concord/v1/document", kind.encode(), body.encode()).hex()


def signers(document, keys):
    """The agencies whose valid signature the document has."""
    kind, body, signatures = document
    covered = message("concord/v1/document/signature", kind.encode(), body.encode())
    valid = []
    for agency, key, signature in signatures:
        public_key = bytes.fromhex(keys.get(agency, ""))
        if public_key and key_id(public_key).hex() == key:
            if is_signed(public_key, signature, covered):
                valid.append(agency)
    return sorted(valid)
