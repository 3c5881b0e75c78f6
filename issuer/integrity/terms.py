"""What a withdrawal for fraud says of its holder: the record that follows from the event, word for word.

Rules: a record is worked out from the withdrawal, in one place: when it is opened, when it bars, and when it is proven.
A jurisdiction's term is configuration; another term holds for withdrawals recorded from its day on.

    record_of(event, blind_index=index, certificate=certificate_id)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from credential.days import day_of
from issuer.db.events import Event
from issuer.db.integrity import IntegrityRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegrityTerm:
    """How long a holder is barred after a withdrawal for fraud, and by what law (configuration of a jurisdiction)."""

    years: int
    basis: str


NATIONAL_TERM: Final = IntegrityTerm(years=3, basis="职称评审管理暂行规定（人力资源社会保障部令第40号）")
TERMS: Final = ((date.min, NATIONAL_TERM),)
"""From which day on which term holds, in order. A line is added, none is changed: records were opened under it."""


def term_on(day: date) -> IntegrityTerm:
    """Return the term for a withdrawal that is recorded on a day."""
    return [term for begins, term in TERMS if begins <= day][-1]


def record_of(event: Event, *, blind_index: bytes, certificate: str) -> IntegrityRecord:
    """Return the record that a withdrawal for fraud opens.

    Args:
        event: the withdrawal.
        blind_index: whose certificate it was.
        certificate: its row's id.
    """
    term = term_on(day_of(event.recorded))
    return IntegrityRecord(
        blind_index=blind_index,
        authority=event.authority,
        certificate=certificate,
        basis=term.basis,
        document=event.document,
        term_from=event.effective,
        term_until=years_after(event.effective, term.years),
        recorded=event.recorded,
        statement=event.statement,
    )


def years_after(day: date, years: int) -> date:
    """Return the same day of a later year; 28 February for the 29th where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return date(day.year + years, 2, 28)
