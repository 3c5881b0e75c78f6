"""A signed message written down head by head, each with what it means, for the worked examples.

for line in annotated(credential):
    print(line)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from credential import cbor

CLAIM_NAMES: Final = {"1": "iss", "6": "iat", "7": "cti", "65535": "status", "-65537": "award"}
AWARD_NAMES: Final = (
    "version",
    "name",
    "id_last4",
    "number",
    "series",
    "title",
    "specialty",
    "level",
    "way",
    "award_day",
    "basis",
    "scope",
)
FACE_NAMES: Final = {
    "1": "sex",
    "2": "employer",
    "3": "photo",
    "4": "birth_month",
    "5": "design",
    "6": "licence",
    "7": "printed",
}
EVENT_NAMES: Final = ("kind", "effective_day", "recorded", "authority", "basis", "document", "reason", "detail")


def signed_parts(message: bytes) -> tuple[bytes, bytes]:
    """The protected header and the payload of a COSE_Sign1."""
    item = cbor.decode(message, max_bytes=len(message))
    assert isinstance(item, cbor.Tag)
    protected, _, payload, _ = item.value
    return protected, payload


def annotated(message: bytes, keys: Mapping[str, str] = CLAIM_NAMES) -> Iterator[str]:
    """A COSE_Sign1 head by head, each with what it means; ``keys`` are the names of the payload's integer keys."""
    protected, payload = signed_parts(message)
    yield _line(message[:1], 0, "tag 18: COSE_Sign1")
    yield _line(message[1:2], 0, "array of 4")
    yield from _inside(protected, "protected header", {}, ("alg", "kid", "typ"))
    yield _line(b"\xa0", 1, "unprotected header: empty")
    yield from _inside(payload, "payload", keys)
    yield _line(b"\x58\x40", 1, "signature: 64 bytes")
    yield _line(message[-64:-32], 2, "r")
    yield _line(message[-32:], 2, "s")


def _inside(inner: bytes, name: str, keys: Mapping[str, str], names: Sequence[str] = ()) -> Iterator[str]:
    head = cbor.encode_bytes(inner)[: -len(inner)]
    yield _line(head, 1, f"{name}: {len(inner)} bytes")
    yield from _Walk(inner, keys).item(2, "", names)


class _Walk:
    """Writes down the items of a canonical CBOR text; it trusts its input."""

    def __init__(self, data: bytes, keys: Mapping[str, str]) -> None:
        self.data = data
        self.keys = keys
        self.at = 0

    def head(self) -> tuple[bytes, int, int]:
        first = self.data[self.at]
        width = {24: 1, 25: 2, 26: 4, 27: 8}.get(first & 31, 0)
        head = self.data[self.at : self.at + 1 + width]
        self.at += 1 + width
        return head, first >> 5, int.from_bytes(head[1:]) if width else first & 31

    def item(self, depth: int, name: str, names: Sequence[str] = ()) -> Iterator[str]:
        head, major, argument = self.head()
        label = f"{name}: " if name else ""
        if major in (2, 3):
            content = self.data[self.at : self.at + argument]
            self.at += argument
            shown = f"{argument} bytes" if major == 2 else f'"{content.decode()}"'
            yield _line(head + content, depth, label + shown)
        elif major == 4:
            yield _line(head, depth, f"{label}array of {argument}")
            inner = AWARD_NAMES if name == "award" else EVENT_NAMES if argument == 8 else ()
            for place in range(argument):
                yield from self.item(depth + 1, inner[place] if place < len(inner) else "")
        elif major == 5:
            yield _line(head, depth, f"{label}map of {argument}")
            for place in range(argument):
                yield from self.pair(depth + 1, names[place] if place < len(names) else "")
        else:
            value = {0: argument, 1: -1 - argument, 7: "null"}[major]
            yield _line(head, depth, f"{label}{value}")

    def pair(self, depth: int, name: str) -> Iterator[str]:
        (key,) = self.item(depth, "")
        code, _, meaning = key.partition("  # ")
        name = name or self.keys.get(meaning.strip(), "")
        yield f"{code}  # key {meaning.strip()}" + (f", {name}" if name else "")
        yield from self.item(depth + 1, name)


def _line(data: bytes, depth: int, meaning: str) -> str:
    return f"{'  ' * depth}{data.hex()}  # {meaning}"
