"""Whom an act reaches: named certificates, a list, or all that a description fits; and what becomes of each.

Rules: whoever is named has an answer: it will be done, it was done before and by which decision, it waits for a second
operator, it is refused and why, or there is no such certificate. One that is not possible holds up no other, but
whoever signs says so on purpose. Of a description those that cannot be reached by the act, such as withdrawn ones, are
left as they are, and counted. The same list once more finds that all was done before, so a run that broke off is run
again.

    found = sorted_out(session, vault, Whom(reach=Reach(batch="sf-hrss-0001")), order, trust=trust, now=now)
    found.plan, found.results, found.counts()
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from credential.days import day_of
from credential.history import EVENT_OF, STATE_AFTER
from credential.statuslist import Status
from credential.trustlist import VerifiedTrustList
from issuer.db import reaching
from issuer.db.reaching import Last, Reach
from issuer.db.sessions import ReadSession
from issuer.errors import ConflictError, InputError, IssuerError, NotFoundError
from issuer.status.numbers import ListedNumber
from issuer.status.plan import MAX_IN_ONE_ORDER, Order, Plan, sift_change
from issuer.vault import Vault


class Became(StrEnum):
    """What becomes of one certificate that was named."""

    TO_DO = "to_do"
    """It is in the plan."""
    BEFORE = "done_before"
    """Such an act brought it into the state in which it is."""
    WAITS = "waits"
    """Such an order names it and waits for a second operator."""
    LEFT = "left"
    """A description reaches it, and its state leads nowhere; it stays as it is."""
    REFUSED = "refused"
    UNKNOWN = "unknown"
    """No certificate has this number, or the row names none."""


NOT_POSSIBLE: Final = frozenset({Became.REFUSED, Became.UNKNOWN})
"""What whoever made the list has to look at."""
NOT_DESCRIBED: Final = Reach()


@dataclass(frozen=True, slots=True, kw_only=True)
class Whom:
    """Whom an act is to reach: the rows of a list, or a description; one of the two."""

    listed: tuple[ListedNumber, ...] = ()
    reach: Reach = NOT_DESCRIBED

    def require_one(self) -> None:
        """Ask whether it says one thing.

        Raises:
            InputError: ``whom_nobody``, ``whom_twice``; ``session_alone``: a day is no session without its filing;
                ``since_alone``: all that was issued since a time is no description.
        """
        if self.reach.session is not None and self.reach.filing is None:
            raise InputError("session_alone", "a session is a filing and its award date; name the filing too")
        if self.reach.since is not None and self.reach.key is None:
            raise InputError("since_alone", "since when goes with the key that signed; name the key too")
        if self.listed and not self.reach.is_empty:
            raise InputError("whom_twice", "name the certificates or describe them, not both at once")
        if not self.listed and self.reach.is_empty:
            raise InputError("whom_nobody", "nobody is named: give numbers, a list, or a description")

    @classmethod
    def of_numbers(cls, numbers: Sequence[str]) -> Whom:
        """Return those with these numbers, each counted as a row."""
        rows = [ListedNumber(row=place, number=number, held=number) for place, number in enumerate(numbers, start=1)]
        return cls(listed=tuple(rows))


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What becomes of one row, or of one certificate that a description reaches."""

    number: str
    """As it was written, where it is no number."""
    became: Became
    row: int | None = None
    """Of the list; None of a description."""
    error: IssuerError | None = field(default=None, compare=False)
    """Why it is refused, left or unknown."""
    before: Last | None = None
    """The event that did it before."""
    order: int | None = None
    """The order that waits."""
    state: Status | None = None
    """In which it was seen."""

    @property
    def code(self) -> str | None:
        """Of the error."""
        return None if self.error is None else self.error.code


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """An order over everybody that was named."""

    plan: Plan
    """Only what can be done; without lines where nothing is left to do."""
    results: tuple[Result, ...] = field(repr=False)

    def counts(self) -> Mapping[Became, int]:
        """How many rows became what."""
        return Counter(each.became for each in self.results)

    @property
    def faults(self) -> int:
        """How many rows somebody has to look at."""
        return sum(each.became in NOT_POSSIBLE for each in self.results)


