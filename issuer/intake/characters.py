"""Characters that a clerk did not mean: what nobody sees, marks around a number, radicals and joined letters.

Rules. Nothing here guesses: each character that is replaced has one twin in the Unicode tables, and each that is left
out shows nothing or stands around a value only. What was done is returned, so that the clerk is told. In names nothing
is replaced (``issuer.intake.names`` refuses, with the right character).

    >>> bare("'139901")
    ('139901', "'")
"""

from __future__ import annotations

import re
import unicodedata

from issuer.identifiers import BLANKS

# The CJK radicals supplement, U+2E80 on, of which NFKC knows two. "-" stands for none. Source: Unicode,
# EquivalentUnifiedIdeograph.txt.
_SUPPLEMENT_FROM = 0x2E80
_SUPPLEMENT_AS = (
    "-厂乛乚乙亻冂𠘨刀刂卜㔾小小兀尣尢𡯂巳幺彑彐忄心扌攵-旡日月歺母民氵氺灬爫爫丬牛犭王𤴔目示礻𥫗糹纟罓罒㓁冗𦉫羊𦍌𦍋耂"
    "肀聿肉𦥑艹艹艹虎衤覀西见角𧢲讠贝𧾷车辶辶辶邑钅長镸长门𨸏阝雨青韦页风飞食𩙿飠饣𩠐马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀龟"
)
_KANGXI = (0x2F00, 0x2FD5)
_LIGATURES = (0xFB00, 0xFB06)
_STROKES = {
    "\u31d0": "一",
    "\u31d1": "丨",
    "\u31d2": "丿",
    "\u31d4": "丶",
    "\u31da": "亅",
    "\u31df": "乚",
    "\u31e0": "乙",
}
_DRAWN_CIRCLES = "\u25cb\u25ef"
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d"
LIKE_DOTS = "\u2024\u2e31\u2e33\u2981\u16eb\ua78f\u1427\u25cf\u3002\uff61"
"""Signs that are typed for the middle dot of a name and occur in no name."""
# Default-ignorable letters: category Lo, yet nothing shows (Unicode DerivedCoreProperties).
BLANK_LETTERS = "\u115f\u1160\u3164\uffa0\u034f\u17b4\u17b5"
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")

TWINS: dict[str, str] = {
    **_STROKES,
    **{chr(_SUPPLEMENT_FROM + place): real for place, real in enumerate(_SUPPLEMENT_AS) if real != "-"},
    **{chr(code): unicodedata.normalize("NFKC", chr(code)) for code in range(_KANGXI[0], _KANGXI[1] + 1)},
    **{chr(code): unicodedata.normalize("NFKC", chr(code)) for code in range(_LIGATURES[0], _LIGATURES[1] + 1)},
}
"""The character of a radical or stroke, and the letters of a ligature."""
_TWIN = re.compile(f"[{''.join(TWINS)}]")
_PLAIN = re.compile(r"[0-9A-Za-z]+")
_MARKS = "'\"\u00b4\u02b9\u02bc\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u2032\u2033\uff02\uff07" + chr(0x60)
_SPACES = "".join(c for c in map(chr, range(0x3001)) if c.isspace())


def code_points(text: str) -> tuple[str, ...]:
    """The characters as ``U+XXXX``."""
    return tuple(f"U+{ord(character):04X}" for character in text)


def is_invisible(character: str) -> bool:
    """Whether nothing shows; blanks and variation selectors are not meant."""
    category = unicodedata.category(character)
    hidden = character in BLANK_LETTERS or category in ("Cc", "Cf", "Cs", "Zl", "Zp")
    return (hidden or "\u180b" <= character <= "\u180f") and not _SELECTORS.fullmatch(character)


def bare(given: str) -> tuple[str, str]:
    """A number or date without what nobody sees, quotes around it and odd blanks; and the characters left out.

    Ordinary blanks alone are left to whoever reads the value.
    """
    if _PLAIN.fullmatch(given):
        return given, ""
    hidden = "".join(c for c in given if c not in BLANKS and (is_invisible(c) or _SELECTORS.fullmatch(c)))
    before, core, after = _around("".join(c for c in given if c not in hidden))
    dropped = hidden + "".join(c for c in before + after if c not in BLANKS)
    return (core, _once(dropped)) if dropped else (given, "")


def without_edges(given: str) -> tuple[str, str]:
    """A text without the invisible characters at its ends; and these."""
    first, last = 0, len(given)
    while first < last and _is_edge(given[first]):
        first += 1
    while last > first and _is_edge(given[last - 1]):
        last -= 1
    return given[first:last], _once("".join(c for c in given[:first] + given[last:] if c not in BLANKS))


def mended(given: str) -> tuple[str, str]:
    """A text with its radicals and ligatures replaced by their twins; and the characters that were replaced."""
    return _TWIN.sub(lambda found: TWINS[found[0]], given), _once("".join(_TWIN.findall(given)))


def right_character(character: str) -> str:
    """What was meant: a twin, a narrow letter, U+3007 for a circle, a middle dot or hyphen for what looks like it."""
    if character in _DRAWN_CIRCLES:
        return "\u3007"
    if character in LIKE_DOTS:
        return "\u00b7"
    if character in _DASHES:
        return "-"
    return TWINS.get(character) or unicodedata.normalize("NFKC", character)


def shown(characters: str) -> str:
    """Characters for a sentence: what can be seen, with its code point; else the code point only."""
    parts = [f"{c}（{code_points(c)[0]}）" if c.isprintable() and c != " " else code_points(c)[0] for c in characters]
    return "、".join(parts)


def _around(text: str) -> tuple[str, str, str]:
    """What stands before a value, the value, and what stands after; ``="…"`` is how programs write text into CSV."""
    start = text.lstrip(_SPACES)
    if start[:1] == "=" and start[1:2] in tuple(_MARKS):
        start = start[1:]
    core = start.strip(_SPACES + _MARKS)
    if not core:
        return "", text, ""
    first = text.index(core)
    return text[:first], core, text[first + len(core) :]


def _is_edge(character: str) -> bool:
    return character in BLANKS or is_invisible(character)


def _once(characters: str) -> str:
    return "".join(dict.fromkeys(characters))
