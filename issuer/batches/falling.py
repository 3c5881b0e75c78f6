"""What would not be allowed any more if entries of the office ended: registered certificates, and rows that wait.

Rules: the reader's own rule is asked, once with the office as it is and once as it would be
(``credential.authorisation``). A certificate falls when the second answer refuses what the first one allows. A title
that was awarded and issued before the day does not fall, so those are not opened. A row of an open batch is asked as if
it were issued today, or on the day itself where that is later.

    Falling(session, vault, office, changed).certificates(since=date(2026, 9, 1))
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import select

from credential.authorisation import Refused, may_be_issued
from credential.filings import Filing
from credential.grants import Grant
from credential.statuslist import Status
from issuer.batches.asking import PENDING
from issuer.batches.rows import AwardContent, open_each
from issuer.db.models import AwardRow, AwardState, BatchRow, CertificateRow, EventRow, Stage
from issuer.db.sessions import ReadSession, chunked
from issuer.intake.model import AwardDraft
from issuer.issuing.authority import award_of_row, basis_of_row
from issuer.office import lists
from issuer.vault import Vault

NUMBERS_TOLD: Final = 20
"""Certificates that are named one by one; of the others the count is told."""
_OVER: Final = (Status.WITHDRAWN, Status.CANCELLED)
_WAITING: Final = (AwardState.WAITING, AwardState.RESERVED)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchFall:
    """An open batch of which rows are concerned."""

    batch: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What an authority may do. It satisfies ``credential.authorisation.IssuingAuthority``."""

    grants: Sequence[Grant]
    region: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """Grants by authority and filings by number, as they are or as they would be."""

    rights: Mapping[str, Rights]
    filings: Mapping[str, Filing]

    def refuses(self, authority: str, draft: AwardDraft, issued_on: date, counted_from: date | None) -> bool:
        """Whether an award may not be issued by this authority on a day."""
        decision = may_be_issued(
            award_of_row(draft),
            basis_of_row(draft),
            self.rights[authority],
            issued_on=issued_on,
            counted_from=counted_from,
            find=self.filings.get,
        )
        return isinstance(decision, Refused)


def read_office(session: ReadSession) -> Office:
    """Return the office as the register has it."""
    return Office(
        rights={
            each.id: Rights(grants=lists.grants(session, each.id), region=each.region_code)
            for each in lists.authorities(session)
        },
        filings={each.number: each for each in lists.filings(session)},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Falling:
    """Asks what falls between two states of the office."""

    session: ReadSession
    vault: Vault
    before: Office
    after: Office

    def certificates(self, since: date) -> list[str]:
        """Return the numbers of the certificates that would fall, of those awarded or issued on ``since`` or later."""
        table = CertificateRow
        query = (
            select(table.number, table.award, table.authority, table.issued_on, EventRow.counted_from)
            .join(EventRow, EventRow.certificate == table.id)
            .where(EventRow.ordinal == 1, table.stage == Stage.SIGNED, table.state.not_in(_OVER))
            .where(table.issued_on >= since)
            .order_by(table.number)
        )
        fallen: list[str] = []
        for chunk in chunked(self.session.execute(query).all()):
            opened = self._opened([award for _, award, *_ in chunk])
            for number, award, authority, issued_on, counted_from in chunk:
                content = opened.get(award)
                if content is None or issued_on is None:
                    continue
                if self._falls(authority, content.draft, issued_on, counted_from):
                    fallen.append(number)
        return fallen

    def batches(self, on: date) -> Counter[str]:
        """Return how many rows of each open batch could not be issued on ``on`` any more."""
        found: Counter[str] = Counter()
        for batch, authority, content in self._waiting():
            if self._falls(authority, content.draft, on, None):
                found[batch] += 1
        return found

    def named(self, authority: str, series: int, specialty: str, since: date) -> Counter[str]:
        """Return how many rows of each open batch name a specialty for an award of ``since`` or later."""
        found: Counter[str] = Counter()
        for batch, whose, content in self._waiting():
            draft = content.draft
            named = (whose, draft.series, draft.specialty) == (authority, series, specialty)
            if named and draft.award_date >= since:
                found[batch] += 1
        return found

    def titled(self, titles: frozenset[int]) -> Counter[str]:
        """Return how many rows of each open batch are of one of these titles."""
        return Counter(batch for batch, _, content in self._waiting() if content.draft.title in titles)

    def _waiting(self) -> Iterator[tuple[str, str, AwardContent]]:
        query = (
            select(AwardRow.id, AwardRow.batch, BatchRow.authority)
            .join(BatchRow, BatchRow.id == AwardRow.batch)
            .where(BatchRow.state.in_(PENDING), AwardRow.state.in_(_WAITING))
            .order_by(AwardRow.batch, AwardRow.seq)
        )
        for chunk in chunked(self.session.execute(query).all()):
            opened = self._opened([award for award, *_ in chunk])
            for award, batch, authority in chunk:
                if award in opened:
                    yield batch, authority, opened[award]

    def _opened(self, awards: Sequence[str]) -> dict[str, AwardContent]:
        """Rows that open; one whose holder was erased, or that was altered, is told elsewhere."""
        found = open_each(self.session, self.vault, awards)
        return {award: content for award, content in found.items() if isinstance(content, AwardContent)}

    def _falls(self, authority: str, draft: AwardDraft, issued_on: date, counted_from: date | None) -> bool:
        asked = (authority, draft, issued_on, counted_from)
        return self.after.refuses(*asked) and not self.before.refuses(*asked)
