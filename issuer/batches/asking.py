"""What the register is asked about the people of a list: who is barred, what is issued, withdrawn, or waits elsewhere.

Rules. The rows that will be asked about can be told before: then the register is asked once for all of them. That
changes no answer: what was not told before is looked for when it is asked. A row that does not open is an error for the
question that needs it, and for no other. What was found is kept for the rows told last, and as long as the session.

    asked = Asked(session, vault)
    asked.ahead(drafts, today)
    asked.existing(drafts[0])           # '99000020262000001', or None
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from sqlalchemy import ColumnElement, and_, or_, select

from credential.statuslist import Status
from issuer.batches.rows import AwardContent, open_each
from issuer.db.integrity import IntegrityRecord
from issuer.db.models import AwardRow, AwardState, BatchRow, BatchState, CertificateRow, HolderRow
from issuer.db.sessions import ReadSession, chunked
from issuer.errors import IssuerError
from issuer.identifiers import IdType
from issuer.intake.model import AwardDraft, Elsewhere, ReplacementReason
from issuer.integrity import barring
from issuer.integrity.standing import NOTHING_PROVEN, Standings
from issuer.vault import Vault

PENDING: Final = frozenset({BatchState.CHECKED, BatchState.SUBMITTED, BatchState.APPROVED, BatchState.ISSUING})
"""A batch of which something may still be issued."""
_NUMBERED: Final = frozenset({AwardState.RESERVED, AwardState.ISSUED})
"""An award for which a number was taken."""
_ENDED: Final = frozenset({Status.WITHDRAWN, Status.CANCELLED, Status.SUPERSEDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Issued:
    """An award of a person for which a number was taken."""

    award: str
    number: str
    state: Status


@dataclass(frozen=True, slots=True, kw_only=True)
class _Other:
    """An award of a person that waits in a batch, or whose certificate was withdrawn."""

    award: str
    batch: str
    row: int
    number: str | None
    waits: bool


class Asked:
    """The questions about people, asked of one session."""

    def __init__(
        self, session: ReadSession, vault: Vault, *, waiting: bool = True, standings: Standings = NOTHING_PROVEN
    ) -> None:
        """Begin to ask.

        Args:
            session: reads.
            vault: finds people and opens rows.
            waiting: whether rows that wait in some batch are looked for at all.
            standings: what operators signed of integrity records.
        """
        self._session, self._vault, self._waiting, self._standings = session, vault, waiting, standings
        self._forget()

    def ahead(self, drafts: Sequence[AwardDraft], today: date) -> None:
        """Look for everything that the questions about these rows need; what was found before is forgotten."""
        self._forget()
        indexes = dict.fromkeys(self._index(draft.id_type, draft.id_number) for draft in drafts)
        self._load_bars(indexes, today)
        self._load_issued(indexes)
        # Without those that wait, what is looked for has a certificate, and whoever has none is known by now.
        self._others |= {index: [] for index in indexes}
        self._load_others(indexes if self._waiting else [index for index in indexes if index in self._certified])
        self._open({each.award for found in (self._issued, self._others) for of in found.values() for each in of})

    def is_barred(self, id_type: IdType, number: str, today: date) -> bool:
        """Whether an integrity record bars this person on a day, by what an operator signed."""
        return any(each.statement is not None for each in self._bars_of(id_type, number, today))

    def bars(self, draft: AwardDraft, today: date) -> list[IntegrityRecord]:
        """Return the integrity records that stand against a row on a day.

        One that opened with a withdrawal ends with it: it does not stand against the row that restores the title.
        """
        records = self._bars_of(draft.id_type, draft.id_number, today)
        return without_restored(self._session, records, draft)

    def existing(self, draft: AwardDraft) -> str | None:
        """Return the number of a certificate that this person holds for the same title, if it has not ended.

        The certificate that the row itself replaces does not count.
        """
        index = self._index(draft.id_type, draft.id_number)
        if index not in self._issued:
            self._load_issued([index])
        replaced = None if draft.replaces is None else draft.replaces.number
        for each in self._issued[index]:
            if each.state in _ENDED or each.number == replaced:
                continue
            if same_title(self._opened(each.award).draft, draft):
                return each.number
        return None

    def elsewhere(self, draft: AwardDraft) -> Elsewhere:
        """Return a withdrawn certificate of this person for the same title, and another batch where the award waits.

        A certificate of the same day goes before others. A row that replaces a certificate is not asked what was
        withdrawn: it may restore it.
        """
        index = self._index(draft.id_type, draft.id_number)
        if index not in self._others:
            self._load_others([index])
        found = Elsewhere()
        for each in self._others[index]:
            other = self._opened(each.award).draft
            if not same_title(other, draft):
                continue
            if each.waits:
                found = replace(found, batch=each.batch, row=each.row)
            elif draft.replaces is None and not found.same_award:
                found = replace(found, withdrawn=each.number, same_award=other.award_date == draft.award_date)
        return found

    def _bars_of(self, id_type: IdType, number: str, today: date) -> list[IntegrityRecord]:
        index = self._index(id_type, number)
        if (index, today) not in self._bars:
            self._load_bars([index], today)
        return self._bars[index, today]

    def _forget(self) -> None:
        self._indexes: dict[tuple[IdType, str], bytes] = {}
        self._bars: dict[tuple[bytes, date], list[IntegrityRecord]] = {}
        self._issued: dict[bytes, list[_Issued]] = {}
        self._certified = set[bytes]()
        """The people of whom there is any certificate, whatever became of it."""
        self._others: dict[bytes, list[_Other]] = {}
        self._contents: dict[str, AwardContent | IssuerError] = {}

    def _index(self, id_type: IdType, number: str) -> bytes:
        known = self._indexes.get((id_type, number))
        if known is None:
            known = self._indexes[id_type, number] = self._vault.blind_index(id_type.word, number)
        return known

    def _load_bars(self, indexes: Collection[bytes], today: date) -> None:
        found = barring.bars_of_each(self._session, indexes, on=today, standings=self._standings)
        for index, records in found.items():
            self._bars[index, today] = records

    def _load_issued(self, indexes: Iterable[bytes]) -> None:
        query = (
            select(HolderRow.blind_index, AwardRow.id, AwardRow.state, CertificateRow.number, CertificateRow.state)
            .join(CertificateRow, CertificateRow.award == AwardRow.id)
            .join(HolderRow, HolderRow.id == AwardRow.holder)
            .where(HolderRow.wrapped_key.is_not(None), AwardRow.payload.is_not(None))
            .order_by(CertificateRow.number)
        )
        for chunk in chunked(indexes):
            self._issued |= {index: [] for index in chunk}
            for index, award, stage, number, state in self._session.execute(query.where(_of_people(chunk))):
                assert index is not None
                self._certified.add(index)
                if stage in _NUMBERED:
                    self._issued[index].append(_Issued(award=award, number=number, state=state))

    def _load_others(self, indexes: Iterable[bytes]) -> None:
        waits = and_(AwardRow.state == AwardState.WAITING, BatchRow.state.in_(PENDING))
        withdrawn = CertificateRow.state == Status.WITHDRAWN
        query = (
            select(HolderRow.blind_index, AwardRow.id, AwardRow.batch, AwardRow.sheet_row, CertificateRow.number, waits)
            .join(BatchRow, BatchRow.id == AwardRow.batch)
            .join(HolderRow, HolderRow.id == AwardRow.holder)
            .outerjoin(CertificateRow, CertificateRow.award == AwardRow.id)
            .where(
                HolderRow.wrapped_key.is_not(None),
                AwardRow.payload.is_not(None),
                or_(waits, withdrawn) if self._waiting else withdrawn,
            )
            .order_by(BatchRow.created, AwardRow.seq)
        )
        for chunk in chunked(indexes):
            self._others |= {index: [] for index in chunk}
            for found in self._session.execute(query.where(_of_people(chunk))):
                index, award, batch, row, number, waiting = found
                assert index is not None
                other = _Other(award=award, batch=batch, row=row, number=number, waits=bool(waiting))
                self._others[index].append(other)

    def _open(self, awards: Collection[str]) -> None:
        self._contents |= open_each(self._session, self._vault, sorted(awards))

    def _opened(self, award: str) -> AwardContent:
        """The row of an award. Raises as ``issuer.batches.rows.open_row``."""
        if award not in self._contents:
            self._open([award])
        content = self._contents[award]
        if isinstance(content, IssuerError):
            raise content
        return content


def _of_people(indexes: Sequence[bytes]) -> ColumnElement[bool]:
    """The condition that finds awards by their people.

    No state of an award stands beside it: where the planner has no statistics it takes the index by state, and reads
    all awards of that state for some hundred people.
    """
    return HolderRow.blind_index.in_(indexes)


def without_restored(session: ReadSession, records: list[IntegrityRecord], draft: AwardDraft) -> list[IntegrityRecord]:
    """Leave out what opened with the withdrawal whose title a row restores, for it and for its predecessors."""
    replaces = draft.replaces
    if replaces is None or replaces.reason is not ReplacementReason.RESTORED:
        return records
    restored = session.scalar(select(CertificateRow.id).where(CertificateRow.number == replaces.number))
    if restored is None:
        return records
    gone = {restored, *barring.taken_along(session, restored)}
    return [each for each in records if each.certificate not in gone]


def same_title(one: AwardDraft, other: AwardDraft) -> bool:
    """Whether two rows of one person are for the same title."""
    return (one.series, one.title, one.specialty) == (other.series, other.title, other.specialty)
