"""What is signed with a batch, as a person takes it in: counts, everything that was found, and a phrase to read out.

Rules: everything is counted from the rows as they open now, and never from a column; the phrase stands for the root
over just these rows, so that what is counted and what is signed are one thing. A row that does not open is counted as
such. Where the rows are not those that were checked, there is no phrase.

    seen = overview(session, vault, "sf-hrss-0001")
    seen.phrase                                 # '4711 0815 2024 9321 0077'
    seen.counts["title"][0]                     # Counted(zh='高级工程师', en='Senior Engineer', rows=24)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from sqlalchemy import select

from credential.catalogue import Catalogue, Level, Series, Title, UnknownEntryError, Way
from credential.merkle import root_of
from issuer.batches.asking import PENDING, same_title
from issuer.batches.plain import HAS_PHOTO
from issuer.batches.rows import AwardContent, AwardFindings, findings_of, open_each
from issuer.batches.rows import batch as read_batch
from issuer.db.models import AwardRow, AwardState, BatchRow
from issuer.db.sessions import ReadSession, chunked
from issuer.errors import IssuerError
from issuer.intake.model import AwardDraft
from issuer.office import lists
from issuer.vault import Vault

PHRASE_DIGITS: Final = 20
"""About 66 bits: nobody finds another list with a given phrase, and two persons read it out in ten seconds."""
_GROUP: Final = 4
_LABEL: Final = b"titlecert: the phrase of a root over rows\x00"
_Names = tuple[str, str]
_Entry = Series | Title | Level | Way


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How many rows say the same."""

    zh: str
    en: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Twice:
    """A row whose award waits in another batch too."""

    sheet_row: int
    batch: str
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """A batch as it is shown to whoever signs for it."""

    rows: int
    """Rows that opened: those that passed the check, whatever became of them since."""
    unreadable: int
    """Rows that did not open: erased, or altered."""
    counts: Mapping[str, tuple[Counted, ...]]
    """By ``title``, ``level``, ``way``, ``committee``, ``award_date``, ``scope``, ``photo``; most frequent first."""
    findings: tuple[AwardFindings, ...] = field(repr=False)
    """What the check found: of the whole list first, then of the rows in their order."""
    twice: tuple[Twice, ...]
    """Rows that wait here and in another batch, of which only one can be issued."""
    rows_root: bytes
    phrase: str | None
    """None where the rows are not, or not all, those under the root."""


def phrase_of(rows_root: bytes) -> str:
    """Return what stands for a root when two persons compare it: 20 digits in groups of four."""
    number = int.from_bytes(sha256(_LABEL + rows_root).digest()) % 10**PHRASE_DIGITS
    digits = f"{number:0{PHRASE_DIGITS}}"
    return " ".join(digits[at : at + _GROUP] for at in range(0, PHRASE_DIGITS, _GROUP))


def same_phrase(one: str, other: str) -> bool:
    """Whether two phrases have the same digits, however they are grouped."""
    first, second = ("".join(each for each in text if each not in " -") for text in (one, other))
    return first == second


