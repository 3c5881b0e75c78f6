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
from typing import Final, NamedTuple

LONGEST_TEXT: Final = 120
"""Bytes. Every length is an alternative of the pattern; longer texts are rare and read the other way."""


class Members(NamedTuple):
    """Members with their types, from their only encoding; no rule about their values has been asked yet."""

    issuer: str
    issued_at: int
    cti: bytes
    index: int
    uri: str
    name: str
    id_last4: str
    number: str
    series: int
    title: int
    specialty: str
    level: int
    way: int
    award_day: int
    basis_kind: int
    basis_reference: str
    scope: tuple[int, str] | None


def usual_members(payload: bytes) -> Members | None:
    """Return the members of a claims set in its usual form, or None for everything else."""
    found = _pattern().fullmatch(payload)
    if found is None:
        return None
    iss, iat, cti, idx, uri, name, last4, number, *award, region, scope_name = found.groups()
    series, title, specialty, level, way, day, kind, reference = award
    try:
        return Members(
            _text(iss),
            _uint(iat),
            cti,
            _uint(idx),
            _text(uri),
            _text(name),
            _text(last4),
            _text(number),
            _uint(series),
            _uint(title),
            _text(specialty),
            _uint(level),
            _uint(way),
            _uint(day),
            _uint(kind),
            _text(reference),
            None if region is None else (_uint(region), _text(scope_name)),
        )
    except UnicodeDecodeError:
        return None


@cache
def _pattern() -> re.Pattern[bytes]:
    """{1: iss, 6: iat, 7: cti, 65535: {"status_list": {"idx", "uri"}}, -65537: [1, ... 11 more]} (RFC 8949 3)."""
    # Shortest form only: one byte from 24 on, two from 256 on, four from 65,536 on. No member is larger.
    uint = rb"([\x00-\x17]|\x18[\x18-\xff]|\x19[\x01-\xff].|\x1a(?!\x00\x00).{4})"
    short = b"|".join(re.escape(bytes([0x60 + length])) + b".{%d}" % length for length in range(24))
    long = b"|".join(re.escape(bytes([length])) + b".{%d}" % length for length in range(24, LONGEST_TEXT + 1))
    text = b"(" + short + rb"|\x78(?:" + long + b"))"
    issued = rb"\xa5\x01" + text + rb"\x06" + uint + rb"\x07\x50(.{16})"
    status = rb"\x19\xff\xff\xa1\x6bstatus_list\xa2\x63idx" + uint + rb"\x63uri" + text
    award = text * 3 + uint * 2 + text + uint * 3 + rb"\x82" + uint + text + rb"(?:\xf6|\x82" + uint + text + b")"
    return re.compile(issued + status + rb"\x3a\x00\x01\x00\x00\x8c\x01" + award, re.DOTALL)


def _uint(encoded: bytes) -> int:
    return encoded[0] if len(encoded) == 1 else int.from_bytes(encoded[1:])


def _text(encoded: bytes) -> str:
    return encoded[1:].decode() if encoded[0] < 0x78 else encoded[2:].decode()
