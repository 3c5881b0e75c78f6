"""Filings and catalogue, named by their digests in the trust list (FORMAT 9)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from credential import jsonform
from tests.support.world import World
from tests.vectors.model import Book
from tests.vectors.served import VALID, ask, recatalogued, refiled


def cases(book: Book) -> None:
    """Each has a publication of its own, which differs in one file or two from the one in order."""
    _catalogues(book)
    _filings(book)


def _catalogues(book: Book) -> None:
    """A catalogue that the trust list names and that is not in order: no names are shown, nothing else changes."""

    def nested(levels: int) -> Callable[[dict[str, Any]], bytes]:
        brackets = b"[" * (levels - 2) + b"]" * (levels - 2)
        ext = {"note": 0}
        return lambda payload: jsonform.encode({**payload, "ext": ext}).replace(b'"note":0', b'"note":' + brackets)

    def numbered(number: object) -> Callable[[dict[str, Any]], dict[str, Any]]:
        return lambda payload: {**payload, "series": [{**payload["series"][0], "number": number}]}

    def called(name: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
        return lambda payload: {**payload, "titles": [{**payload["titles"][0], "name": name}]}

    for name, why, change in (
        ("catalogue_with_a_name_that_turns_round", "U+202E is in no name.", called("高级\u202e工程师")),
        ("catalogue_with_a_name_of_101", "At most 100 code points.", called("师" * 101)),
        ("catalogue_of_18_levels", "At most 17 levels of JSON.", nested(18)),
        ("catalogue_of_17_levels", "What stands in ext is not looked at.", nested(17)),
        ("catalogue_with_another_member", "Exactly these members.", lambda p: {**p, "note": ""}),
        ("catalogue_with_number_true", "true is no number.", numbered(True)),
        ("catalogue_with_number_as_text", "A number is a number.", numbered("5")),
        ("catalogue_without_titles", "Series and titles.", lambda p: {**p, "titles": None}),
        ("catalogue_as_array", "An object.", lambda _: b"[]"),
        ("catalogue_not_canonical", "Canonical JSON.", lambda p: json.dumps(p).encode()),
    ):
        ask(book, name, VALID, f"{why} A catalogue decides nothing.", "9", tamper=recatalogued(change))


def _filings(book: Book) -> None:
    """A filings file that the trust list names and that is not in order: what it says cannot be known (FORMAT 9)."""

    def first(payload: dict[str, Any], **changes: object) -> dict[str, Any]:
        return {**payload, "filings": [{**payload["filings"][0], **changes}, *payload["filings"][1:]]}

    old = book.scene(World(), tamper=refiled(lambda p: first(p, **{"from": "1949-10-01"})))
    old.case("filings_from_1949", VALID, "A filing can be older than 1970.", "9", old.world.issue())
    for name, why, change in (
        (
            "filings_with_a_number_twice",
            "A number names one filing.",
            lambda p: {**p, "filings": p["filings"] + p["filings"][:1]},
        ),
        (
            "filings_of_an_unknown_committee",
            "A filing's committee is in the file.",
            lambda p: first(p, committee="nobody"),
        ),
        (
            "filings_with_a_committee_twice",
            "A committee is named once.",
            lambda p: {**p, "committees": p["committees"] * 2},
        ),
        ("filings_with_a_day_that_is_none", "2026-02-30 is no day.", lambda p: first(p, **{"from": "2026-02-30"})),
        ("filings_with_a_span_backwards", "until is not before from.", lambda p: first(p, until="2020-01-01")),
        ("filings_with_a_level_six", "Levels 1 to 5.", lambda p: first(p, levels=[6])),
        ("filings_with_levels_unsorted", "Ascending, each once.", lambda p: first(p, levels=[2, 1])),
        ("filings_with_another_member", "Exactly these members.", lambda p: first(p, note="")),
        ("filings_not_canonical", "Canonical JSON.", lambda p: json.dumps(p).encode()),
        ("filings_with_a_line_end", "No byte behind the value.", lambda p: jsonform.encode(p) + b"\n"),
        (
            "filings_number_with_zero_width_space",
            "No text holds a character that cannot be seen.",
            lambda p: first(p, number="示评备\u200b〔2025〕012号"),
        ),
    ):
        ask(book, f"{name}_fail", "indeterminate/filings_unreachable", why, "9", tamper=refiled(change))
