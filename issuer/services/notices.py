"""Notices to holders, as the office sees them: which there are, how each reached its holder, and paper for the others.

Rules: the worker makes them. A list opens nothing. Who prints notices opens them, and that is noted before.

    notices.listed(opened, unprinted=True)
    notices.printed(opened, actor, ids)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from issuer.auditing.opened import READ_NOTICE, note
from issuer.db import notices as stored
from issuer.db.certificates import by_number
from issuer.db.notices import StoredNotice
from issuer.errors import NotAllowedError
from issuer.home.opened import Actor, Opened
from issuer.notices.making import opened as opened_notice
from issuer.notices.wording import as_text

__all__ = ["ListedNotice", "Printed", "Reaching", "listed", "printed"]

MOST_NOTICES = 10_000


class Reaching(StrEnum):
    """How a notice reaches its holder."""

    WAITING = "waiting"
    """A letter is to tell of it."""
    TOLD = "told"
    TO_PRINT = "to_print"
    """Nobody can be written to; or the letter did not leave."""
    PRINTED = "printed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedNotice:
    """A notice as a list shows it."""

    id: str
    number: str
    kind: str
    made: datetime
    reaching: Reaching
    attempts: int
    last_error: str | None
    sent: datetime | None
    printed: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """A notice on paper."""

    id: str
    number: str
    pdf: bytes = field(repr=False)
    text: str = field(repr=False)


def listed(
    opened: Opened, *, number: str | None = None, unprinted: bool = False, limit: int = MOST_NOTICES
) -> tuple[ListedNotice, ...]:
    """Return notices, newest first: of one certificate, or all; ``unprinted``: those that wait for paper.

    Raises:
        NotFoundError: ``no_certificate``.
    """
    with opened.register.read() as session:
        if number is not None:
            by_number(session, number)
        found = stored.notices_of(session, number=number, unprinted=unprinted, limit=limit)
    return tuple(_listed(each) for each in found)


def printed(opened: Opened, actor: Actor, ids: Sequence[str]) -> tuple[Printed, ...]:
    """Return notices as PDF and text, after it was noted who opens them; those of erased holders are left out.

    Raises:
        NotFoundError: ``no_notice``.
        ConflictError: ``reading_unrecorded``.
        MachineError: ``not_printed``.
        FontError: a font is missing.
    """
    from issuer.documents.fonts import LABEL_FAMILY, fonts_of  # noqa: PLC0415 - use cases load no designs
    from issuer.notices.printing import Press  # noqa: PLC0415

    with opened.register.read() as session:
        found = stored.notices_of(session, ids=ids, limit=MOST_NOTICES)
    stored.require_all(found, ids)
    note(opened, actor, READ_NOTICE, [each.number for each in found])
    fonts = fonts_of(opened.home)
    press = Press((*fonts.families, LABEL_FAMILY), fonts.typst_fonts)
    made = []
    for each in found:
        try:
            facts = opened_notice(opened.vault, each)
        except NotAllowedError as error:
            if error.code != "erased":
                raise
            continue
        made.append(Printed(id=each.id, number=each.number, pdf=press.pdf(facts), text=as_text(facts)))
    with opened.register.write() as session:
        stored.printed(session, [each.id for each in made], at=opened.clock().replace(microsecond=0))
    return tuple(made)


def _listed(each: StoredNotice) -> ListedNotice:
    return ListedNotice(
        id=each.id,
        number=each.number,
        kind=each.kind,
        made=each.made,
        reaching=_reaching(each),
        attempts=each.attempts,
        last_error=each.last_error,
        sent=each.sent,
        printed=each.printed,
    )


def _reaching(each: StoredNotice) -> Reaching:
    if each.sent is not None:
        return Reaching.TOLD
    if each.printed is not None:
        return Reaching.PRINTED
    return Reaching.WAITING if each.next_try is not None else Reaching.TO_PRINT
