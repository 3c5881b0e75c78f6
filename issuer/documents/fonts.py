"""The fonts documents are set in, and what they can print.

Rules: fonts are found by reference, never shipped. The order is the order of preference: the default face (Noto Serif
SC of the package `pylopdf-fonts-zh-cn`), then the directories the office configured, then the Hanazono fonts where the
operating system has them. Only these faces are named to the typesetter and only these are asked by the glyph check, so
the check and the page cannot disagree. Other system fonts are never used: the same data must give the same page on
every machine with the same configuration.

Example::

    fonts = FontSet.default(extra_dirs=(Path("/srv/fonts"),))
    fonts.missing("孙𠮷平")
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from pathlib import Path

import typst
from fontTools.ttLib import TTFont, TTLibError

from issuer.documents.errors import FontError
from issuer.documents.glyphs import MissingGlyph, missing_glyphs
from issuer.home.paths import Home

DEFAULT_FONT_PACKAGE = "pylopdf_fonts_zh_cn"
DEFAULT_FAMILY = "Noto Serif SC"
LABEL_FAMILY = "Noto Sans SC"
HANAZONO_FAMILIES = ("HanaMinA", "HanaMinB")
"""They add what GB 18030 level 3 needs and the default face lacks, e.g. U+20BB7."""

SYSTEM_FONT_DIRECTORIES = (
    Path("/usr/share/fonts/truetype/hanazono"),  # Debian, Ubuntu: fonts-hanazono
    Path("/usr/share/fonts/hanazono"),  # Fedora, openSUSE
    Path("/usr/share/fonts/hanazono-fonts"),
    Path("/usr/share/fonts/TTF/hanazono"),  # Arch
    Path("/usr/local/share/fonts/hanazono"),
)
"""Where the Hanazono fonts are looked for; nothing else of the system is searched."""


@dataclass(frozen=True, slots=True)
class _Cmap:
    """The characters and the variation sequences of one face."""

    characters: frozenset[int]
    variations: frozenset[tuple[int, int]]


@lru_cache(maxsize=64)
def _read_cmap(path: str, index: int) -> _Cmap:
    try:
        with TTFont(path, fontNumber=index, lazy=True) as font:
            tables = font["cmap"]
            characters = frozenset(tables.getBestCmap() or {})
            sequences = tables.getcmap(0, 5)
            pairs = (
                ((base, selector) for selector, glyphs in sequences.uvsDict.items() for base, _ in glyphs)
                if sequences
                else ()
            )
            return _Cmap(characters, frozenset(pairs))
    except (TTLibError, OSError, KeyError) as error:
        raise FontError(f"font file {path} cannot be read: {error}", path=path) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class FontFace:
    """One face of one file; `index` counts inside a collection."""

    family: str
    path: Path
    index: int

    def cmap(self) -> _Cmap:
        """The face's character map, read once for each process."""
        return _read_cmap(str(self.path), self.index)


@dataclass(frozen=True, slots=True, kw_only=True)
class FontSet:
    """Faces in the order of preference, with the directories the typesetter loads them from."""

    faces: tuple[FontFace, ...]
    directories: tuple[Path, ...]
    typst_fonts: typst.Fonts = field(repr=False, compare=False)
    _seen: dict[int, bool] = field(default_factory=dict, init=False, repr=False, compare=False)
    """Code points that were asked about before: a list asks about the same few thousand again and again."""

    @classmethod
    def default(cls, extra_dirs: Iterable[Path] = (), *, system: bool = True) -> FontSet:
        """The default face, then every face below `extra_dirs`, then (with `system`) the Hanazono fonts if installed.

        Raises:
            FontError: a directory does not exist, or the package of the default face is not installed.
        """
        base = _default_directory()
        extra = tuple(_existing(directory) for directory in extra_dirs)
        hanazono = tuple(d for d in SYSTEM_FONT_DIRECTORIES if system and d.is_dir())
        directories = (base, *extra, *hanazono)
        # The typesetter's embedded fonts serve the check code (DejaVu Sans Mono) and the English words.
        loaded = typst.Fonts(
            include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(d) for d in directories]
        )
        return cls(faces=_ordered(loaded, base, extra, hanazono), directories=directories, typst_fonts=loaded)

    @property
    def families(self) -> tuple[str, ...]:
        """The family names in the order of preference, each once."""
        return tuple(dict.fromkeys(face.family for face in self.faces))

    def has(self, code_point: int) -> bool:
        """Whether some face has a glyph for the code point."""
        if code_point not in self._seen:
            self._seen[code_point] = any(code_point in face.cmap().characters for face in self.faces)
        return self._seen[code_point]

    def has_variation(self, base: int, selector: int) -> bool:
        """Whether the first face that has the base, which is the one that prints it, holds the sequence."""
        first = next((face.cmap() for face in self.faces if base in face.cmap().characters), None)
        return first is not None and (base, selector) in first.variations

    def missing(self, text: str) -> tuple[MissingGlyph, ...]:
        """The characters of `text` that none of the faces can print; empty when all can."""
        return missing_glyphs(text, self)


def _default_directory() -> Path:
    try:
        return Path(str(resources.files(DEFAULT_FONT_PACKAGE)))
    except ModuleNotFoundError as error:
        raise FontError(
            "the default font is not installed",
            package=DEFAULT_FONT_PACKAGE,
        ) from error


def _existing(directory: Path) -> Path:
    if not directory.is_dir():
        raise FontError(f"font directory {directory} does not exist", path=str(directory))
    return directory.resolve()


def _ordered(
    loaded: typst.Fonts, base: Path, extra: tuple[Path, ...], hanazono: tuple[Path, ...]
) -> tuple[FontFace, ...]:
    found = sorted(
        (FontFace(family=info.family, path=Path(info.path), index=info.index) for info in loaded.fonts() if info.path),
        key=lambda face: (face.path, face.index),
    )
    default = [f for f in found if f.family == DEFAULT_FAMILY and f.path.is_relative_to(base)]
    if not default:
        raise FontError(f"the package {DEFAULT_FONT_PACKAGE} holds no {DEFAULT_FAMILY}", package=DEFAULT_FONT_PACKAGE)
    configured = [f for directory in extra for f in found if f.path.is_relative_to(directory)]
    rare = [f for directory in hanazono for f in found if f.path.is_relative_to(directory)]
    return tuple(dict.fromkeys((*default, *configured, *(f for f in rare if f.family in HANAZONO_FAMILIES))))


def fonts_of(home: Home) -> FontSet:
    """Return the fonts that a home prints with: the default ones and those of its own directories. Raises FontError."""
    return FontSet.default([Path(place) for place in home.settings.fonts])
