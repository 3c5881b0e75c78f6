"""When one version of the catalogue may follow another (FORMAT 9): credentials carry its numbers for thirty years.

Rules: numbers stay what they are. A series or title that ends is marked abolished and stays; no title changes its name
or level, because the certificate that somebody holds says the old one; levels and ways are the verdict's own words,
which is what documents print. All breaches are told at once.

    check_successor(Catalogue.from_json(data), older)     # raises InputError catalogue_breaks
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from credential.catalogue import MAX_TITLE, Catalogue, Level, Series, Title, Way
from credential.characters import is_text
from credential.words import words
from issuer.errors import InputError


class Breach(NamedTuple):
    """What does not follow."""

    entry: str
    """The entry, by what the older catalogue or the verdict calls it and, where that is another name, the newer one."""
    sentence: str


TOLD: Final = 20
"""Breaches named in the message; a wrong file breaks everything, and nobody reads two hundred."""


def check_successor(newer: Catalogue, older: Catalogue | None) -> None:
    """Refuse a catalogue that would make certificates say something else than they did.

    Args:
        newer: the version that shall be taken into use.
        older: the version in use, None for the first.

    Raises:
        InputError: ``catalogue_breaks``; field ``breaches`` holds a sentence for each.
    """
    breaches = [*_words(newer), *(() if older is None else _changes(newer, older))]
    if breaches:
        more = f"; and {len(breaches) - TOLD} more" if len(breaches) > TOLD else ""
        told = "; ".join(each.sentence for each in breaches[:TOLD])
        raise InputError(
            "catalogue_breaks",
            f"catalogue version {newer.version} cannot follow: {told}{more}. Give what is new a new number, and mark "
            "what has ended as abolished",
            breaches=tuple(each.sentence for each in breaches),
            entries=tuple(each.entry for each in breaches[:TOLD]),
            count=len(breaches),
        )


def _words(catalogue: Catalogue) -> Iterator[Breach]:
    named: tuple[Series | Title, ...] = (*catalogue.all_series, *catalogue.titles)
    for entry in named:
        if not is_text(entry.name, MAX_TITLE) or not is_text(entry.name_en, 2 * MAX_TITLE):
            sentence = (
                f"the name of {entry.number} is longer than {MAX_TITLE} characters, or holds some that cannot be seen"
            )
            yield Breach(str(entry.number), sentence)
    yield from _named("level", "levels", catalogue.levels)
    yield from _named("way", "ways", catalogue.ways)


def _named(what: str, section: str, entries: Iterable[Level | Way]) -> Iterator[Breach]:
    known = words()[section]
    for entry in entries:
        expected = known.get(str(entry.code))
        if expected is None:
            yield Breach(f"{entry.code} {entry.name}", f"{what} {entry.code} is none that verdicts have a word for")
        elif (entry.name, entry.name_en) != (expected["zh"]["title"], expected["en"]["title"]):
            zh, en = expected["zh"]["title"], expected["en"]["title"]
            yield Breach(f"{entry.code} {zh}→{entry.name}", f"{what} {entry.code} is {zh} ({en}), not {entry.name}")


def _changes(newer: Catalogue, older: Catalogue) -> Iterator[Breach]:
    series = {each.number: each for each in newer.all_series}
    for before in older.all_series:
        after = series.get(before.number)
        if after is None:
            yield Breach(f"{before.number} {before.name}", f"series {before.number} {before.name} is gone")
        elif after.name != before.name:
            sentence = f"series {before.number} was {before.name} and is {after.name}"
            yield Breach(f"{before.number} {before.name}→{after.name}", sentence)
    titles = {each.number: each for each in newer.titles}
    for title in older.titles:
        yield from _title(title, titles.get(title.number))


def _title(before: Title, after: Title | None) -> Iterator[Breach]:
    if after is None:
        yield Breach(f"{before.number} {before.name}", f"title {before.number} {before.name} is gone")
    elif (after.name, after.level) != (before.name, before.level):
        was, now = f"{before.name}, level {before.level}", f"{after.name}, level {after.level}"
        yield Breach(f"{before.number} {before.name}→{after.name}", f"title {before.number} was {was}, and is {now}")
