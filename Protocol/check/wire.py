"""Reads protobuf's wire format (https://protobuf.dev/programming-guides/encoding/), no more of it
than change.proto needs. Written from the specification, without a protobuf library, so that the
check shares nothing with the implementation it checks."""

VARINT, FIXED64, BYTES, GROUP, END_GROUP, FIXED32 = 0, 1, 2, 3, 4, 5


class WireError(Exception):
    """The bytes are no message."""


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        if self.at + count > len(self.data):
            raise WireError("ends too soon")
        self.at += count
        return self.data[self.at - count:self.at]

    def varint(self):
        value = 0
        for shift in range(0, 70, 7):
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value & (2**64 - 1)
        raise WireError("a varint of more than 10 bytes")

    def value(self, kind, number):
        if kind == VARINT:
            return self.varint()
        if kind == FIXED64:
            return int.from_bytes(self.take(8), "little")
        if kind == BYTES:
            return self.take(self.varint())
        if kind == FIXED32:
            return int.from_bytes(self.take(4), "little")
        if kind == GROUP:
            for inner, inner_kind, _ in iter(self.field, None):
                if inner_kind == END_GROUP and inner == number:
                    return None
            raise WireError("a group without an end")
        if kind == END_GROUP:
            return None
        raise WireError("unknown wire type")

    def field(self):
        if self.at == len(self.data):
            return None
        tag = self.varint()
        number, kind = tag >> 3, tag & 7
        if number == 0 or number >= 2**29:
            raise WireError("bad field number")
        return number, kind, self.value(kind, number)


def fields(data):
    """Every field as (number, wire type, value), in the order of the bytes."""
    reader = Reader(data)
    found = list(iter(reader.field, None))
    if any(kind == END_GROUP for _, kind, _ in found):
        raise WireError("an end without a group")
    return found


def last(found, number, kind, default):
    """A singular field: the last occurrence of the right wire type counts."""
    values = [v for n, k, v in found if n == number and k == kind]
    return values[-1] if values else default


def every(found, number):
    """A repeated field of bytes or messages."""
    return [v for n, k, v in found if n == number and k == BYTES]


def text(data):
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise WireError("not UTF-8")


def signed(value, bits):
    """Undoes zigzag."""
    value &= 2**bits - 1
    return (value >> 1) ^ -(value & 1)
