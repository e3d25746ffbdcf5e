"""Verifies a change from its bytes, after Protocol/SPEC.md. The order of the checks is the
specification's, so that a change that is wrong in two ways gets the same code everywhere."""

import hashlib
import hmac
import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from wire import BYTES, FIXED64, VARINT, WireError, every, fields, last, signed, text

COMMITMENTS, HEADER_BYTES, WRITE_BYTES, ENTRIES = 1024, 1024 * 32 + 1024, 128 * 1024, 1024
NAME = re.compile(r"[a-z_][a-z0-9._-]{0,63}\Z", re.ASCII)
AGENCY = re.compile(r"(?=.{1,64}\Z)[a-z]+\.[A-Za-z0-9][A-Za-z0-9.-]*\Z", re.ASCII)
OPERATIONS = {1: "set", 2: "clear", 3: "add", 4: "remove"}


class Refused(Exception):
    """A change that must not be accepted; the code is what the vectors publish."""

    def __init__(self, code, part=""):
        super().__init__(f"{code}: {part}")
        self.code = code


def message(tag, *parts):
    """What is signed: tag and parts, each behind its length in four bytes, big-endian."""
    return b"".join(len(p).to_bytes(4, "big") + p for p in (tag.encode(), *parts))


def digest(tag, *parts):
    return hashlib.sha256(message(tag, *parts)).digest()


def key_id(public_key):
    return digest("concord/v1/key", public_key)[:16]


def is_signed(public_key, signature, signed_message):
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, signed_message)
        return True
    except (InvalidSignature, ValueError):
        return False


class Header:
    def __init__(self, data):
        def require(condition, part):
            if not condition:
                raise Refused("malformed-header", part)

        require(len(data) <= HEADER_BYTES, "size")
        try:
            found = fields(data)
            self.lineage = text(last(found, 2, BYTES, b""))
            self.record_type = text(last(found, 4, BYTES, b""))
            self.author = text(last(found, 6, BYTES, b""))
        except WireError as error:
            raise Refused("malformed-header", str(error))
        require(last(found, 1, VARINT, 0) & 0xFFFFFFFF == 1, "format")
        self.bytes = data
        self.agreement = last(found, 3, BYTES, b"")
        self.record = last(found, 5, BYTES, b"")
        self.key = last(found, 7, BYTES, b"")
        self.hlc = last(found, 8, FIXED64, 0)
        require(NAME.match(self.lineage), "lineage")
        require(NAME.match(self.record_type), "record_type")
        require(len(self.agreement) == 32, "agreement_digest")
        require(len(self.record) == 16, "record_id")
        require(len(self.key) == 16, "key_id")
        require(AGENCY.match(self.author), "author")
        joined = last(found, 9, BYTES, b"")
        count = len(joined) // 32
        require(len(joined) % 32 == 0 and 8 <= count <= COMMITMENTS, "commitments")
        require(count & (count - 1) == 0, "commitments are no power of two")
        self.commitments = [joined[i:i + 32] for i in range(0, len(joined), 32)]
        require(all(a < b for a, b in zip(self.commitments, self.commitments[1:])), "order")
        self.id = digest("concord/v1/change", data)
        self.time = self.hlc.to_bytes(8, "big")


def check_proof(data, header, public_key):
    def require(condition, part):
        if not condition:
            raise Refused("malformed-proof", part)

    require(len(data) <= 1024, "size")
    try:
        found = [f for f in fields(data) if f[0] in (1, 2) and f[1] == BYTES]
        kind = found[-1][0] if found else 0
        # A message given several times in a oneof is merged, which is to join its bytes, back to
        # where another member of the oneof stood.
        joined = b""
        for number, _, value in found:
            joined = joined + value if number == 2 else b""
        batch = fields(joined) if kind == 2 else []
    except WireError as error:
        raise Refused("malformed-proof", str(error))
    require(kind, "neither direct nor batched")
    if kind == 1:
        signature = found[-1][2]
        require(len(signature) == 64, "signature")
        covered = message("concord/v1/proof/direct", header.id)
    else:
        signature, covered = batched(batch, header, require)
    if key_id(public_key) != header.key or not is_signed(public_key, signature, covered):
        raise Refused("bad-signature")


