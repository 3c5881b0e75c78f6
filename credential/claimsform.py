"""The usual form of a claims set as one pattern of bytes (FORMAT 2), so that reading it is matching it.

Deterministic CBOR gives each value one encoding, and a claims set has few members, all of bounded length: its bytes are
a regular language. What matches is exactly what ``credential.cbor`` accepts and ``credential.claims`` finds well typed.
Whatever does not match (appended positions, very long texts, and everything wrong) is left to those two, which alone
say what is wrong with it. A property test holds both ways of reading against each other.

    >>> usual_members(b"\\xa0") is None
    True
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Final

LONGEST_TEXT: Final = 120
"""Bytes. Every length is an alternative of the pattern; longer texts are rare and read the other way."""


def usual_members(payload: bytes) -> tuple[Any, ...] | None:
    """Return the members of a claims set in its usual form, or None for everything else.

    They are iss, iat, cti, idx, uri, then the award's from name to basis reference, then the scope's pair or None; each
    has its type, and instant and day have a date. No other rule about their values has been asked yet.
    """
    found = _pattern().fullmatch(payload)
    if found is None:
        return None
    iss, iat, cti, idx, uri, *award = found.groups()
    name, last4, number, series, title, specialty, level, way, day, kind, reference, region, scope_name = award
    try:
        return (
            iss[1:].decode(),
            int.from_bytes(iat[1:]),
            cti,
            int.from_bytes(idx[1:]),
            uri[1:].decode(),
            _text(name),
            last4.decode(),
            number[1:].decode(),
            series[-1],
            int.from_bytes(title[1:]),
            _text(specialty),
            level[-1],
            way[-1],
            int.from_bytes(day[1:]),
            kind[-1],
            _text(reference),
            None if region is None else (int.from_bytes(region[1:]), _text(scope_name)),
        )
    except UnicodeDecodeError:
        return None


@cache
def _pattern() -> re.Pattern[bytes]:
    """{1: iss, 6: iat, 7: cti, 65535: {"status_list": {"idx", "uri"}}, -65537: [1, ... 11 more]} (RFC 8949 3)."""
    # Shortest form only: one byte from 24 on, two from 256 on, four from 65,536 on. No member is larger.
    uint = rb"(\x18[\x18-\xff]|\x19[\x01-\xff].|\x1a(?!\x00\x00).{4})"  # below 24: one index in 43,691
    byte = rb"([\x00-\x17]|\x18[\x18-\xff])"
    short = b"|".join(re.escape(bytes([0x60 + length])) + b".{%d}" % length for length in range(24))
    long = b"|".join(re.escape(bytes([length])) + b".{%d}" % length for length in range(24, LONGEST_TEXT + 1))
    text = b"(" + short + rb"|\x78(?:" + long + b"))"
    issued = rb"\xa5\x01(" + short + rb")\x06(\x1a(?!\x00\x00).{4})\x07\x50(.{16})"
    status = rb"\x19\xff\xff\xa1\x6bstatus_list\xa2\x63idx" + uint + rb"\x63uri\x78(" + long + b")"
    person = text + rb"\x64(.{4})(" + short + b")"  # a number of 24 characters is longer, and rare
    day = rb"(\x19[\x01-\xff].)"  # two bytes hold every day from 1970-09-14 to 2149
    basis, scope = rb"\x82" + byte + text, rb"(?:\xf6|\x82" + uint + text + b")"
    award = person + byte + uint + text + byte * 2 + day + basis + scope
    return re.compile(issued + status + rb"\x3a\x00\x01\x00\x00\x8c\x01" + award, re.DOTALL)


def _text(encoded: bytes) -> str:
    return encoded[1:].decode() if encoded[0] < 0x78 else encoded[2:].decode()
