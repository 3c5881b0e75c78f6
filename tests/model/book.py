"""What every certificate's verdict must be: a book of what was done, and of what of it is public.

Rules: it is written from docs/FORMAT.md (6, 9, 12), the table of states in docs/ARCHITECTURE.md and the text of the
commands, a second time and in another way. It calls nothing of what it checks. What a play did is written down in it;
what of that the public may know is said by ``publish``.

    book.add(held)
    book.tell([number], Told(kind="suspended", ...))
    book.answer(held, day=None)                     # unregistered: nothing was published yet
    book.publish()
    book.answer(held, day=None).outcome             # "suspended"
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Final

DAY: Final = timedelta(days=1)
CHINA: Final = timedelta(hours=8)
MAX_EVENTS: Final = 64
STATES: Final[Mapping[str, tuple[frozenset[str], str | None]]] = {
    "suspended": (frozenset({"valid"}), "suspended"),
    "reinstated": (frozenset({"suspended"}), "valid"),
    "withdrawn": (frozenset({"valid", "suspended", "superseded", "cancelled"}), "withdrawn"),
    "cancelled": (frozenset({"valid", "suspended"}), "cancelled"),
    "superseded": (frozenset({"valid", "suspended"}), "superseded"),
    "annotated": (frozenset({"valid", "suspended", "superseded", "cancelled", "withdrawn"}), None),
    "set_aside": (frozenset({"withdrawn"}), None),
}
"""FORMAT 6: from which states an event may follow, and the state after it; None for the same."""
REASON: Final[Mapping[str, str]] = {
    "valid": "in_force",
    "suspended": "under_review",
    "withdrawn": "withdrawn",
    "cancelled": "cancelled",
    "superseded": "superseded",
}
"""FORMAT 12, step 9."""
FRAUD: Final = 1


def civil(instant: datetime) -> date:
    """The day in Shanghai."""
    return (instant + CHINA).date()


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One event as it was decided, beside when it was recorded."""

    kind: str
    effective: date
    recorded: datetime
    reason: int = 0
    document: str = ""
    note: str | None = None
    successor: str | None = None

    @property
    def state(self) -> str | None:
        """The state that it brings."""
        return "valid" if self.kind == "issued" else STATES[self.kind][1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a stranger must find."""

    outcome: str
    reason: str
    since: date | None = None
    why: int | None = None
    document: str | None = None
    note: str | None = None
    successor: str | None = None


UNREGISTERED: Final = Answer(outcome="not_authentic", reason="unregistered")
FALLEN: Final = Answer(outcome="not_authentic", reason="key_not_good")
EXPIRED: Final = Answer(outcome="indeterminate", reason="publication_expired")


@dataclass(slots=True, kw_only=True)
class Held:
    """A certificate, as whoever holds it knows it."""

    number: str
    person: str
    name: str
    specialty: str
    awarded: date
    key: str
    """The credential key that signed it."""
    told: list[Told]
    replaces: str | None = None
    counted_from: date | None = None
    public: int = 0
    """How many of its events the public may know."""

    @property
    def issued(self) -> Told:
        """Its first event."""
        return self.told[0]

    @property
    def state(self) -> str:
        """The state in the register."""
        return next(each.state for each in reversed(self.told) if each.state)

    @property
    def successor(self) -> str | None:
        """The certificate in its place."""
        return next((each.successor for each in self.told if each.successor), None)


@dataclass(slots=True)
class Book:
    """Everything that was done."""

    held: dict[str, Held] = field(default_factory=dict)
    stolen: dict[str, datetime] = field(default_factory=dict)
    """Credential keys that are compromised, and since when, by the newest trust list."""
    known: dict[str, datetime] = field(default_factory=dict)
    """The same, by the trust list that the published snapshot names."""
    orders: dict[int, Waiting] = field(default_factory=dict)
    """What waits for a second operator."""

    def add(self, held: Held) -> None:
        """A certificate was issued; its number is new."""
        assert held.number not in self.held, f"number {held.number} was given twice"
        self.held[held.number] = held
        if held.replaces is None:
            return
        replaced = self.held[held.replaces]
        kind, reason = ("set_aside", 3) if replaced.state == "withdrawn" else ("superseded", 7)
        first = held.issued
        replaced.told.append(
            Told(
                kind=kind,
                effective=first.effective,
                recorded=first.recorded,
                reason=reason,
                document=first.document,
                successor=held.number,
            )
        )

    def tell(self, numbers: Iterable[str], told: Told) -> None:
        """An act was done to certificates."""
        for number in numbers:
            self.held[number].told.append(told)

    def publish(self) -> None:
        """All that was done is public."""
        for each in self.held.values():
            each.public = len(each.told)
        self.known = dict(self.stolen)

    def with_predecessors(self, numbers: Sequence[str]) -> list[str]:
        """A withdrawal takes with it what these replaced, where that is superseded still."""
        found = list(numbers)
        for number in found:
            older = self.held[number].replaces
            if older is not None and older not in found and self.held[older].state == "superseded":
                found.append(older)
        return found

    def refusal(self, kind: str, numbers: Sequence[str], effective: date, *, before_issue: bool) -> str | None:
        """The code with which an order is refused, None where it holds."""
        for number in numbers:
            each = self.held[number]
            if each.state not in STATES[kind][0]:
                return "wrong_state"
            if effective < each.awarded:
                return "effective_before_award"
            if effective < each.issued.effective and not before_issue:
                return "effective_before_issue"
        return None

    def bars(self, person: str, *, restores: str | None = None) -> bool:
        """Whether the integrity record bars a person: withdrawn for fraud, and not set aside.

        A title that is restored is barred by other withdrawals only: not by this one, nor by those that it took along.
        """
        chain: set[str] = set()
        number = restores
        while number is not None:
            chain.add(number)
            older = self.held.get(self.held[number].replaces or "")
            along = older is not None and _withdrawn(older) == _withdrawn(self.held[number])
            number = older.number if older is not None and along else None
        return any(
            each.kind == "withdrawn" and each.reason == FRAUD
            for one in self.held.values()
            if one.person == person and one.number not in chain and not self.is_set_aside(one)
            for each in one.told
        )

    def is_set_aside(self, one: Held) -> bool:
        """Whether the withdrawal was set aside: its own, or that of the successor which took it along."""
        if any(each.kind == "set_aside" for each in one.told):
            return True
        newer = self.held.get(one.successor or "")
        along = newer is not None and _withdrawn(newer) == _withdrawn(one) is not None
        return newer is not None and along and self.is_set_aside(newer)

    # --- what a stranger must find -------------------------------------------------------------------------------

    def answer(self, held: Held, day: date | None) -> Answer:
        """The verdict on a day, or now."""
        told = held.told[: held.public]
        if not told:
            return UNREGISTERED
        since = self.known.get(held.key)
        if since is not None and told[0].recorded >= since:
            return replace(FALLEN, successor=_state_of(told).successor)
        if day is not None and day < told[0].effective:
            made = "award_not_made" if day < held.awarded else "awarded_not_issued"
            return Answer(outcome="not_yet_issued", reason=made)
        return _state_of([each for each in told if day is None or each.effective <= day])

    def days(self, held: Held, today: date) -> list[date]:
        """The days that matter: around the award, the issue and each event, as far as they are over."""
        around = {held.awarded, *(each.effective for each in held.told)}
        asked = {day + step * DAY for day in around for step in (-1, 0, 1)} | {today}
        return sorted(day for day in asked if day <= today)


def _withdrawn(held: Held) -> Told | None:
    """The event that withdrew it; of two that one order withdrew it is the same."""
    return next((each for each in held.told if each.kind == "withdrawn"), None)


def _state_of(begun: Sequence[Told]) -> Answer:
    """The state that began last, in the order of recording; it began with the first event in a row that says so."""
    bringing = [each for each in begun if each.state]
    state = bringing[-1].state
    assert state is not None
    row = len(bringing)
    while row and bringing[row - 1].state == state:
        row -= 1
    began = bringing[row]
    notes = [each.note for each in begun if each.note]
    aside = [each.successor for each in begun if each.kind == "set_aside"]
    return Answer(
        outcome=state,
        reason=REASON[state],
        since=began.effective,
        why=began.reason,
        document=began.document,
        note=notes[-1] if notes else None,
        successor=began.successor if state == "superseded" else aside[-1] if aside else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A first operator's order."""

    kind: str
    seen: Mapping[str, int]
    """Each certificate, and how many events it had."""
    effective: date
    reason: int
    document: str
    until: datetime

    def holds(self, book: Book) -> bool:
        """Whether every certificate is as the first operator saw it."""
        return all(len(book.held[number].told) == count for number, count in self.seen.items())
