"""The glyph check: which characters of a text no configured font can print.

PDF viewers draw an empty box, or nothing, where a font lacks a glyph, and say so to nobody. A certificate with a box
for a name is worse than none, so names are checked before a batch is submitted and again before a page is set.

Rules, for what is more than one code point:

- A variation sequence (base and U+FE00-FE0F or U+E0100-E01EF) is printable only if the first font that has the base
  also holds the sequence (`cmap` format 14). That font prints the base; without the sequence it would silently print
  another form of the character than the one asked for.
- A combining mark is printable only where it composes with its base (NFC) to a character that a font has. A mark that
  stays loose depends on anchors that the fonts mostly lack, and lands beside the letter.
- Control and format characters, unassigned code points and private-use characters are never printable: nobody can say
  what a private-use glyph means (DOMAIN: U+E863 and U+4DAE).

Example::

    missing_glyphs("孙𠮷平", fonts)    # (MissingGlyph(char="𠮷", code_point="U+20BB7"),)
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from issuer.documents.errors import DocumentError
from issuer.errors import InputError

_NEVER_PRINTED = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})


class Coverage(Protocol):
    """What the check asks of a set of fonts."""

    def has(self, code_point: int) -> bool:
        """Whether some font has a glyph for the code point."""

    def has_variation(self, base: int, selector: int) -> bool:
        """Whether the first font that has the base holds the variation sequence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingGlyph:
    """A character (or a base with its selector or marks) that no configured font can print."""

    char: str
    code_point: str


class UnprintableNameError(DocumentError, InputError):
    """A text holds characters that no configured font can print; the command line says what to install.

    The message is for the clerk who sees the list anyway: it holds the name. `fields`, which may end in logs, do not.
    """

    CODE = "unprintable_name"

    def __init__(self, name: str, missing: tuple[MissingGlyph, ...]) -> None:
        self.name = name
        self.missing = missing
        shown = ", ".join(f"{glyph.char} ({glyph.code_point})" for glyph in missing)
        super().__init__(f"{name} cannot be printed: no font has {shown}", missing=missing)


def _is_selector(char: str) -> bool:
    return "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"


def _clusters(text: str) -> Iterator[str]:
    cluster = ""
    for char in text:
        if cluster and not (_is_selector(char) or unicodedata.combining(char) or unicodedata.category(char) == "Me"):
            yield cluster
            cluster = ""
        cluster += char
    if cluster:
        yield cluster


def _printable(cluster: str, fonts: Coverage) -> bool:
    char = cluster[0]
    if _is_selector(char) or unicodedata.combining(char) or unicodedata.category(char) in _NEVER_PRINTED:
        return False
    if len(cluster) == 1:
        return fonts.has(ord(char))
    if len(cluster) == 2 and _is_selector(cluster[1]):
        return fonts.has_variation(ord(char), ord(cluster[1]))
    composed = unicodedata.normalize("NFC", cluster)
    return len(composed) == 1 and fonts.has(ord(composed))


def missing_glyphs(text: str, fonts: Coverage) -> tuple[MissingGlyph, ...]:
    """The characters of `text` that cannot be printed, each once, in the order of their first appearance."""
    unprintable = dict.fromkeys(cluster for cluster in _clusters(text) if not _printable(cluster, fonts))
    return tuple(
        MissingGlyph(char=cluster, code_point=" ".join(f"U+{ord(char):04X}" for char in cluster))
        for cluster in unprintable
    )


def require_printable(text: str, fonts: Coverage) -> None:
    """Returns if every character can be printed.

    Raises:
        UnprintableNameError: some cannot.
    """
    missing = missing_glyphs(text, fonts)
    if missing:
        raise UnprintableNameError(text, missing)
