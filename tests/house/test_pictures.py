"""The pictures of the handbooks are what the commands write, in one language each, and name nothing of a machine."""

from __future__ import annotations

import re
import shutil
from html import unescape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.support.demonstrated import demonstration_report
from tests.support.loaded import loaded_python
from tests.support.tools import ROOT
from tools.pictures import FOLDER, LANGUAGES, STEPS, walk
from tools.svg import CELL, drawn, screen

__all__ = ["demonstration_report"]

PICTURES = sorted(FOLDER.glob("*.svg"))
BOOKS = [*(ROOT / "docs" / "zh").glob("*.md"), *(ROOT / "docs" / "en").glob("*.md")]


def texts(picture: str) -> str:
    """The words of a picture, line by line."""
    rows: dict[str, str] = {}
    for row, text in re.findall(r'<text x="[^"]+" y="([^"]+)"[^>]*>([^<]*)</text>', picture):
        rows[row] = rows.get(row, "") + unescape(text)
    return "\n".join(rows.values())


def test_there_is_a_picture_for_every_step_in_both_languages() -> None:
    assert {path.stem for path in PICTURES} == {
        f"{step.name}-{each}" for step in STEPS if step.name for each in LANGUAGES
    }


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.stem)
def test_a_picture_is_small_and_in_one_language(path: Path) -> None:
    picture = path.read_text("utf-8")
    assert len(picture) < 20_000
    assert "http" not in picture.replace("http://www.w3.org/2000/svg", "")
    _, _, said = texts(picture).partition("\n")
    if path.stem.endswith("-zh"):
        prose = re.sub(r"titlecert [\w-]+ [\w-]+", "", said)
        assert re.findall(r"(?<![-\w./])[a-z]{2,} [a-z]{2,} [a-z]{2,}", prose) == []


def test_every_picture_is_shown_in_a_handbook() -> None:
    shown = {name for book in BOOKS for name in re.findall(r"images/terminal/([\w-]+)\.svg", book.read_text("utf-8"))}
    assert shown == {path.stem for path in PICTURES}


def test_what_was_drawn_again_stands_there_once() -> None:
    again = "one\r\x1b[2K\x1b[1A\x1b[2K"
    assert screen(f"before\nfirst\n{again}second\n") == "before\nsecond"


def test_every_character_has_its_cell() -> None:
    picture = drawn("\x1b[1;31m错误\x1b[0m ab & c", columns=20)
    assert f'textLength="{4 * CELL:g}" class="w b" style="fill:#b31d28">错误<' in picture
    assert f'x="{14 + 4 * CELL:g}"' in picture
    assert "ab &amp; c" in picture


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_pictures_are_what_the_commands_write(demonstration_report: dict[str, Any]) -> None:
    # In a place with a short name, as the pictures are made: a long one takes a line more.
    with TemporaryDirectory() as place:
        shutil.copytree(demonstration_report["home"], Path(place) / "office")
        made = walk(Path(place), "zh", loaded_python())
        old = [name for name, picture in made if (FOLDER / name).read_text("utf-8") != picture]
    assert old == [], "write them again: python -m tools.pictures"
