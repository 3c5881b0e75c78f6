"""The check code (FORMAT 4): the typeable twin of the QR.

Four characters repeat the leading 20 bits of the certificate's prefix, fifteen are random, the last one checks all.
The check is a weighted sum in GF(32) whose weights all differ, so it finds every single wrong character and every
swap of any two characters, neighbours or not.

    >>> code = make(b"\\x00" * 16, bytes(range(15)))
    >>> group(code)
    'XQCF-2345-6789-ABCD-EFGG'
    >>> parse(" xqcf 2345－6789-ａbcd-efgg") == code
    True
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import reduce
from operator import getitem, xor
from typing import Final, NewType

from credential.errors import MalformedError
from credential.kdf import PREFIX_BITS, prefix

CheckCode = NewType("CheckCode", str)
"""20 characters in canonical form: upper case, no separators."""

ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""32 characters without 0, 1, I and O, which people and printers confuse."""
LENGTH: Final = 20
PREFIX_LENGTH: Final = PREFIX_BITS // 5
RANDOM_LENGTH: Final = 15
MAX_TYPED: Final = 80
_CONFUSABLE: Final = "01IO"
_SEPARATORS = re.compile("[ \t\r\n\u00a0\u3000\u2010-\u2015\u2212\u00b7._-]+")
_FOLDED = re.compile("[0-9A-Z]*")
_TYPED_FORMS: Final = {0xFF01 + offset: 0x21 + offset for offset in range(94)} | {
    lower: lower - 32 for lower in range(ord("a"), ord("z") + 1)
}
"""Full-width forms and small letters; nothing else is folded (``str.upper`` would turn one ß into two S)."""
_VALUES: Final = {character: value for value, character in enumerate(ALPHABET)}


def _weights() -> tuple[int, ...]:
    """Powers of x in GF(32) modulo x^5 + x^2 + 1, from x^19 down to 1: all different, since x has order 31."""
    powers = [1]
    while len(powers) < LENGTH:
        doubled = powers[-1] << 1
        powers.append(doubled ^ 0b100101 if doubled & 0b100000 else doubled)
    return tuple(reversed(powers))


def _multiply(a: int, b: int) -> int:
    product = 0
    while b:
        if b & 1:
            product ^= a
        a <<= 1
        if a & 0b100000:
            a ^= 0b100101
        b >>= 1
    return product


_PRODUCTS: Final = tuple(tuple(_multiply(value, weight) for value in range(len(ALPHABET))) for weight in _weights())
"""By place and value: what a character adds to the sum."""


def _sum(values: Sequence[int]) -> int:
    return reduce(xor, map(getitem, _PRODUCTS, values), 0)


def check_value(values: Sequence[int]) -> int:
    """Return the value of the check character behind these values, 19 at most; other codes of this alphabet use it."""
    return _sum([*[0] * (LENGTH - 1 - len(values)), *values])


def make(cti: bytes, random: bytes) -> CheckCode:
    """Return the check code of the certificate with this ``cti``.

    Args:
        cti: 16 bytes.
        random: 15 bytes from a cryptographic source; five bits of each are used.
    """
    if len(random) != RANDOM_LENGTH:
        raise ValueError(f"{RANDOM_LENGTH} random bytes are needed")
    bits = prefix(cti, PREFIX_BITS)
    head = [(bits >> shift) & 31 for shift in (15, 10, 5, 0)]
    values = head + [byte & 31 for byte in random]
    # The last weight is 1, so the sum of the others is the check character itself.
    values.append(_sum(values))
    return CheckCode("".join(ALPHABET[value] for value in values))


def parse(typed: str) -> CheckCode:
    """Return the canonical form of what somebody typed.

    Raises:
        MalformedError: ``bad_code``; the field ``why`` is ``too_long``, ``length``, ``confusable``, ``character`` or
            ``check``.
    """
    if len(typed) > MAX_TYPED:
        raise _bad("too_long", f"at most {MAX_TYPED} characters are read")
    text = fold(typed)
    for character in () if _VALUES.keys() >= set(text) else text:
        if character in _CONFUSABLE:
            raise _bad("confusable", f"{character} never occurs in a check code; look at the print again", character)
        if character not in _VALUES:
            raise _bad("character", f"{character!r} never occurs in a check code", character)
    if len(text) != LENGTH:
        raise _bad("length", f"a check code has {LENGTH} characters, these are {len(text)}")
    if _sum([_VALUES[character] for character in text]):
        raise _bad("check", "a character is wrong or two are swapped; compare with the print")
    return CheckCode(text)


def looks_like(text: str) -> bool:
    """Whether somebody probably meant a check code: about the right number of letters and digits, nothing else."""
    folded = fold(text[: MAX_TYPED + 1])
    return 12 <= len(folded) <= 28 and folded.isascii() and folded.isalnum()


def fold(typed: str) -> str:
    """Return what was typed without separators, in capital letters of the usual width."""
    if _FOLDED.fullmatch(typed):
        return typed
    # Twice through the small letters: a full-width small letter first becomes an ASCII one.
    return _SEPARATORS.sub("", typed.translate(_TYPED_FORMS).translate(_TYPED_FORMS))


def group(code: CheckCode) -> str:
    """Return the code as printed: five groups of four joined by hyphens."""
    return "-".join(code[start : start + 4] for start in range(0, LENGTH, 4))


def prefix_of(code: CheckCode, bits: int) -> int:
    """Return the leading ``bits`` (at most 20) of the prefix that the code repeats."""
    value = 0
    for character in code[:PREFIX_LENGTH]:
        value = value << 5 | _VALUES[character]
    return value >> (PREFIX_BITS - bits)


def _bad(why: str, text: str, character: str = "") -> MalformedError:
    return MalformedError("bad_code", f"check code: {text}", why=why, character=character)