def batched(batch, header, require):
    signature, path = last(batch, 1, BYTES, b""), last(batch, 5, BYTES, b"")
    depth, index = (last(batch, n, VARINT, 0) & 0xFFFFFFFF for n in (2, 4))
    salt = last(batch, 3, BYTES, b"")
    require(len(signature) == 64, "signature")
    require(depth in (8, 12, 16, 20), "depth")
    require(len(salt) == 16, "salt")
    require(len(path) == depth * 32, "path")
    require(index < 2**depth, "index")
    node = hashlib.sha256(b"\0" + salt + header.bytes).digest()
    for level in range(depth):
        sibling = path[level * 32:level * 32 + 32]
        left, right = (sibling, node) if index >> level & 1 else (node, sibling)
        node = hashlib.sha256(b"\1" + left + right).digest()
    return signature, message("concord/v1/proof/batched", node, bytes([depth]))


def read_value(joined):
    found = [f for f in fields(joined) if 1 <= f[0] <= 9]
    kinds = {
        1: (BYTES, "text", text), 2: (VARINT, "integer", lambda v: str(signed(v, 64))),
        3: (VARINT, "boolean", lambda v: "true" if v else "false"),
        4: (VARINT, "date", lambda v: str(signed(v, 32))),
        5: (VARINT, "instant", lambda v: str(signed(v, 64))), 6: (BYTES, "term", text),
        7: (BYTES, "reference", bytes.hex), 8: (BYTES, "agency", text),
        9: (BYTES, "identifier", text),
    }
    value = None
    for number, wire_type, data in found:
        expected, kind, read = kinds[number]
        if wire_type == expected:
            value = (kind, read(data))
    if value is None:
        raise WireError("no kind of value")
    kind, words = value
    if kind == "reference" and len(words) != 32 or kind == "agency" and not AGENCY.match(words):
        raise WireError(kind)
    return value


class Write:
    def __init__(self, data, before):
        def require(condition, part):
            if not condition:
                raise Refused("malformed-write", part)

        require(len(data) <= WRITE_BYTES, "size")
        try:
            found = fields(data)
            self.field = text(last(found, 1, BYTES, b""))
            values = every(found, 3)
            self.value = read_value(b"".join(values)) if values else None
            seen = [fields(entry) for entry in every(found, 4)]
        except WireError as error:
            raise Refused("malformed-write", str(error))
        require(NAME.match(self.field), "field")
        self.operation = OPERATIONS.get(last(found, 2, VARINT, 0) & 0xFFFFFFFF)
        require(self.operation, "operation")
        self.context = [(last(s, 1, BYTES, b""), last(s, 2, FIXED64, 0)) for s in seen]
        self.removes = every(found, 5)
        require(len(self.context) <= ENTRIES and len(self.removes) <= ENTRIES, "size")
        require(all(len(key) == 16 and hlc < before for key, hlc in self.context), "context")
        keys = [key for key, _ in self.context]
        require(all(a < b for a, b in zip(keys, keys[1:])), "context order")
        require(all(len(write) == 32 for write in self.removes), "removes")
        require(all(a < b for a, b in zip(self.removes, self.removes[1:])), "removes order")
        require((self.value is None) == (self.operation == "clear"), "value")
        is_register = self.operation in ("set", "clear")
        require(is_register or not self.context, "context of an element")
        require((self.operation == "remove") == bool(self.removes), "removes")
        self.slot = (self.field, None if is_register else self.value)


def verify(public_key, header_bytes, proof, openings):
    """The header, and each opening's (write id, write). Raises Refused."""
    header = Header(header_bytes)
    check_proof(proof, header, public_key)
    if not openings:
        raise Refused("empty")
    if len(openings) >= len(header.commitments):
        raise Refused("malformed-header", "no room for a decoy")
    writes, slots = [], set()
    for salt, data in openings:
        if len(salt) != 16:
            raise Refused("malformed-write", "salt")
        write = Write(data, header.hlc)
        identity = digest("concord/v1/write", salt, header.record, header.key, header.time, data)
        if identity not in header.commitments:
            raise Refused("uncommitted", write.field)
        if write.slot in slots:
            raise Refused("equivocation", write.field)
        slots.add(write.slot)
        writes.append((identity, write))
    return header, writes


def rebuilt(secret, header, openings):
    """Salts and commitments as they follow from the author's secret and the writes."""
    def code(tag, part):
        return hmac.new(secret, message(tag, part), hashlib.sha256).digest()

    salts = [code("concord/v1/salt", data)[:16] for _, data in openings]
    ids = [
        digest("concord/v1/write", salt, header.record, header.key, header.time, data)
        for salt, (_, data) in zip(salts, openings)
    ]
    decoys = len(header.commitments) - len(ids)
    ids += [code("concord/v1/decoy", i.to_bytes(4, "big")) for i in range(decoys)]
    return salts, sorted(ids)
