"""The form of a claim code: 12 characters of the check code's alphabet, the last of which checks the others.

Rules: eleven characters are random, 55 bits. The check character finds every single wrong character and every swap of
two, so that a slip of the hand is told as one, and is no try.

    >>> group(make(bytes(range(11))))
    '2345-6789-ABCN'
    >>> parse(" 2345 6789 abcn")
    '23456789ABCN'
"""

from __future__ import annotations

import secrets
from typing import Final, NewType

from credential.checkcode import ALPHABET, MAX_TYPED, check_value, fold
from issuer.errors import InputError

ClaimCode = NewType("ClaimCode", str)
"""12 characters in canonical form: upper case, no separators."""

CLAIM_LENGTH: Final = 12
CLAIM_RANDOM: Final = CLAIM_LENGTH - 1


def make(random: bytes) -> ClaimCode:
    """Return the code of 11 random bytes, of each of which five bits count."""
    if len(random) != CLAIM_RANDOM:
        raise ValueError(f"{CLAIM_RANDOM} random bytes are needed")
    values = [byte & 31 for byte in random]
    return ClaimCode("".join(ALPHABET[value] for value in (*values, check_value(values))))


def new() -> ClaimCode:
    """Return a fresh code."""
    return make(secrets.token_bytes(CLAIM_RANDOM))


def parse(typed: str) -> ClaimCode:
    """Return the canonical form of what somebody typed.

    Raises:
        InputError: ``claim_mistyped``; the field ``why`` is ``length``, ``character`` or ``check``.
    """
    text = fold(typed[: MAX_TYPED + 1])
    if len(typed) > MAX_TYPED or len(text) != CLAIM_LENGTH:
        raise _mistyped("length", f"a claim code has {CLAIM_LENGTH} characters")
    if any(character not in ALPHABET for character in text):
        raise _mistyped("character", "a character never occurs in a claim code")
    values = [ALPHABET.index(character) for character in text]
    if check_value(values[:-1]) != values[-1]:
        raise _mistyped("check", "a character is wrong or two are swapped")
    return ClaimCode(text)


def group(code: ClaimCode) -> str:
    """Return a code as printed: three groups of four joined by hyphens."""
    return "-".join(code[start : start + 4] for start in range(0, CLAIM_LENGTH, 4))


def _mistyped(why: str, what: str) -> InputError:
    return InputError("claim_mistyped", f"claim code: {what}; compare it with the letter or the slip", why=why)
