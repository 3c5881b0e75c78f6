"""The history of one certificate (FORMAT 6): its signed events from issuance on.

A credential without a history in an authenticated shard was never registered, whoever signed it; the first event
names the digest of the one credential that was. Events only grow, and only along the arrows of the state machine.

The words of the whole house stand here, each once: kinds of events, public reasons, acts, which event may follow on
which state (``Status``, whose numbers status lists hold), which act orders which event and which right it takes.

A history that a later program wrote may hold kinds and reasons that are not known here. It is still read as far as
every event's eight positions go, so that its key and certificate can be asked about before anybody says that it is of a
newer format.

    history = History(cti=cti, events=(issued,)).append(withdrawn)
    data = sign(history, status_signer)
    history = parse(data).verify(key)
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple, Self

from credential import cbor, cose, days
from credential.characters import is_plain
from credential.claims import AUTHORITY_ID, CTI_BYTES, NUMBER
from credential.errors import CannotKnowError, MalformedError
from credential.signing import AnyKey, Signer
from credential.statuslist import Status, Word

VERSION: Final = 1
TYP: Final = "application/titlecert-history+cbor"
MAX_BYTES: Final = 16_000
"""Fits the largest sealed record."""
MAX_EVENTS: Final = 64
MAX_BASIS: Final = 200
MAX_DOCUMENT: Final = 100
MAX_DETAIL: Final = 200
DIGEST_BYTES: Final = 32
MAX_CODE: Final = 255
"""The largest number of a kind or a reason that a later version may add."""


class EventKind(Word):
    """What happened; numbers are never reused."""

    ISSUED = 1
    SUSPENDED = 2
    REINSTATED = 3
    WITHDRAWN = 4
    CANCELLED = 5
    SUPERSEDED = 6
    ANNOTATED = 7
    SET_ASIDE = 8
    """A court or a review annulled the withdrawal; another certificate stands in this one's place."""
    ERASED = 9
    """What could be read about the person was deleted on the issuer's side."""


class Reason(Word):
    """Public reason classes (FORMAT 6); the words are in ``credential/data/words.json``."""

    NONE = 0
    FRAUD = 1
    PROCEDURE = 2
    DECISION = 3
    UNDER_REVIEW = 4
    ERROR = 5
    SURRENDERED = 6
    REISSUED = 7
    CLEARED = 8
    OTHER = 9
    DECEASED = 10


class Act(StrEnum):
    """What is done in an office: to a batch, or to certificates."""

    SUBMIT = "submit"
    APPROVE = "approve"
    REJECT = "reject"
    ISSUE = "issue"
    SUSPEND = "suspend"
    REINSTATE = "reinstate"
    WITHDRAW = "withdraw"
    CANCEL = "cancel"
    SUPERSEDE = "supersede"
    ANNOTATE = "annotate"
    SET_ASIDE = "set_aside"
    ERASE = "erase"
    TAKE_BACK = "take_back"
    MERGE_HOLDERS = "merge_holders"
    """Two holders, each with an ID document of its own, are one person."""
    SECOND = "second"
    """A second operator lets happen what another one's statement says."""
    REFUSE = "refuse"
    RECALL = "recall"
    """Who signed a statement that waits takes it back."""
    INTEGRITY_ADD = "integrity_add"
    """People enter the integrity record (诚信档案)."""
    INTEGRITY_OBJECT = "integrity_object"
    """An objection of such a person is put on record."""
    INTEGRITY_CORRECT = "integrity_correct"
    INTEGRITY_END = "integrity_end"
    INTEGRITY_EXPIRE = "integrity_expire"
    """The term of records is over."""
    CASE_OPEN = "case_open"
    """A complaint or a report about certificates is taken in."""
    CASE_LINK = "case_link"
    CASE_DECIDE = "case_decide"
    CASE_APPEAL = "case_appeal"