def overview(session: ReadSession, vault: Vault, batch_id: str) -> Overview:
    """Count what is signed with a batch.

    Raises:
        NotFoundError: ``no_batch``, ``no_catalogue``.
        NotAllowedError: ``wrong_kek``: what was found does not open.
    """
    batch = read_batch(session, batch_id)
    found = opened(session, vault, batch_id)
    rows = [each.content for each in found if isinstance(each.content, AwardContent)]
    whole = len(rows) == len(found) and root_of(row.normal for row in rows) == batch.rows_root
    return Overview(
        rows=len(rows),
        unreadable=len(found) - len(rows),
        counts=_counts([row.draft for row in rows], lists.catalogue(session)),
        findings=tuple(findings_of(session, vault, batch_id)),
        twice=tuple(_twice(session, vault, rows)),
        rows_root=batch.rows_root,
        phrase=phrase_of(batch.rows_root) if whole else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedRow:
    """A row that passed the check, or why it does not open."""

    sheet_row: int
    state: AwardState
    content: AwardContent | IssuerError = field(repr=False)


def opened(session: ReadSession, vault: Vault, batch_id: str) -> list[OpenedRow]:
    """Open the rows that passed the check, in the order of the file."""
    query = select(AwardRow.id, AwardRow.sheet_row, AwardRow.state).order_by(AwardRow.seq)
    ordered = session.execute(query.where(AwardRow.batch == batch_id, AwardRow.payload.is_not(None))).all()
    found = open_each(session, vault, [award for award, _, _ in ordered])
    return [OpenedRow(sheet_row=row, state=state, content=found[award]) for award, row, state in ordered]


def _twice(session: ReadSession, vault: Vault, rows: Sequence[AwardContent]) -> Iterator[Twice]:
    waiting: dict[str, list[AwardContent]] = {}
    for row in rows:
        if row.state is AwardState.WAITING:
            waiting.setdefault(row.holder, []).append(row)
    others = _waiting_elsewhere(session, waiting, {row.batch for row in rows})
    contents = open_each(session, vault, [other.id for other in others])
    for other in others:
        content = contents[other.id]
        for row in waiting[other.holder or ""]:
            if isinstance(content, AwardContent) and same_title(row.draft, content.draft):
                yield Twice(sheet_row=row.draft.sheet_row, batch=other.batch, row=other.sheet_row)


def _waiting_elsewhere(session: ReadSession, holders: Iterable[str], but: Collection[str]) -> list[AwardRow]:
    """What of these holders waits in other batches.

    The states are compared here: the database would read whatever waits, for anybody.
    """
    query = select(AwardRow, BatchRow.state).join(BatchRow, BatchRow.id == AwardRow.batch)
    query = query.where(AwardRow.batch.not_in(but)).order_by(AwardRow.batch, AwardRow.seq)
    return [
        row
        for chunk in chunked(sorted(holders))
        for row, state in session.execute(query.where(AwardRow.holder.in_(chunk)))
        if row.state is AwardState.WAITING and state in PENDING
    ]


def _counts(drafts: Sequence[AwardDraft], catalogue: Catalogue) -> dict[str, tuple[Counted, ...]]:
    return {
        "title": _counted(_title(catalogue, draft) for draft in drafts),
        "level": _counted(_named(catalogue.level, draft.level) for draft in drafts),
        "way": _counted(_named(catalogue.way, draft.way) for draft in drafts),
        "committee": _counted(_as_is(draft.filing_number, ("无", "none")) for draft in drafts),
        "award_date": _counted(_as_is(draft.award_date.isoformat()) for draft in drafts),
        "scope": _counted(
            _as_is(None if draft.scope is None else draft.scope.name, ("不限", "everywhere")) for draft in drafts
        ),
        "photo": _counted(HAS_PHOTO[draft.photo is not None] for draft in drafts),
    }


def _counted(names: Iterable[_Names]) -> tuple[Counted, ...]:
    many = Counter(names)
    return tuple(Counted(zh=zh, en=en, rows=many[zh, en]) for zh, en in sorted(many, key=lambda of: (-many[of], of)))


def _title(catalogue: Catalogue, draft: AwardDraft) -> _Names:
    """Series and title: several series have a title of the same name."""
    series, title = _named(catalogue.series, draft.series), _named(catalogue.title, draft.title)
    return f"{series[0]} {title[0]}", f"{series[1]}: {title[1]}"


def _named(find: Callable[[int], _Entry], number: int) -> _Names:
    try:
        entry = find(number)
    except UnknownEntryError:
        return str(number), str(number)
    return entry.name, entry.name_en


def _as_is(value: str | None, absent: _Names = ("", "")) -> _Names:
    return absent if value is None else (value, value)
