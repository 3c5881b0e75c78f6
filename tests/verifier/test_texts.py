"""What stands around a text is left out and noted; the rest of the way is strict (FORMAT 12.1)."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from credential.outcomes import InputNote, Outcome, Reason, Source
from tests.support.files import CHILDREN
from tests.support.world import NOW, World
from verifier.reader.fetchers import MemoryFetcher
from verifier.reader.memory import MemoryStore
from verifier.reader.publication import PublicationReader
from verifier.sources.recognise import Kind, found_text, recognise, recognise_argument, recognise_text
from verifier.sources.texts import WHITE_SPACE, tidy
from verifier.verifying import verify_found

TABLE: list[dict[str, Any]] = json.loads((Path(__file__).parents[1] / "support" / "tidied.json").read_text("utf-8"))
"""The page is asked the same one (tests/page/modules.test.mjs)."""
ODD: list[dict[str, Any]] = json.loads((Path(__file__).parents[1] / "support" / "odd_links.json").read_text("utf-8"))
"""Links that no code of ours holds; the page is asked the same ones."""


def filled(text: str | None) -> str | None:
    """A row's text with its digits: ``{D}`` is 120 of them, ``{100}`` and ``{99}`` as many as they say."""
    if text is None:
        return None
    return text.replace("{D}", "3" * 120).replace("{100}", "9" * 100).replace("{99}", "9" * 99)


WORLD = World()
CERTIFICATE = WORLD.issue()
FILES = WORLD.publish()
HEAD, DIGITS = CERTIFICATE.qr_text.split("#")
AROUND = (InputNote.BLANKS_IGNORED, InputNote.QUERY_IGNORED, InputNote.TAIL_IGNORED)


def reader() -> PublicationReader:
    return PublicationReader(MemoryFetcher(FILES), WORLD.pinned_root, store=MemoryStore())


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row["why"])
def test_what_stands_around_a_text(row: dict[str, Any]) -> None:
    assert tidy(row["text"]) == (row["tidied"], tuple(row["notes"]))


@pytest.mark.parametrize("row", ODD, ids=lambda row: row["why"])
def test_a_link_as_messengers_and_forgers_make_it(row: dict[str, Any]) -> None:
    text, expected, address = (filled(row[name]) for name in ("text", "qr_text", "address"))
    found = found_text(Kind.QR_TEXT, text or "")
    assert (found.address, [note.value for note in found.notes]) == (address, row["notes"])
    if address is None:
        assert found.text == (text if expected is None else expected)
    else:
        assert found.text.isascii()
        assert found.text.isdigit()


def test_blanks_are_those_of_unicode() -> None:
    """PropList.txt: separators, and the controls that end lines and set tabs."""
    separators = {chr(code) for code in range(0x3001) if unicodedata.category(chr(code)) in {"Zs", "Zl", "Zp"}}
    assert set(WHITE_SPACE) == separators | set("\t\n\v\f\r\x85")


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        (CERTIFICATE.qr_text, ()),
        (f" {CERTIFICATE.qr_text}\r\n", (InputNote.BLANKS_IGNORED,)),
        (f"{HEAD}?from=chat#{DIGITS}", (InputNote.QUERY_IGNORED,)),
        (f"{CERTIFICATE.qr_text}&from=chat", (InputNote.TAIL_IGNORED,)),
        (f" {HEAD}?a#{DIGITS}#b", AROUND),
        (f"{HEAD}#{DIGITS}#wechat_redirect", (InputNote.TAIL_IGNORED,)),
        (f"{HEAD}#{DIGITS[:90]}\r\n{DIGITS[90:]}", (InputNote.BREAKS_IGNORED,)),
        (f"{HEAD}%23{DIGITS}", (InputNote.ENCODING_UNDONE,)),
        (quote(CERTIFICATE.qr_text, safe=""), (InputNote.ENCODING_UNDONE,)),
        (f"{HEAD.upper()}#{DIGITS}", (InputNote.ADDRESS_REWRITTEN,)),
        (HEAD.replace(".", "\u3002") + "#" + DIGITS, (InputNote.ADDRESS_REWRITTEN,)),
    ],
)
def test_the_verdict_is_the_same_and_notes_it(text: str, notes: tuple[InputNote, ...]) -> None:
    expected = verify_found(recognise_text(CERTIFICATE.qr_text), reader(), CHILDREN, now=NOW).to_json()
    for found in (recognise_text(text), *recognise_argument(text, CHILDREN), *recognise(text.encode(), CHILDREN)):
        verdict = verify_found(found, reader(), CHILDREN, now=NOW)
        assert verdict.to_json() == expected | {"input_notes": [note.value for note in notes]}
        assert verdict.outcome is Outcome.VALID


def test_a_check_code_with_blanks_around_it_is_one() -> None:
    found = recognise_text(f"\u3000{CERTIFICATE.grouped_code}\n")
    assert (found.kind, found.text) == (Kind.CHECK_CODE, CERTIFICATE.grouped_code)
    verdict = verify_found(found, reader(), CHILDREN, now=NOW)
    assert (verdict.outcome, verdict.source) == (Outcome.VALID, Source.CHECK_CODE)
    assert verdict.input_notes == (InputNote.BLANKS_IGNORED,)


def test_notes_are_told_of_a_refusal_too() -> None:
    verdict = verify_found(recognise_text(" https://zc.example/v/?a#12x "), reader(), CHILDREN, now=NOW)
    assert verdict.reason is Reason.NOT_CANONICAL
    assert verdict.input_notes == (InputNote.BLANKS_IGNORED, InputNote.QUERY_IGNORED)
