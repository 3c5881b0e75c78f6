"""Encodings with changes of the kind that makes second forms, for property tests of the readers."""

from __future__ import annotations

from typing import Final

from hypothesis import strategies as st

HEADS: Final = (0, 0x17, 0x18, 0x19, 0x1A, 0x1B, 0x40, 0x58, 0x60, 0x78, 0x79, 0x80, 0x98, 0xA0, 0xF5, 0xF6, 0xFB)


@st.composite
def changed(draw: st.DrawFn, originals: list[bytes]) -> bytes:
    """One of some encodings with one to three changes."""
    encoded = bytearray(draw(st.sampled_from(originals)))
    for _ in range(draw(st.integers(1, 3))):
        position = draw(st.integers(0, len(encoded) - 1))
        match draw(st.sampled_from(["bit", "byte", "head", "insert", "delete"])):
            case "bit":
                encoded[position] ^= 1 << draw(st.integers(0, 7))
            case "byte":
                encoded[position] = draw(st.integers(0, 255))
            case "head":
                encoded[position] = draw(st.sampled_from(HEADS))
            case "insert":
                encoded.insert(position, draw(st.sampled_from(HEADS)))
            case _:
                del encoded[position]
    return bytes(encoded)
