"""The PDF of what is held about a holder, set with Typst in the visitor's language.

Rules: what is printed comes as JSON inside one literal string, so that no text can become markup (as in
``issuer.documents.render``). Only fonts of the program and those that the office named are used.

    Printer(fonts).print(tables, title="...", now=now)
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import typst

from issuer.notices.printing import Press

_FONTS: Final = "pylopdf_fonts_zh_cn"
_FAMILIES: Final = ("Noto Sans SC", "Noto Serif SC", "HanaMinA", "HanaMinB")
_SERIF_FIRST: Final = ("Noto Serif SC", "Noto Sans SC", "HanaMinA", "HanaMinB")
_RARE: Final = (Path("/usr/share/fonts/truetype/hanazono"), Path("/usr/share/fonts/hanazono"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the print: a heading, sentences, and rows of label and text."""

    title: str
    notes: Sequence[str] = ()
    rows: Sequence[tuple[str, str]] = ()


class Printer:
    """Sets prints with one typesetter, one after the other."""

    def __init__(self, fonts: Sequence[Path] = ()) -> None:
        self._fonts = fonts
        self._lock = threading.Lock()

    def print(self, sections: Sequence[Section], *, title: str, subtitle: str, language: str, now: datetime) -> bytes:
        """Return a PDF.

        Args:
            sections: what is printed, in this order.
            title: the heading of the whole.
            subtitle: the line below it.
            language: ``zh`` or ``en``, for screen readers and line breaks.
            now: aware instant, written as the PDF's date.
        """
        data = {
            "title": title,
            "subtitle": subtitle,
            "language": language,
            "families": _FAMILIES,
            "sections": [asdict(each) for each in sections],
        }
        with self._lock:
            made: Any = self._compiler.compile(_source(data), format="pdf", timestamp=int(now.timestamp()))
        return bytes(made)

    @cached_property
    def _compiler(self) -> typst.Compiler:
        fonts = _loaded(self._fonts)
        root = str(files("issuer.desk").joinpath("print"))
        return typst.Compiler(root=root, font_paths=fonts, ignore_system_fonts=True)


def press_of(fonts: Sequence[Path]) -> Press:
    """Return what prints notices, with the fonts of the program and those that the office named."""
    return Press(_SERIF_FIRST, _loaded(fonts))


def _loaded(fonts: Sequence[Path]) -> typst.Fonts:
    folders = [str(files(_FONTS)), *map(str, fonts), *(str(each) for each in _RARE if each.is_dir())]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=folders)


def _source(data: dict[str, Any]) -> bytes:
    text = json.dumps(data, ensure_ascii=True).replace("\\", "\\\\").replace('"', '\\"')
    return f'#import "held.typ": print\n#print(json(bytes("{text}")))\n'.encode("ascii")
