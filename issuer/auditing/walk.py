"""Walking the chain of the audit, whole or a part of it, against the heads that somebody keeps.

Rules: what a walk passes, it computes: number, hash, the entry before. A kept head says what the chain was up to its
length, so whoever rewrites an entry and every later hash contradicts the first head behind it. A walk changes nothing
and raises nothing: what it found is a value, because an auditor wants the whole answer.

    walked = walk(session, heads=kept)
    if walked.difference is not None: print(walked.difference.message)
    walk(session, after=2000, until=3000)       # a part, from what is stored at 2000 on
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Row, Select, func, select

from issuer import audit
from issuer.audit import BEFORE_FIRST, ChainHead
from issuer.db.models import AuditChainRow, AuditPendingRow, AuditRow
from issuer.db.sessions import ReadSession

Step = Callable[[int, int], None]
"""Called with how many entries were passed, of how many."""
_AT_A_TIME: Final = 1000
_OUT_OF_ORDER: Final = 5000
"""Places by which an entry may stand elsewhere than its id says: what many writers add while one of them takes long."""


class Keeper(StrEnum):
    """Who keeps a head, outside the chain."""

    SNAPSHOT = "snapshot"
    """A published snapshot names it."""
    OPERATORS = "operators"
    """The administrator signed that somebody ended there."""
    FILE = "file"
    """A head that was exported."""
    WITNESS = "witness"
    """A line of somebody else's copy."""


class Fault(StrEnum):
    """What is wrong with an entry."""

    ALTERED = "altered"
    """It does not have the hash of what it says."""
    NOT_FOLLOWING = "not_following"
    """It does not name the entry that stands before it."""
    MISSING = "missing"
    OTHER_HEAD = "other_head"
    """The chain is in order in itself, and is another one than was kept."""
    UNCHAINED = "unchained"
    """It is in no place of the chain and does not wait for one."""
    REMOVED = "removed"
    """It was gone before it came into the chain."""


NOT_IN_CHAIN: Final = frozenset({Fault.UNCHAINED, Fault.REMOVED})
"""What is wrong with an entry that has no place: it is named by its id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptHead:
    """A head as somebody keeps it."""

    head: ChainHead
    keeper: Keeper
    name: str
    """Which of this keeper's: a snapshot's number, an operator's id, a file, a file and its line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The first entry that is wrong."""

    ordinal: int
    """Its place in the chain; its id where it has none (``NOT_IN_CHAIN``)."""
    fault: Fault
    good: int
    """The last entry that is proven good: up to here a kept head agrees, or the chain from its beginning."""
    kept: KeptHead | None
    """The first kept head that the chain contradicts; None when none reaches as far."""

    @property
    def message(self) -> str:
        """What, where, against what, in English."""
        named = "the audit entry with the id" if self.fault in NOT_IN_CHAIN else "audit entry"
        return f"{named} {self.ordinal} {_SAID[self.fault]}{self._against()}; compare with a backup"

    def _against(self) -> str:
        if self.kept is None:
            return ""
        against = f": this contradicts the head of {self.kept.head.length} entries, {self.kept.keeper} {self.kept.name}"
        if self.fault is Fault.OTHER_HEAD:
            return f"{against}; what differs lies behind entry {self.good}"
        return against


