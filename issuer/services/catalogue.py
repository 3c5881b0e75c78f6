"""The catalogue of series and titles that is in use, and the end of a title or of all titles of a series.

Rules: a title that ends is marked in the next version and stays, so that certificates say what they said. From then on
only records of long ago name it. The mark has no day: it holds from the day on which it is made.

catalogue.take_into_use(opened, actor, data)
catalogue.end(opened, actor, 5002, first=today, basis="人社部发〔2026〕9号")
catalogue.current(opened).series(5).name
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from credential.catalogue import SERIES_STEP, Catalogue, Title
from credential.days import day_of
from credential.history import MAX_BASIS
from issuer import audit
from issuer.batches.falling import BatchFall, Falling, read_office
from issuer.db.locks import Lock
from issuer.errors import ConflictError, InputError
from issuer.home.opened import Actor, Opened
from issuer.office import catalogues, lists
from issuer.office.values import require_text


def take_into_use(opened: Opened, actor: Actor, data: bytes) -> Catalogue:
    """Take a version into use; it is published with the next trust list.

    Raises:
        MalformedError: not in the catalogue's form, or ``unknown_kind``: it says what this program does not know.
        InputError: ``catalogue_breaks``: certificates would say something else.
        ConflictError: ``old_catalogue``: this version or a later one is in use.
    """
    with opened.register.write(Lock.OFFICE) as session:
        return catalogues.take_into_use(session, data, actor=actor, now=opened.clock())


def current(opened: Opened) -> Catalogue:
    """Return the catalogue in use. Raises NotFoundError ``no_catalogue``."""
    with opened.register.read() as session:
        return lists.catalogue(session)


@dataclass(frozen=True, slots=True, kw_only=True)
class TitlesEnding:
    """What the end of a title, or of a series, would do."""

    titles: tuple[Title, ...]
    """Those that are not marked yet."""
    version: int
    """Of the catalogue that says so."""
    batches: tuple[BatchFall, ...]
    """Open batches with rows of these titles, which can still be issued."""


def plan_end(opened: Opened, number: int, *, first: date, basis: str) -> TitlesEnding:
    """Return what the end of a title or series would do; nothing is changed.

    Args:
        opened: the home.
        number: of a title, or of a series: then of all its titles.
        first: the first day without it, which is today.
        basis: why.

    Raises:
        UnknownEntryError: ``unknown_title``, ``unknown_series``.
        ConflictError: ``entry_ended``.
        InputError: ``catalogue_day``: another day; ``bad_text``.
    """
    _, ending = _plan(opened, number, first, basis)
    return ending


def end(opened: Opened, actor: Actor, number: int, *, first: date, basis: str) -> TitlesEnding:
    """Mark a title, or all titles of a series, as abolished in the next version of the catalogue.

    Raises:
        As ``plan_end`` and ``take_into_use``.
    """
    marked, ending = _plan(opened, number, first, basis)
    with opened.register.write(Lock.OFFICE) as session:
        catalogues.take_into_use(session, marked.to_json(), actor=actor, now=opened.clock())
        details = {"basis": basis, "titles": [each.number for each in ending.titles]}
        audit.append(
            session, actor=actor, act="catalogue.end", subject=str(number), details=details, now=opened.clock()
        )
    return ending


def _plan(opened: Opened, number: int, first: date, basis: str) -> tuple[Catalogue, TitlesEnding]:
    require_text("basis", basis, MAX_BASIS)
    today = day_of(opened.clock())
    if first != today:
        message = f"the mark of a title holds from the day on which it is made: {today}, not {first}"
        raise InputError("catalogue_day", message, today=today, first=first)
    with opened.register.read() as session:
        before = lists.catalogue(session)
        titles = _titles(before, number)
        numbers = frozenset(each.number for each in titles)
        office = read_office(session)
        waiting = Falling(session=session, vault=opened.vault, before=office, after=office).titled(numbers)
    changed = tuple(replace(each, abolished=True) if each.number in numbers else each for each in before.titles)
    marked = replace(before, version=before.version + 1, titles=changed)
    batches = tuple(BatchFall(batch=batch, rows=rows) for batch, rows in sorted(waiting.items()))
    return marked, TitlesEnding(titles=titles, version=marked.version, batches=batches)


def _titles(catalogue: Catalogue, number: int) -> tuple[Title, ...]:
    named = (
        (catalogue.title(number),) if number >= SERIES_STEP else catalogue.titles_of(catalogue.series(number).number)
    )
    left = tuple(each for each in named if not each.abolished)
    if not left:
        message = f"title or series {number} of the catalogue is abolished already"
        raise ConflictError("entry_ended", message, kind="title", entry=str(number), first="-", basis="-")
    return left