_KINDS: Final = {int(kind): kind for kind in EventKind}
_REASONS: Final = {int(reason): reason for reason in Reason}
_EVENT_TYPES: Final = [int, int, int, str, str, str, int]
"""Of the positions in front of the detail."""
_ARROWS: Final[dict[EventKind, tuple[frozenset[Status], Status | None]]] = {
    EventKind.SUSPENDED: (frozenset({Status.VALID}), Status.SUSPENDED),
    EventKind.REINSTATED: (frozenset({Status.SUSPENDED}), Status.VALID),
    EventKind.WITHDRAWN: (
        frozenset({Status.VALID, Status.SUSPENDED, Status.SUPERSEDED, Status.CANCELLED}),
        Status.WITHDRAWN,
    ),
    EventKind.CANCELLED: (frozenset({Status.VALID, Status.SUSPENDED}), Status.CANCELLED),
    EventKind.SUPERSEDED: (frozenset({Status.VALID, Status.SUSPENDED}), Status.SUPERSEDED),
    EventKind.ANNOTATED: (frozenset(Status), None),
    EventKind.SET_ASIDE: (frozenset({Status.WITHDRAWN}), None),
    EventKind.ERASED: (frozenset({Status.WITHDRAWN, Status.CANCELLED, Status.SUPERSEDED}), None),
}
"""From which states an event may follow, and the state after it, None for the same. Issued is the first event only."""
STATE_AFTER: Final[Mapping[EventKind, Status]] = MappingProxyType(
    {kind: after for kind, (_, after) in _ARROWS.items() if after is not None}
)
"""The state that an event brings. Issued finds it; annotated, set aside and erased leave it: none stands here."""
EVENT_OF: Final[Mapping[Act, EventKind]] = MappingProxyType(
    {
        Act.ISSUE: EventKind.ISSUED,
        Act.SUSPEND: EventKind.SUSPENDED,
        Act.REINSTATE: EventKind.REINSTATED,
        Act.WITHDRAW: EventKind.WITHDRAWN,
        Act.CANCEL: EventKind.CANCELLED,
        Act.SUPERSEDE: EventKind.SUPERSEDED,
        Act.ANNOTATE: EventKind.ANNOTATED,
        Act.SET_ASIDE: EventKind.SET_ASIDE,
        Act.ERASE: EventKind.ERASED,
    }
)
"""What an act on a certificate leaves in its history."""
ACT_OF: Final[Mapping[EventKind, Act]] = MappingProxyType({kind: act for act, kind in EVENT_OF.items()})
RIGHT_OF: Final[Mapping[EventKind, Act]] = MappingProxyType(
    {
        EventKind.ISSUED: Act.ISSUE,
        EventKind.SUSPENDED: Act.SUSPEND,
        EventKind.REINSTATED: Act.SUSPEND,
        EventKind.WITHDRAWN: Act.WITHDRAW,
        EventKind.CANCELLED: Act.CANCEL,
        EventKind.SUPERSEDED: Act.SUPERSEDE,
        EventKind.SET_ASIDE: Act.WITHDRAW,
        EventKind.ERASED: Act.CANCEL,
    }
)
"""The act that a grant must name (FORMAT 9): reinstating is part of the right to suspend, setting aside of the right to
withdraw, erasing of the right to cancel; annotating takes none."""

REASONS_OF: Final[Mapping[Act, frozenset[Reason]]] = MappingProxyType(
    {
        Act.SUSPEND: frozenset({Reason.UNDER_REVIEW, Reason.DECISION, Reason.OTHER}),
        Act.REINSTATE: frozenset({Reason.CLEARED, Reason.DECISION, Reason.OTHER}),
        Act.WITHDRAW: frozenset({Reason.FRAUD, Reason.PROCEDURE, Reason.DECISION, Reason.OTHER}),
        Act.CANCEL: frozenset({Reason.ERROR, Reason.REISSUED, Reason.SURRENDERED, Reason.DECEASED}),
        Act.ANNOTATE: frozenset({Reason.DECISION, Reason.OTHER}),
        Act.ERASE: frozenset({Reason.SURRENDERED, Reason.DECEASED, Reason.DECISION, Reason.ERROR}),
    }
)
"""The public reasons that an office may give for an act (FORMAT 11.1). Readers take any reason with any event."""


def possible_from(state: Status) -> tuple[Act, ...]:
    """Return the acts that may follow while a certificate is in this state, in the order of ``Act``."""
    return tuple(act for act in Act if act in EVENT_OF and may_follow(state, EVENT_OF[act]))


