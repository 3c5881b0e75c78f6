"""A small mutation loop of our own: seeded, so that the same run tries the same bytes on every machine.

For CI, and for machines without atheris. It knows nothing of coverage; it makes up for some of that with joins of two
seeds, copied blocks, interesting numbers and the tokens of our formats.

    for data in mutations(seeds, seeded(1), rounds=100, longest=4096): ...
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Final

TOKENS: Final = (
    b"",
    b"\x00",
    b"\xff" * 8,
    b"\x7f" * 4,
    b"\xd2\x84",
    b"\xa0",
    b"\xa1",
    b"\x80",
    b"\x9f\xff",
    b"\xbf\xff",
    b"\x1b\xff\xff\xff\xff\xff\xff\xff\xff",
    b"\xf9\x7e\x00",
    b"\xfb" + bytes(8),
    b"\xc2\x41\x01",
    b"\xf4",
    b"\xf5",
    b"\x5b\x7f\xff\xff\xff\xff\xff\xff\xff",
    b"\x9b\x00\x00\x00\x01\x00\x00\x00\x00",
    b"\x81" * 20,
    b"[" * 40,
    b"null",
    b"true",
    b"-0",
    b"1.0",
    b"1e9",
    b"NaN",
    b'"\\ud800"',
    b"\\u0000",
    b"{}",
    b"[]",
    b'"',
    b",",
    b"9" * 400,
    b"9007199254740992",
    b"-1",
    b"\n",
    b".",
    b"=",
    b"==",
    "\u202e".encode(),
    "\u0660".encode(),
    b"\xed\xa0\x80",
    b"%PDF-",
    b"/ByteRange",
    b"endobj",
    b"<<",
    b">>",
    b"PK\x03\x04",
    b'<c r="XFD1048576"/>',
    b"IDAT",
    b"IEND",
)


def seeded(number: int) -> Random:
    """The same numbers at every run: nothing here is a secret."""
    return Random(number)  # noqa: S311


def mutations(seeds: Sequence[bytes], rng: Random, *, rounds: int, longest: int) -> Iterator[bytes]:
    """Yield the seeds, then ``rounds`` mutations of them."""
    yield from seeds
    for _ in range(rounds):
        data = rng.choice(seeds)
        for _ in range(1 << rng.randrange(4)):
            data = rng.choice(_STEPS)(data, seeds, rng)
        yield data[:longest]


def _flip(data: bytes, _seeds: Sequence[bytes], rng: Random) -> bytes:
    if not data:
        return data
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]


def _byte(data: bytes, _seeds: Sequence[bytes], rng: Random) -> bytes:
    at = rng.randrange(len(data) + 1)
    return data[:at] + rng.randbytes(1) + data[at + 1 :]


def _cut(data: bytes, _seeds: Sequence[bytes], rng: Random) -> bytes:
    start, end = _span(data, rng)
    return data[:start] + data[end:]


def _truncate(data: bytes, _seeds: Sequence[bytes], rng: Random) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def _repeat(data: bytes, _seeds: Sequence[bytes], rng: Random) -> bytes:
    start, end = _span(data, rng)
    return data[:end] + data[start:end] * rng.randrange(1, 5) + data[end:]


def _token(data: bytes, _seeds: Sequence[bytes], rng: Random) -> bytes:
    start, end = _span(data, rng)
    return data[:start] + rng.choice(TOKENS) + data[rng.choice((start, end)) :]


def _join(data: bytes, seeds: Sequence[bytes], rng: Random) -> bytes:
    other = rng.choice(seeds)
    return data[: rng.randrange(len(data) + 1)] + other[rng.randrange(len(other) + 1) :]


def _exchange(data: bytes, _seeds: Sequence[bytes], rng: Random) -> bytes:
    start, end = _span(data, rng)
    middle = (start + end) // 2
    return data[:start] + data[middle:end] + data[start:middle] + data[end:]


def _digits(data: bytes, _seeds: Sequence[bytes], rng: Random) -> bytes:
    """Another number in place of a digit: sizes, counts and dates stand in our texts as digits."""
    places = [at for at, byte in enumerate(data) if 0x30 <= byte <= 0x39]
    if not places:
        return data
    at = rng.choice(places)
    return data[:at] + str(rng.choice((0, 1, 9, 255, 2**31, 2**53, 2**63, -1))).encode() + data[at + 1 :]


def _span(data: bytes, rng: Random) -> tuple[int, int]:
    start = rng.randrange(len(data) + 1)
    return start, min(len(data), start + rng.choice((1, 2, 4, 8, 16, 64, 256)))


_STEPS: Final[tuple[Callable[[bytes, Sequence[bytes], Random], bytes], ...]] = (
    _flip,
    _flip,
    _byte,
    _cut,
    _truncate,
    _repeat,
    _token,
    _token,
    _join,
    _exchange,
    _digits,
)