def sorted_out(
    session: ReadSession, vault: Vault, whom: Whom, order: Order, *, trust: VerifiedTrustList, now: datetime
) -> Sorted:
    """Return what an order would do today, and what becomes of everybody that is named.

    Args:
        session: reads.
        vault: opens the credentials, for the rights over them.
        whom: those it is to reach.
        order: with no numbers: they follow from ``whom``.
        trust: the published trust list.
        now: aware instant.

    Raises:
        InputError: as ``Whom.require_one`` and ``issuer.status.plan.sift_change``; ``numbers``: more than one order
            takes.
        NotFoundError: as ``issuer.db.reaching.require_known``; ``whom_nobody_found``: the description fits nobody.
    """
    whom.require_one()
    asked = _Asked(session=session, vault=vault, order=order, trust=trust, now=now)
    return _of_list(asked, whom.listed) if whom.listed else _of_reach(asked, whom.reach)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What stays the same while everybody is sorted out."""

    session: ReadSession
    vault: Vault
    order: Order
    trust: VerifiedTrustList
    now: datetime


def _of_list(asked: _Asked, listed: Sequence[ListedNumber]) -> Sorted:
    once = dict.fromkeys(each.number for each in listed if each.number is not None)
    known = reaching.standing(asked.session, list(once))
    plan, judged = _judge(asked, known, [number for number in once if number in known])
    results: list[Result] = []
    seen: dict[str, int] = {}
    for each in listed:
        results.append(_row(each, judged, seen))
        if each.number is not None:
            seen.setdefault(each.number, each.row)
    return Sorted(plan=plan, results=tuple(results))


def _of_reach(asked: _Asked, reach: Reach) -> Sorted:
    reaching.require_known(asked.session, reach)
    known = {each.number: (each.id, each.state) for each in reaching.reached(asked.session, reach)}
    if not known:
        raise NotFoundError("whom_nobody_found", "no certificate fits this description")
    plan, judged = _judge(asked, known, sorted(known))
    return Sorted(plan=plan, results=tuple(_reached(number, judged) for number in sorted(known)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """What was found out about numbers."""

    known: Mapping[str, tuple[str, Status]]
    before: Mapping[str, Last]
    waits: Mapping[str, int]
    refused: Mapping[str, IssuerError]


def _judge(asked: _Asked, known: Mapping[str, tuple[str, Status]], numbers: Sequence[str]) -> tuple[Plan, _Judged]:
    """Plan what can be done to these, and find out what keeps the others."""
    before = _done_before(asked.session, known, asked.order)
    left = [number for number in numbers if number not in before]
    waits = reaching.waiting_in(asked.session, asked.order.act, left, asked.now)
    wanted = tuple(number for number in left if number not in waits)
    plan, refused = _sifted(asked, replace(asked.order, numbers=wanted))
    return plan, _Judged(known=known, before=before, waits=waits, refused=refused)


def _sifted(asked: _Asked, order: Order) -> tuple[Plan, Mapping[str, IssuerError]]:
    if not order.numbers:
        return Plan(order=order, lines=()), {}
    if len(order.numbers) > MAX_IN_ONE_ORDER:
        message = f"{len(order.numbers)} certificates are more than one order takes, {MAX_IN_ONE_ORDER}; narrow it"
        raise InputError("numbers", message, most=MAX_IN_ONE_ORDER)
    found = sift_change(asked.session, asked.vault, order, trust=asked.trust, today=day_of(asked.now))
    return found.plan, found.refused


def _done_before(session: ReadSession, known: Mapping[str, tuple[str, Status]], order: Order) -> dict[str, Last]:
    """Those that such an act brought into the state in which they are, each with its event."""
    kind = EVENT_OF[order.act]
    there = {id: number for number, (id, state) in known.items() if state is STATE_AFTER.get(kind)}
    found = reaching.last_states(session, list(there))
    return {there[each]: last for each, last in found.items() if last.kind is kind}


def _row(each: ListedNumber, judged: _Judged, seen: Mapping[str, int]) -> Result:
    number = each.number
    if number is None:
        return Result(number=each.held, row=each.row, became=Became.UNKNOWN, error=each.wrong)
    if number in seen:
        message = f"certificate {number} stands in row {seen[number]} already"
        twice = InputError("number_twice", message, number=number, row=seen[number])
        return Result(number=number, row=each.row, became=Became.REFUSED, error=twice)
    if number not in judged.known:
        missing = NotFoundError("no_certificate", f"no certificate has the number {number}; check it", number=number)
        return Result(number=number, row=each.row, became=Became.UNKNOWN, error=missing)
    return replace(_named(number, judged), row=each.row)


def _named(number: str, judged: _Judged) -> Result:
    state = judged.known[number][1]
    if number in judged.before:
        return Result(number=number, became=Became.BEFORE, before=judged.before[number], state=state)
    if number in judged.waits:
        return Result(number=number, became=Became.WAITS, order=judged.waits[number], state=state)
    error = judged.refused.get(number)
    if error is not None:
        return Result(number=number, became=Became.REFUSED, error=error, state=state)
    return Result(number=number, became=Became.TO_DO, state=state)


def _reached(number: str, judged: _Judged) -> Result:
    found = _named(number, judged)
    stays = isinstance(found.error, ConflictError) and found.code == "wrong_state"
    return replace(found, became=Became.LEFT) if stays else found
