"""The verdict: what a check found, as a closed set of outcomes and reasons (FORMAT 12).

Rules: a reason belongs to exactly one outcome; three statements are kept apart (genuine, in force, file unaltered), and
each is true, false or unknown; what is not proven is not shown. The words for people stand in
``credential/data/words.json``, which the page reads too.

    verdict.outcome, verdict.reason        # Outcome.NOT_AUTHENTIC, Reason.BAD_SIGNATURE
    words()["reasons"][verdict.reason]["zh"]["title"]
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final, Self

from credential import days
from credential.claims import Claims
from credential.contacts import Contact
from credential.face import Face
from credential.history import Event, EventKind, History, Replaced

STEPS: Final = 10
"""Numbered as in FORMAT 12, in the code of the verifier and on the page."""


class Outcome(StrEnum):
    """What a check can end with."""

    VALID = "valid"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"
    NOT_YET_ISSUED = "not_yet_issued"
    NOT_AUTHENTIC = "not_authentic"
    NOT_AUTHORISED = "not_authorised"
    MALFORMED = "malformed"
    INDETERMINATE = "indeterminate"


class Reason(StrEnum):
    """Why: every code of FORMAT 12."""

    IN_FORCE = "in_force"
    UNDER_REVIEW = "under_review"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"
    AWARD_NOT_MADE = "award_not_made"
    AWARDED_NOT_ISSUED = "awarded_not_issued"

    UNKNOWN_KEY = "unknown_key"
    KEY_USE = "key_use"
    BAD_SIGNATURE = "bad_signature"
    WRONG_ISSUER = "wrong_issuer"
    UNREGISTERED = "unregistered"
    OTHER_CREDENTIAL = "other_credential"
    KEY_NOT_GOOD = "key_not_good"
    DOCUMENT_ALTERED = "document_altered"
    DOCUMENT_NOT_SEALED = "document_not_sealed"
    DOCUMENT_SEAL_UNKNOWN = "document_seal_unknown"

    NO_GRANT = "no_grant"
    SCOPE = "scope"
    NO_RIGHT_TO_ISSUE = "no_right_to_issue"
    LATE = "late"
    AWARD_AFTER_ISSUE = "award_after_issue"
    COMMITTEE_NOT_ON_FILE = "committee_not_on_file"
    COMMITTEE_EXPIRED = "committee_expired"
    COMMITTEE_SCOPE = "committee_scope"
    BASIS_KIND = "basis_kind"
    NO_RECORDING_GRANT = "no_recording_grant"

    TOO_LARGE = "too_large"
    NOT_RECOGNISED = "not_recognised"
    NOT_CANONICAL = "not_canonical"
    BAD_HEADER = "bad_header"
    HIGH_S = "high_s"
    BAD_CODE = "bad_code"
    BAD_FILE = "bad_file"
    BAD_CLAIMS = "bad_claims"

    TRUST_EXPIRED = "trust_expired"
    PUBLICATION_UNREACHABLE = "publication_unreachable"
    PUBLICATION_EXPIRED = "publication_expired"
    PUBLICATION_UNTRUSTED = "publication_untrusted"
    ROLLBACK = "rollback"
    NEWER_FORMAT = "newer_format"
    HISTORY_UNREACHABLE = "history_unreachable"
    HISTORY_UNTRUSTED = "history_untrusted"
    REGISTRATION_NOT_CHECKED = "registration_not_checked"
    FILINGS_UNREACHABLE = "filings_unreachable"
    STATUS_UNREACHABLE = "status_unreachable"
    STATUS_EXPIRED = "status_expired"
    STATUS_UNTRUSTED = "status_untrusted"
    STATUS_UNASSIGNED = "status_unassigned"
    STATUS_DISAGREES = "status_disagrees"
    UNKNOWN_CODE = "unknown_code"

    @property
    def outcome(self) -> Outcome:
        """The one outcome that this reason belongs to."""
        return _OUTCOME_OF[self]


_R = Reason
_REASONS: Final[Mapping[Outcome, tuple[Reason, ...]]] = MappingProxyType(
    {
        Outcome.VALID: (_R.IN_FORCE,),
        Outcome.SUSPENDED: (_R.UNDER_REVIEW,),
        Outcome.WITHDRAWN: (_R.WITHDRAWN,),
        Outcome.CANCELLED: (_R.CANCELLED,),
        Outcome.SUPERSEDED: (_R.SUPERSEDED,),
        Outcome.NOT_YET_ISSUED: (_R.AWARD_NOT_MADE, _R.AWARDED_NOT_ISSUED),
        Outcome.NOT_AUTHENTIC: (
            _R.UNKNOWN_KEY,
            _R.KEY_USE,
            _R.BAD_SIGNATURE,
            _R.WRONG_ISSUER,
            _R.UNREGISTERED,
            _R.OTHER_CREDENTIAL,
            _R.KEY_NOT_GOOD,
            _R.DOCUMENT_ALTERED,
            _R.DOCUMENT_NOT_SEALED,
            _R.DOCUMENT_SEAL_UNKNOWN,
        ),
        Outcome.NOT_AUTHORISED: (
            _R.NO_GRANT,
            _R.SCOPE,
            _R.NO_RIGHT_TO_ISSUE,
            _R.LATE,
            _R.AWARD_AFTER_ISSUE,
            _R.COMMITTEE_NOT_ON_FILE,
            _R.COMMITTEE_EXPIRED,
            _R.COMMITTEE_SCOPE,
            _R.BASIS_KIND,
            _R.NO_RECORDING_GRANT,
        ),
        Outcome.MALFORMED: (
            _R.TOO_LARGE,
            _R.NOT_RECOGNISED,
            _R.NOT_CANONICAL,
            _R.BAD_HEADER,
            _R.HIGH_S,
            _R.BAD_CODE,
            _R.BAD_FILE,
            _R.BAD_CLAIMS,
        ),
        Outcome.INDETERMINATE: (
            _R.TRUST_EXPIRED,
            _R.PUBLICATION_UNREACHABLE,
            _R.PUBLICATION_EXPIRED,
            _R.PUBLICATION_UNTRUSTED,
            _R.ROLLBACK,
            _R.NEWER_FORMAT,
            _R.HISTORY_UNREACHABLE,
            _R.HISTORY_UNTRUSTED,
            _R.REGISTRATION_NOT_CHECKED,
            _R.FILINGS_UNREACHABLE,
            _R.STATUS_UNREACHABLE,
            _R.STATUS_EXPIRED,
            _R.STATUS_UNTRUSTED,
            _R.STATUS_UNASSIGNED,
            _R.STATUS_DISAGREES,
            _R.UNKNOWN_CODE,
        ),
    }
)
_OUTCOME_OF: Final = {reason: outcome for outcome, reasons in _REASONS.items() for reason in reasons}


class Warn(StrEnum):
    """What is said beside the outcome and never changes it."""

    HOST_NOT_OFFICIAL = "host_not_official"
    """The code led to an address that the trust list does not name."""
    CATALOGUE_UNREACHABLE = "catalogue_unreachable"
    """The names of series and title could not be looked up; the numbers are proven all the same."""
    FACE_UNTRUSTED = "face_untrusted"
    """What the document prints besides could not be believed; it counts as not there."""
    FACE_NEWER = "face_newer"
    """What the document prints besides is of a later version; it counts as not there."""
    OUTSIDE_DELEGATION = "outside_delegation"
    """No grant under which the award stands lies within one of the authority that delegated."""


class Source(StrEnum):
    """What was read."""

    QR_TEXT = "qr_text"
    CHECK_CODE = "check_code"
    CREDENTIAL_FILE = "credential_file"
    SEALED_PDF = "sealed_pdf"
    UNSEALED_PDF = "unsealed_pdf"
    """A PDF in which no seal was found, or that cannot be read."""
    PICTURE = "picture"
    """A code in an image."""


class InputNote(StrEnum):
    """What was left out of a text before it was read as FORMAT 3 and 4 say."""

    BLANKS_IGNORED = "blanks_ignored"
    """Blanks and line ends around it."""
    QUERY_IGNORED = "query_ignored"
    """Parameters between ``/v/`` and ``#``."""
    TAIL_IGNORED = "tail_ignored"
    """What stood behind the digits, from ``&``, ``?`` or ``#`` on."""


