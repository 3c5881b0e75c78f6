"""Which characters a signed text may hold (FORMAT 2.1): everything that can be seen.

The list is of ranges and not of Unicode categories on purpose: categories change with the Unicode version that a
program was built with, and a certificate signed today with a character added next year must read the same in every
program for thirty years. Unassigned characters are therefore allowed here; the issuer refuses what it cannot print.

    >>> is_plain("\u738b\u4dae"), is_plain("\u5f20\u200b\u4f1f")
    (True, False)
"""

from __future__ import annotations

import re
from typing import Final

REFUSED: Final = (
    (0x00, 0x1F),  # controls
    (0x7F, 0x9F),  # controls
    (0xAD, 0xAD),  # soft hyphen
    (0x034F, 0x034F),  # combining grapheme joiner
    (0x061C, 0x061C),  # bidirectional mark
    (0x115F, 0x1160),  # Hangul fillers
    (0x17B4, 0x17B5),  # Khmer inherent vowels, invisible
    (0x180B, 0x180F),  # Mongolian selectors and separator
    (0x200B, 0x200F),  # zero width, bidirectional marks
    (0x2028, 0x202E),  # line and paragraph separators, bidirectional embeddings
    (0x2060, 0x206F),  # word joiner, invisible operators, bidirectional isolates
    (0x3164, 0x3164),  # Hangul filler
    (0xD800, 0xDFFF),  # surrogates
    (0xE000, 0xF8FF),  # private use
    (0xFDD0, 0xFDEF),  # noncharacters
    (0xFEFF, 0xFEFF),  # byte order mark
    (0xFFA0, 0xFFA0),  # halfwidth Hangul filler
    (0xFFF0, 0xFFFB),  # interlinear annotation
    (0x1BCA0, 0x1BCA3),  # shorthand format controls
    (0x1D173, 0x1D17A),  # musical format controls
    (0xE0000, 0xE00FF),  # tags
    (0xE01F0, 0xE0FFF),  # default ignorable, reserved
    (0xF0000, 0x10FFFF),  # private use planes
)
"""Inclusive ranges of code points. Further: the last two of every plane, U+xFFFE and U+xFFFF."""

_REFUSED: Final = re.compile(
    "["
    + "".join(f"{chr(low)}-{chr(high)}" if low != high else re.escape(chr(low)) for low, high in REFUSED)
    + "".join(chr(plane + last) for plane in range(0, 0x110000, 0x10000) for last in (0xFFFE, 0xFFFF))
    + "]"
)

_USUAL: Final = re.compile(r"[\x20-\x7e\u00b7\u3001-\u301b\u3400-\u9fff]*")
"""ASCII, the middle dot, Chinese punctuation and ideographs: all of them plain, and quicker to see than the rest."""


def is_plain(text: str) -> bool:
    """Whether every character of ``text`` can be seen, or selects the form of one that can (variation selectors)."""
    return _USUAL.fullmatch(text) is not None or _REFUSED.search(text) is None


def is_text(text: str, longest: int) -> bool:
    """Whether ``text`` is not empty, has at most ``longest`` characters, and is plain."""
    return 1 <= len(text) <= longest and is_plain(text)


def refused_characters(text: str) -> tuple[str, ...]:
    """Return the characters of ``text`` that no signed text may hold, in order."""
    return tuple(_REFUSED.findall(text))
