"""The verdict: what a check found, as a value (FORMAT 12.1).

Rules: three statements are kept apart (genuine, in force, file unaltered), and each is true, false or unknown; what is
not proven is not shown.

    verdict.outcome, verdict.reason        # Outcome.NOT_AUTHENTIC, Reason.BAD_SIGNATURE
    verdict.to_json()["certificate"]
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Self

from credential import days
from credential.claims import Claims
from credential.contacts import Contact
from credential.face import Face
from credential.history import Event, EventKind, History, Replaced
from credential.outcomes import WITHOUT_FACE, InputNote, Outcome, Reason, Source, StepResult, Unchecked, Warn
from credential.statuslist import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """The address that a QR text named."""

    found: str
    """Host, and port if any."""
    official: bool | None
    """Whether the trust list names it; None before there is a trust list."""
    expected: tuple[str, ...] = ()
    """The first hosts that the trust list names, where it does not name this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """The design by which a document was set."""

    id: str
    version: int
    digest: str
    """SHA-256 of its files, in hex."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceFacts:
    """What the document prints and the credential does not say (FORMAT 6.1). None: this face does not name it."""

    sex: int | None = None
    """GB/T 2261.1."""
    employer: str | None = None
    photo: str | None = None
    """SHA-256 of the JPEG, in hex."""
    birth_month: str | None = None
    """``YYYY-MM``."""
    design: Design | None = None
    licence: str | None = None
    printed: tuple[tuple[str, str], ...] = ()
    """Label and text."""
    unknown: int = 0
    """How many members this reader does not know."""

    @classmethod
    def of(cls, face: Face) -> Self:
        """The facts of a face that holds."""
        members, design = face.members, face.members.design
        return cls(
            sex=None if members.sex is None else int(members.sex),
            employer=members.employer,
            photo=None if members.photo is None else members.photo.hex(),
            birth_month=members.birth_month,
            design=None if design is None else Design(id=design.id, version=design.version, digest=design.digest.hex()),
            licence=members.licence,
            printed=members.printed,
            unknown=face.unknown,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactFacts:
    """Whom to ask."""

    authority: str
    authority_name: str
    authority_name_en: str
    en: Contact
    zh: Contact


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateFacts:
    """What the credential says, shown only once its signature is proven. Members as in FORMAT 12.1."""

    number: str
    name: str
    id_last4: str
    series: int
    series_name: str | None
    title: int
    title_name: str | None
    specialty: str
    level: int
    way: int
    award_date: date
    basis_kind: int
    basis_reference: str
    scope_region: int | None
    scope_name: str | None
    authority: str
    authority_name: str
    issued_on: date | None
    """From the history; None before step 5."""
    replaces: Replaced | None
    """From the history; None before step 5, and for a certificate that replaces none."""
    committee_name: str | None
    """From the filing; None before step 7 and for ways without a committee."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusFacts:
    """The state with the event that brought it."""

    state: str
    since: date
    reason: int
    authority: str
    authority_name: str
    basis: str
    document: str
    note: str | None
    """The last annotation."""
    states: tuple[str, ...] = ()
    """Those of the day that was asked about, in their order, where it has more than one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """What stands behind the facts of a certificate; they are put together only where somebody wants to see them."""

    claims: Claims
    """Their signature holds."""
    series_name: str | None
    title_name: str | None
    authority_name: str
    issued_on: date | None
    replaces: Replaced | None
    committee_name: str | None

    def facts(self) -> CertificateFacts:
        """The facts in the words of FORMAT 12.1."""
        claims, scope = self.claims, self.claims.scope
        return CertificateFacts(
            number=claims.number,
            name=claims.name,
            id_last4=claims.id_last4,
            series=claims.series,
            series_name=self.series_name,
            title=claims.title,
            title_name=self.title_name,
            specialty=claims.specialty,
            level=claims.level,
            way=claims.way,
            award_date=claims.award_date,
            basis_kind=claims.basis_kind,
            basis_reference=claims.basis_reference,
            scope_region=None if scope is None else scope.region,
            scope_name=None if scope is None else scope.name,
            authority=claims.issuer,
            authority_name=self.authority_name,
            issued_on=self.issued_on,
            replaces=self.replaces,
            committee_name=self.committee_name,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What stands behind the facts of a status."""

    history: History
    """As far as it was in effect on the day that was asked about."""
    event: Event
    """The one that brought the state."""
    authority_name: str
    """Of who decided it."""
    states: tuple[Status, ...] = ()
    """Of the day that was asked about."""

    def facts(self) -> StatusFacts:
        """The facts in the words of FORMAT 12.1."""
        event, notes = self.event, [e.detail for e in self.history.events if e.kind is EventKind.ANNOTATED]
        return StatusFacts(
            state=self.history.status.word,
            since=event.effective,
            reason=int(event.reason),
            authority=event.authority,
            authority_name=self.authority_name,
            basis=event.basis,
            document=event.document,
            note=str(notes[-1]) if notes else None,
            states=tuple(state.word for state in self.states) if len(self.states) > 1 else (),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a check found."""

    reason: Reason
    step: int
    """The step that decided."""
    source: Source
    """What was read."""
    genuine: bool | None
    """Steps 1 to 7: really issued, by someone who might."""
    in_force: bool | None
    """Steps 8 and 9: valid now, or on the day that was asked about."""
    file_unaltered: bool | None
    """Only for a sealed document."""
    demonstration: bool | None
    proven: Proven | None
    face: FaceFacts | None
    """What the document prints besides; None before step 5 and where there is none in order."""
    standing: Standing | None
    successor: str | None
    """The number of the certificate that stands in this one's place."""
    key_compromised_on: date | None
    """Beside ``key_not_good``: the day from which on the key is known as stolen."""
    contact: ContactFacts | None
    """Whom to ask, where an answer sends people to an authority."""
    status_time: datetime | None
    """When the status list was signed."""
    checked_at: datetime
    at: date | None
    host: Host | None
    input_notes: tuple[InputNote, ...]
    """What was left out of the text before it was read."""
    warnings: tuple[Warn, ...]
    steps: tuple[StepResult, ...]

    @property
    def outcome(self) -> Outcome:
        """What the check ended with."""
        return self.reason.outcome

    @property
    def certificate(self) -> CertificateFacts | None:
        """What the credential says; None before step 4."""
        return None if self.proven is None else self.proven.facts()

    @property
    def unchecked(self) -> tuple[Unchecked, ...]:
        """What the document may print and this check did not prove; paper alone is compared with no digest."""
        if self.proven is None:
            return ()
        face = self.face
        if face is None:
            return WITHOUT_FACE
        photo = (Unchecked.PHOTO,) if face.photo is not None and self.file_unaltered is not True else ()
        return (*photo, Unchecked.OTHER) if face.unknown else photo

    @property
    def status(self) -> StatusFacts | None:
        """The state with the event that brought it; None before step 9."""
        return None if self.standing is None else self.standing.facts()

    @property
    def status_age(self) -> int | None:
        """Seconds from the status list's signature to the check."""
        if self.status_time is None:
            return None
        return days.to_seconds(self.checked_at) - days.to_seconds(self.status_time)

    def to_json(self) -> dict[str, object]:
        """The object of FORMAT 12.1, members in its order."""
        return {
            "outcome": self.outcome.value,
            "reason": self.reason.value,
            "step": self.step,
            "source": self.source.value,
            "genuine": self.genuine,
            "in_force": self.in_force,
            "file_unaltered": self.file_unaltered,
            "demonstration": self.demonstration,
            "certificate": _plain(self.certificate),
            "face": _plain(self.face),
            "unchecked": _plain(self.unchecked),
            "status": _plain_status(self.status),
            "successor": self.successor,
            "key_compromised_on": _plain(self.key_compromised_on),
            "contact": _plain(self.contact),
            "status_time": None if self.status_time is None else days.to_seconds(self.status_time),
            "status_age": self.status_age,
            "checked_at": days.to_seconds(self.checked_at),
            "at": _plain(self.at),
            "host": _plain_host(self.host),
            "input_notes": _plain(self.input_notes),
            "warnings": _plain(self.warnings),
            "steps": [{"n": n, "result": result.value} for n, result in enumerate(self.steps, start=1)],
        }


def _plain_host(host: Host | None) -> object:
    """Hosts that are expected are named where another one was found, and nowhere else."""
    if host is None:
        return None
    expected = {"expected": list(host.expected)} if host.expected else {}
    return {"found": host.found, "official": host.official, **expected}


_Facts = CertificateFacts | Replaced | FaceFacts | Design | StatusFacts | ContactFacts | Contact | Host
"""Whatever a verdict writes member by member."""


def _plain_status(status: StatusFacts | None) -> object:
    """The states of a day are named where there are several, and nowhere else."""
    plain = _plain(status)
    if isinstance(plain, dict) and not plain["states"]:
        del plain["states"]
    return plain


def _plain(value: object) -> object:
    """What JSON can hold: the members of facts in their order, a list for a tuple, a text for a code or a date."""
    match value:
        case StrEnum():
            return value.value
        case date():
            return value.isoformat()
        case tuple():
            return [_plain(each) for each in value]
    if not isinstance(value, _Facts):
        return value
    # ``asdict`` would copy each of them deeply.
    return {name: _plain(getattr(value, name)) for name in value.__slots__}