_SAID: Final = {
    Fault.ALTERED: "is not what was written",
    Fault.NOT_FOLLOWING: "does not follow the one before",
    Fault.MISSING: "is gone",
    Fault.OTHER_HEAD: "is another one than was kept",
    Fault.UNCHAINED: "is neither in the chain nor waits for its place",
    Fault.REMOVED: "was gone before it came into the chain",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """What a walk found."""

    end: ChainHead
    """Where it ended."""
    compared: int
    """How many kept heads it met."""
    difference: Difference | None


def walk(
    session: ReadSession,
    *,
    after: int = 0,
    until: int | None = None,
    heads: Iterable[KeptHead] = (),
    step: Step | None = None,
) -> Walked:
    """Compute the chain behind entry ``after``, up to entry ``until`` or its end, and compare the heads met on the way.

    Args:
        session: reads.
        after: where to begin: 0, or an entry whose stored hash is taken as it stands.
        until: the last entry; None for the end of the chain, and then heads behind its end are contradicted too, and
            it is asked whether an entry is left out.
        heads: what is kept, in any order.
        step: told of progress.
    """
    last = audit.head(session).length
    stop = last if until is None else min(until, last)
    wanted = sorted((each for each in heads if _is_wanted(each, after, until)), key=lambda each: each.head.length)
    begin = _begin(session, after)
    if begin is None:
        found = Difference(ordinal=after, fault=Fault.MISSING, good=0, kept=_reaching(wanted, after))
        return Walked(end=ChainHead(length=after, head=BEFORE_FIRST), compared=0, difference=found)
    return _Walk(wanted, begin).along(session, stop, step, whole=until is None)


def left_out(session: ReadSession, *, after: int = 0, until: int | None = None) -> Difference | None:
    """Return the first entry that no walk along the chain meets, and that does not wait for its place.

    Args:
        session: reads.
        after: the place from whose entry on ids are looked at, in their order; 0 for all.
        until: the place up to whose entry they are looked at; None for the newest ones too.
    """
    place, entry, waiting = AuditChainRow, AuditRow.id, AuditPendingRow.entry
    unchained = select(entry).outerjoin_from(AuditRow, place, place.entry == entry)
    unchained = unchained.outerjoin(AuditPendingRow, waiting == entry).where(place.entry.is_(None), waiting.is_(None))
    removed = select(waiting).outerjoin_from(AuditPendingRow, AuditRow, entry == waiting).where(entry.is_(None))
    low = session.scalar(_ids(after - _OUT_OF_ORDER, after).with_only_columns(func.min(place.entry))) or 0
    high = None if until is None else _ids(until, until + _OUT_OF_ORDER).with_only_columns(func.max(place.entry))
    highest = None if high is None else session.scalar(high)
    for query, column, fault in ((unchained, entry, Fault.UNCHAINED), (removed, waiting, Fault.REMOVED)):
        within = column >= low if highest is None else (column >= low) & (column <= highest)
        found = session.scalar(query.where(within).order_by(column).limit(1))
        if found is not None:
            return Difference(ordinal=found, fault=fault, good=0, kept=None)
    return None


def _ids(begin: int, end: int) -> Select[Any]:
    return select(AuditChainRow.entry).where(AuditChainRow.ordinal.between(begin, end))


def _is_wanted(kept: KeptHead, after: int, until: int | None) -> bool:
    return after < kept.head.length and (until is None or kept.head.length <= until)


def _begin(session: ReadSession, after: int) -> ChainHead | None:
    if after == 0:
        return ChainHead(length=0, head=BEFORE_FIRST)
    stored = session.scalar(select(AuditChainRow.hash).where(AuditChainRow.ordinal == after))
    return None if stored is None else ChainHead(length=after, head=stored)


def _reaching(heads: Sequence[KeptHead], ordinal: int) -> KeptHead | None:
    return next((each for each in heads if each.head.length >= ordinal), None)


class _Walk:
    def __init__(self, heads: Sequence[KeptHead], begin: ChainHead) -> None:
        self._heads = heads
        self._at = begin
        self._good = begin.length
        self._met = 0

    def along(self, session: ReadSession, stop: int, step: Step | None, *, whole: bool) -> Walked:
        begin = self._at.length
        ordinal = AuditChainRow.ordinal
        query = audit.entry_rows().where(ordinal > begin, ordinal <= stop).order_by(ordinal)
        with session.execute(query.execution_options(yield_per=_AT_A_TIME)) as rows:
            for row in rows:
                difference = self._pass(row)
                if difference is not None:
                    return self._ended(difference)
                if step is not None and self._at.length % _AT_A_TIME == 0:
                    step(self._at.length - begin, stop - begin)
        if step is not None and stop > begin:
            step(stop - begin, stop - begin)
        if self._at.length < stop or (whole and self._met < len(self._heads)):
            return self._ended(self._wrong(self._at.length + 1, Fault.MISSING))
        beside = left_out(session) if whole else None
        return self._ended(None if beside is None else replace(beside, good=self._at.length))

    def _pass(self, row: Row[Any]) -> Difference | None:
        ordinal = self._at.length + 1
        if row.ordinal != ordinal:
            return self._wrong(ordinal, Fault.MISSING)
        if row.hash != audit.hash_of(row):
            return self._wrong(ordinal, Fault.ALTERED)
        if row.previous != self._at.head:
            return self._wrong(ordinal, Fault.NOT_FOLLOWING)
        self._at = ChainHead(length=ordinal, head=row.hash)
        return self._compare()

    def _compare(self) -> Difference | None:
        while self._met < len(self._heads) and self._heads[self._met].head.length == self._at.length:
            if self._heads[self._met].head != self._at:
                return self._wrong(self._at.length, Fault.OTHER_HEAD)
            self._met += 1
            self._good = self._at.length
        return None

    def _wrong(self, ordinal: int, fault: Fault) -> Difference:
        kept = self._heads[self._met] if self._met < len(self._heads) else None
        good = self._good if fault is Fault.OTHER_HEAD else ordinal - 1
        return Difference(ordinal=ordinal, fault=fault, good=good, kept=kept)

    def _ended(self, difference: Difference | None) -> Walked:
        return Walked(end=self._at, compared=self._met, difference=difference)