class Unchecked(StrEnum):
    """What a document may print and a check did not prove: the members of a face, and those that are not known."""

    SEX = "sex"
    EMPLOYER = "employer"
    PHOTO = "photo"
    BIRTH_MONTH = "birth_month"
    DESIGN = "design"
    LICENCE = "licence"
    PRINTED = "printed"
    OTHER = "other"


WITHOUT_FACE: Final = tuple(each for each in Unchecked if each is not Unchecked.OTHER)
"""What nobody proves where a certificate has no face."""


class StepResult(StrEnum):
    """What became of one step."""

    PASS = "pass"  # noqa: S105 - the word of FORMAT 12.1, no secret
    FAIL = "fail"
    UNKNOWN = "unknown"
    NOT_DONE = "not_done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """The address that a QR text named."""

    found: str
    """Host, and port if any."""
    official: bool | None
    """Whether the trust list names it; None before there is a trust list."""


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
            "status": _plain(self.status),
            "successor": self.successor,
            "key_compromised_on": _plain(self.key_compromised_on),
            "contact": _plain(self.contact),
            "status_time": None if self.status_time is None else days.to_seconds(self.status_time),
            "status_age": self.status_age,
            "checked_at": days.to_seconds(self.checked_at),
            "at": _plain(self.at),
            "host": _plain(self.host),
            "input_notes": _plain(self.input_notes),
            "warnings": _plain(self.warnings),
            "steps": [{"n": n, "result": result.value} for n, result in enumerate(self.steps, start=1)],
        }


_Facts = CertificateFacts | Replaced | FaceFacts | Design | StatusFacts | ContactFacts | Contact | Host
"""Whatever a verdict writes member by member."""


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


@cache
def words() -> Mapping[str, Mapping[str, Mapping[str, Mapping[str, str]]]]:
    """The words for people: section, code, language (``zh``, ``en``), then ``title``, ``text`` and ``next``.

    Sections: ``outcomes``, ``reasons``, ``steps``, ``states``, ``events``, ``reason_classes``, ``ways``, ``levels``,
    ``basis_kinds``, ``warnings``, ``statements``, ``particulars``, ``sources``, ``input_notes``, ``unchecked``. Where
    there is nothing to do, ``next`` is empty. ``{day}`` and ``{number}`` in ``particulars`` are filled in.
    """
    text = files("credential").joinpath("data/words.json").read_text(encoding="utf-8")
    found: Mapping[str, Mapping[str, Mapping[str, Mapping[str, str]]]] = MappingProxyType(json.loads(text))
    return found


_ANEW: Final = MappingProxyType({Reason.KEY_NOT_GOOD: "reissued", Reason.WITHDRAWN: "set_aside"})
"""The particulars that tell of another certificate in this one's place, by the reason that they follow."""


def reason_words(verdict: Verdict, language: str) -> Mapping[str, str]:
    """The words for a verdict's reason, and what is particular to this certificate (FORMAT 12.1).

    A key that was reported stolen has words of its own, with the day. A certificate that was issued anew, or whose
    withdrawal was set aside, is to be asked for by the number of the new one.
    """
    said = words()["reasons"][verdict.reason.value][language]
    particular = _ANEW.get(verdict.reason)
    if particular is None:
        return said
    if verdict.key_compromised_on is not None:
        stolen = words()["particulars"]["key_compromised"][language]
        said = {part: text.format(day=verdict.key_compromised_on) for part, text in stolen.items()}
    if verdict.successor is None:
        return said
    told = words()["particulars"][particular][language]
    anew = {part: text.format(number=verdict.successor) for part, text in told.items()}
    return {**said, "text": f"{said['text']}{'' if language == 'zh' else ' '}{anew['text']}", "next": anew["next"]}