def may_follow(state: Status, kind: EventKind) -> bool:
    """Whether an event of this kind may follow while a certificate is in this state."""
    arrow = _ARROWS.get(kind)
    return arrow is not None and state in arrow[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """The certificate in whose place another was issued."""

    number: str
    counted_from: date
    """To this day step 6 counts the gap: the issued date of the certificate replaced, or the day that its own
    ``issued`` names, so that a chain of replacements counts to its first member."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """The detail of ``issued``: which credential was registered, and which certificate it replaces."""

    digest: bytes
    """SHA-256 of the credential."""
    replaces: Replaced | None = None


Detail = Registration | str | None
"""What an event says beside the rest, by its kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event. Making one checks its own rules; its place is checked by ``History``.

    Raises:
        MalformedError: ``bad_event``.
    """

    kind: EventKind
    effective: date
    """Civil day from which it holds, not later than the day it was recorded."""
    recorded: datetime
    """When the register took it in, whole seconds UTC."""
    authority: str
    """Id of the deciding authority."""
    basis: str = ""
    """The legal basis, readable to whoever holds the certificate."""
    document: str = ""
    """The number of the decision document."""
    reason: Reason = Reason.NONE
    detail: Detail = None
    """Issued: what was registered; superseded and set aside: the number of the certificate that stands in this one's
    place; annotated: the note."""

    def __post_init__(self) -> None:
        if not AUTHORITY_ID.fullmatch(self.authority):
            raise MalformedError("bad_event", "history: the deciding authority is not named by an authority id")
        texts = ((self.basis, MAX_BASIS), (self.document, MAX_DOCUMENT))
        if any(len(text) > longest or not is_plain(text) for text, longest in texts):
            raise MalformedError("bad_event", "history: a text is too long or holds a refused character")
        if days.to_day(self.effective) > days.to_day(days.day_of(self.recorded)):
            raise MalformedError("bad_event", "history: effective after the day it was recorded")
        if not self._detail_holds():
            raise MalformedError("bad_event", f"history: wrong detail for {self.kind.word}")

    def _detail_holds(self) -> bool:
        match self.kind:
            case EventKind.ISSUED:
                return self._registration_holds() and self.effective == days.day_of(self.recorded)
            case EventKind.SUPERSEDED | EventKind.SET_ASIDE:
                return isinstance(self.detail, str) and NUMBER.fullmatch(self.detail) is not None
            case EventKind.ANNOTATED:
                text = self.detail
                return isinstance(text, str) and 1 <= len(text) <= MAX_DETAIL and is_plain(text)
            case _:
                return self.detail is None

    def _registration_holds(self) -> bool:
        detail = self.detail
        if not isinstance(detail, Registration) or len(detail.digest) != DIGEST_BYTES:
            return False
        replaced = detail.replaces
        if replaced is None:
            return True
        return NUMBER.fullmatch(replaced.number) is not None and replaced.counted_from <= self.effective


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The events of one certificate, oldest first. Making one checks the order.

    Raises:
        MalformedError: ``bad_history``.
    """

    cti: bytes
    events: tuple[Event, ...]

    def __post_init__(self) -> None:
        if len(self.cti) != CTI_BYTES or not 1 <= len(self.events) <= MAX_EVENTS:
            raise _wrong_size()
        if self.events[0].kind is not EventKind.ISSUED:
            raise MalformedError("bad_history", "history: the first event is issued")
        if len(self.events) > 1:  # most have one, and are read at every check
            _check_order(self.events)

    @property
    def issued(self) -> Event:
        """The first event."""
        return self.events[0]

    @property
    def registration(self) -> Registration:
        """What was registered."""
        assert isinstance(self.issued.detail, Registration)
        return self.issued.detail

    @property
    def credential_digest(self) -> bytes:
        """SHA-256 of the one credential that was registered."""
        return self.registration.digest

    @property
    def counted_from(self) -> date | None:
        """To which day step 6 counts the gap, when it is not the issued date; a successor names the same day."""
        replaced = self.registration.replaces
        return None if replaced is None else replaced.counted_from

    @property
    def status(self) -> Status:
        """The state after the last event."""
        return _walk(self.events)

    def status_event(self) -> Event:
        """Return the event that brought the present state: the last one that brings any, or ``issued``."""
        last = self.events[-1]
        if last.kind in STATE_AFTER:
            return last
        return next((event for event in reversed(self.events) if event.kind in STATE_AFTER), self.issued)

    @property
    def successor(self) -> str | None:
        """The number of the certificate that stands in this one's place (FORMAT 12.1): superseded, or set aside.

        Whichever events name one, this is the only place that reads it.
        """
        event = self.status_event()
        if event.kind is EventKind.SUPERSEDED:
            return str(event.detail)
        # Only a withdrawal is set aside, and withdrawn is final; of several the last one counts.
        aside = [each.detail for each in self.events if each.kind is EventKind.SET_ASIDE]
        return str(aside[-1]) if aside else None

    def until(self, day: date) -> Self | None:
        """Return the history as far as it was in effect on ``day``, or None when the certificate did not exist yet.

        Events are taken by effective day, in the order of recording; one that could not follow is left out.
        """
        return self._with([event for event in self.events if event.effective <= day])

    def states_of(self, day: date) -> tuple[Status, ...]:
        """Return the states of a day in their order, none twice in a row; none when the certificate did not exist yet.

        The first is the one in which the day began. Each event that took effect on it may bring another one, in the
        order of recording: a history knows days, and no times of the day.
        """
        begun = [place for place, event in enumerate(self.events) if event.effective == day]
        found: list[Status] = []
        for count in range(len(begun) + 1):
            later = set(begun[count:])
            then = self._with(
                [event for place, event in enumerate(self.events) if event.effective <= day and place not in later]
            )
            if then is not None and then.status not in found[-1:]:
                found.append(then.status)
        return tuple(found)

    def _with(self, taken: Sequence[Event]) -> Self | None:
        """The history of some of its events, those left out that then could not follow; None without ``issued``."""
        if not taken or taken[0] is not self.issued:
            return None
        kept: list[Event] = [self.issued]
        for event in taken[1:]:
            if may_follow(_walk(kept), event.kind):
                kept.append(event)
        return replace(self, events=tuple(kept))

    def append(self, event: Event) -> Self:
        """Return the history with one more event.

        Raises:
            MalformedError: ``bad_history``: the event cannot follow.
        """
        return replace(self, events=(*self.events, event))


class _Parts(NamedTuple):
    """The eight positions of an event, in their form; what they say is not asked yet."""

    kind: int
    effective: date
    recorded: datetime
    authority: str
    basis: str
    document: str
    reason: int
    detail: cbor.Item


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedEvents:
    """What a signature holds over: whose events, and each with its eight positions. Their order is not checked yet."""

    cti: bytes
    parts: tuple[_Parts, ...]

    @property
    def recorded(self) -> datetime:
        """When the register took in the last event, of whatever kind it is."""
        return self.parts[-1].recorded

    def read(self) -> History:
        """Return the history.

        Raises:
            MalformedError: ``bad_history``, ``bad_event``.
            CannotKnowError: ``newer_format``: an event is of a kind or a reason that is not known here, and what stands
                in front of it is in order.
        """
        known = tuple([_event(parts) for parts in itertools.takewhile(_is_known, self.parts)])
        if len(known) == len(self.parts):
            return History(cti=self.cti, events=known)
        if known:
            History(cti=self.cti, events=known)
        later = self.parts[len(known)]
        raise CannotKnowError(
            "newer_format", f"history: kind {later.kind} or reason {later.reason} is of a later version"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class UnverifiedHistory:
    """A history whose signature nobody has checked."""

    message: cose.UnverifiedSign1

    @property
    def key_id(self) -> bytes:
        """Which status key the sender says it was."""
        return self.message.key_id

    def check_signed(self, key: AnyKey, payload: bytes) -> bool:
        """Check the signature with ``key``; whether it is over this payload, from ``encode``.

        Raises:
            SignatureError: the signature does not hold.
        """
        return self.message.verify(key) == payload

    def open(self, key: AnyKey) -> SignedEvents:
        """Return the signed events after checking the signature, for a reader that asks about the key before it reads.

        Raises:
            SignatureError: the signature does not hold.
            MalformedError: ``bad_history``, ``bad_event`` or one of CBOR's codes.
        """
        return decode(self.message.verify(key))

    def verify(self, key: AnyKey) -> History:
        """Return the history after checking the signature.

        Raises:
            As ``open`` and ``SignedEvents.read``.
        """
        return self.open(key).read()


def sign(history: History, signer: Signer) -> bytes:
    """Return the history signed by a status key. Raises MalformedError ``too_large``."""
    return sign_payload(encode(history), signer)


def sign_payload(payload: bytes, signer: Signer) -> bytes:
    """As ``sign``, of what ``encode`` returned."""
    data = cose.sign(payload, signer, typ=TYP)
    if len(data) > MAX_BYTES:
        raise MalformedError("too_large", f"history: {len(data)} bytes, at most {MAX_BYTES} are published")
    return data


def encode(history: History) -> bytes:
    """Return the payload."""
    events = [
        [
            int(event.kind),
            days.to_day(event.effective),
            days.to_seconds(event.recorded),
            event.authority,
            event.basis,
            event.document,
            int(event.reason),
            _encoded(event.detail),
        ]
        for event in history.events
    ]
    return cbor.encode([VERSION, history.cti, events])


def _encoded(detail: Detail) -> object:
    if not isinstance(detail, Registration):
        return detail
    replaced = detail.replaces
    return [detail.digest, None if replaced is None else [replaced.number, days.to_day(replaced.counted_from)]]


def parse(data: bytes) -> UnverifiedHistory:
    """Check size and form.

    Raises:
        MalformedError: one of COSE's codes.
    """
    return UnverifiedHistory(message=cose.parse(data, max_bytes=MAX_BYTES, typ=TYP))


def decode(payload: bytes) -> SignedEvents:
    """Read the form of all events. Raises MalformedError ``bad_history``, ``bad_event`` or one of CBOR's codes."""
    match cbor.decode(payload, max_bytes=MAX_BYTES):
        case [version, bytes(cti), [*events]] if type(version) is int and version == VERSION:
            if len(cti) != CTI_BYTES or not 1 <= len(events) <= MAX_EVENTS:
                raise _wrong_size()
            return SignedEvents(cti=cti, parts=tuple([_parts(item) for item in events]))
    raise MalformedError("bad_history", "history: not [1, cti, events]")


def _wrong_size() -> MalformedError:
    return MalformedError("bad_history", f"history: a cti of {CTI_BYTES} bytes and 1 to {MAX_EVENTS} events")


def _parts(item: cbor.Item) -> _Parts:
    # ``type`` and not ``isinstance``: true is an int there.
    if not isinstance(item, list) or [type(part) for part in item[:-1]] != _EVENT_TYPES:
        raise MalformedError("bad_event", "history: an event does not have the eight parts of FORMAT 6")
    kind, effective, recorded, authority, basis, document, reason, detail = item
    if not 1 <= kind <= MAX_CODE or not 0 <= reason <= MAX_CODE:
        raise MalformedError("bad_event", f"history: kind {kind}, reason {reason}; both are at most {MAX_CODE}")
    return _Parts(
        kind, days.from_day(effective), days.from_seconds(recorded), authority, basis, document, reason, detail
    )


def _is_known(parts: _Parts) -> bool:
    return parts.kind in _KINDS and parts.reason in _REASONS


def _event(parts: _Parts) -> Event:
    number, effective, recorded, authority, basis, document, reason, detail = parts
    kind = _KINDS[number]
    return Event(
        kind=kind,
        effective=effective,
        recorded=recorded,
        authority=authority,
        basis=basis,
        document=document,
        reason=_REASONS[reason],
        detail=_detail(kind, detail),
    )


def _detail(kind: EventKind, item: cbor.Item) -> Detail:
    """The detail as a value; whether it fits its event is checked by ``Event``."""
    match item:
        case [bytes(digest), replaces] if kind is EventKind.ISSUED:
            return Registration(digest=digest, replaces=_replaced(replaces))
        case str() | None:
            return item
    raise MalformedError("bad_event", f"history: wrong detail for {kind.word}")


def _replaced(item: cbor.Item) -> Replaced | None:
    match item:
        case None:
            return None
        case [str(number), day] if type(day) is int:
            return Replaced(number=number, counted_from=days.from_day(day))
    raise MalformedError("bad_event", "history: a certificate replaced is named by its number and a day")


def _check_order(events: Sequence[Event]) -> None:
    if any(later.recorded < earlier.recorded for earlier, later in itertools.pairwise(events)):
        raise MalformedError("bad_history", "history: an event was recorded before the one in front of it")
    _walk(events)


def _walk(events: Sequence[Event]) -> Status:
    status = Status.VALID
    for event in events[1:]:
        if not may_follow(status, event.kind):
            raise MalformedError("bad_history", f"history: {event.kind.word} cannot follow on {status.word}")
        status = STATE_AFTER.get(event.kind, status)
    return status
