"""Planning a change of status: what would happen, to which certificates, and by what right. Nothing is changed here.

Rules: the deciding authority needs a grant for the act in the published trust list, on the day of the act, that covers
series and level and reaches over the certificate (its own, or all of its region). A withdrawal of a successor takes its
predecessors with it. A plan is a value: what is shown is what is done, or nothing.

    plan = plan_change(session, vault, order, trust=trust, today=today)
    for line in plan.lines: print(line.number, line.before, "->", line.after)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from sqlalchemy import select

from credential.claims import Claims, CredentialBytes, decode_claims, parse
from credential.errors import CredentialError
from credential.grants import Grant, Over
from credential.history import (
    EVENT_OF,
    MAX_BASIS,
    MAX_DETAIL,
    MAX_DOCUMENT,
    REASONS_OF,
    RIGHT_OF,
    STATE_AFTER,
    Act,
    EventKind,
    Reason,
    may_follow,
    possible_from,
)
from credential.regions import RegionCode, covers
from credential.statements import CERTIFICATE_ACTS, SeenCertificate
from credential.statuslist import Status
from credential.trustlist import VerifiedTrustList
from issuer.db import certificates, reaching
from issuer.db.certificates import Certificate, CertificateContent
from issuer.db.events import count_events
from issuer.db.models import CertificateRow, EventRow
from issuer.db.reaching import Credential
from issuer.db.sessions import ReadSession, chunked
from issuer.errors import ConflictError, InputError, IssuerError, NotAllowedError, NotFoundError
from issuer.identifiers import mask_name
from issuer.status.persons import require_whole
from issuer.vault import Vault

MAX_IN_ONE_ORDER: Final = 100_000
"""As many as the largest batch; one order is one transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What somebody wants done."""

    act: Act
    """Suspend, reinstate, withdraw, cancel, annotate or erase."""
    numbers: tuple[str, ...]
    authority: str
    """The deciding authority."""
    reason: Reason
    basis: str
    """The legal basis; whoever holds the certificate can read it."""
    document: str
    """The number of the decision document; likewise."""
    effective: date
    """Not later than today, not before the award."""
    before_issue: bool = False
    """Whether the day may lie before a certificate was issued; whoever signs says so on purpose."""
    review_by: date | None = None
    """Of a suspension: the day by which somebody decides what becomes of it."""
    note: str | None = None
    """Of an annotation: the text; whoever holds the certificate can read it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What would happen to one certificate."""

    certificate: Certificate
    holder_masked: str
    title: int
    level: int
    events: int
    """How many events it has: with ``before``, the state that the plan saw."""
    after: Status
    legal_basis: str
    """Of the grant that allows it."""
    because_of: str | None
    """The successor whose withdrawal takes this one with it."""

    @property
    def number(self) -> str:
        """The certificate number."""
        return self.certificate.number

    @property
    def before(self) -> Status:
        """The state that the plan saw."""
        return self.certificate.state


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """An order with everything that it would do."""

    order: Order
    lines: tuple[Line, ...]

    @property
    def seen(self) -> tuple[SeenCertificate, ...]:
        """The list that an operator signs for: every certificate, its state, and how many events it has."""
        return tuple(SeenCertificate(number=line.number, state=line.before, events=line.events) for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """What stays the same while the lines of a plan are worked out."""

    session: ReadSession
    vault: Vault
    order: Order
    trust: VerifiedTrustList
    today: date


def plan_change(session: ReadSession, vault: Vault, order: Order, *, trust: VerifiedTrustList, today: date) -> Plan:
    """Return what an order would do today.

    Raises:
        InputError: an act that changes no status; no numbers, one twice, too many; basis or document missing; a day in
            the future; ``effective_before_award``; ``effective_before_issue``, unless the order says so on purpose;
            ``reason_of_act``; ``review_by``, ``note``; ``holder_incomplete``.
        NotFoundError: ``no_certificate``.
        ConflictError: ``wrong_state``: a certificate cannot go there from where it is, and ``possible`` names the acts
            that may follow; ``holder_waits``.
        NotAllowedError: ``no_right``: the deciding authority may not do this to this certificate.
    """
    _check_order(order, today)
    asked = _Question(session=session, vault=vault, order=order, trust=trust, today=today)
    lines = _with_predecessors(asked, _lines(asked, dict.fromkeys(order.numbers)))
    if order.act is Act.ERASE:
        require_whole(session, [line.certificate for line in lines.values()])
    return Plan(order=order, lines=tuple(lines.values()))


def is_unmoved(session: ReadSession, plan: Plan) -> bool:
    """Whether every certificate is in the state that the plan saw, with as many events; asked under its lock."""
    for chunk in chunked(plan.lines):
        states = reaching.standing(session, [line.number for line in chunk])
        events = count_events(session, [line.certificate.id for line in chunk])
        for line in chunk:
            certificate = line.certificate.id
            if states.get(line.number) != (certificate, line.before) or events.get(certificate, 0) != line.events:
                return False
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Sifted:
    """An order over a list, of which some may be impossible: what it would do, and what it cannot."""

    plan: Plan
    """Without lines, where nothing of the list can be done."""
    refused: Mapping[str, IssuerError]
    """By number, why nothing can happen to it."""


def sift_change(session: ReadSession, vault: Vault, order: Order, *, trust: VerifiedTrustList, today: date) -> Sifted:
    """Return what an order would do today to those of its certificates to which it can be done.

    Raises:
        InputError: as ``plan_change``, of the order itself and not of one certificate.
    """
    _check_order(order, today)
    asked = _Question(session=session, vault=vault, order=order, trust=trust, today=today)
    lines: dict[str, Line] = {}
    refused: dict[str, IssuerError] = {}
    for number, found in _judged(asked, dict.fromkeys(order.numbers)):
        if isinstance(found, IssuerError):
            refused[number] = found
        else:
            lines[number] = found
    lines = _with_predecessors(asked, lines)
    planned = Plan(order=replace(order, numbers=tuple(lines)), lines=tuple(lines.values()))
    return Sifted(plan=planned, refused={each: error for each, error in refused.items() if each not in lines})


def _check_order(order: Order, today: date) -> None:
    if order.act not in CERTIFICATE_ACTS:
        possible = ", ".join(sorted(CERTIFICATE_ACTS))
        raise InputError("act", f"to {order.act} is no change of a status; take one of {possible}")
    if not 1 <= len(order.numbers) <= MAX_IN_ONE_ORDER:
        message = f"name 1 to {MAX_IN_ONE_ORDER} certificate numbers, each once"
        raise InputError("numbers", message, most=MAX_IN_ONE_ORDER)
    check_each_once(order.numbers)
    _check_reason(order)
    _check_extras(order, today)
    if order.effective > today:
        message = f"{order.effective} is in the future; a change takes effect today or earlier"
        raise InputError("effective", message, day=order.effective)
    for what, text, most in (("basis", order.basis, MAX_BASIS), ("document", order.document, MAX_DOCUMENT)):
        if not text.strip() or len(text) > most or not text.isprintable():
            message = f"the {what} is 1 to {most} printable characters; it is public to whoever holds the certificate"
            raise InputError(what, message, most=most)


def _check_reason(order: Order) -> None:
    allowed = REASONS_OF[order.act]
    if order.reason not in allowed:
        words = sorted(reason.word for reason in allowed)
        message = f"to {order.act} takes one of the reasons {', '.join(words)}; {order.reason.word} is none of them"
        raise InputError("reason_of_act", message, act=order.act.value, reasons=tuple(words))


def _check_extras(order: Order, today: date) -> None:
    """A day of review goes with a suspension, a note with an annotation, and neither with anything else."""
    if order.review_by is not None and (order.act is not Act.SUSPEND or order.review_by <= today):
        message = "a day by which it is reviewed goes with a suspension, and is still to come"
        raise InputError("review_by", message, day=order.review_by)
    note = order.note
    is_text = note is not None and len(note.strip()) >= 1 and len(note) <= MAX_DETAIL and note.isprintable()
    if (order.act is Act.ANNOTATE) != (note is not None) or (note is not None and not is_text):
        message = f"a note of 1 to {MAX_DETAIL} printable characters goes with an annotation, and only with it"
        raise InputError("note", message)


def check_each_once(numbers: Sequence[str]) -> None:
    """Ask of a list of certificates whether each number is there once (FORMAT 11.2).

    Raises:
        InputError: ``numbers``; the sentence names one that is there twice.
    """
    seen: set[str] = set()
    for number in numbers:
        if number in seen:
            message = f"certificate {number} stands in the list twice; name each certificate once"
            raise InputError("numbers", message, number=number)
        seen.add(number)


def _lines(asked: _Question, numbers: Mapping[str, str | None]) -> dict[str, Line]:
    """Work out a line for each number, in this order; beside each number, because of which other it is here."""
    lines: dict[str, Line] = {}
    for number, found in _judged(asked, numbers):
        if isinstance(found, IssuerError):
            raise found
        lines[number] = found
    return lines


def _judged(asked: _Question, numbers: Mapping[str, str | None]) -> Iterator[tuple[str, Line | IssuerError]]:
    """Yield for each number, in this order, what would happen to it, or why nothing can."""
    for chunk in chunked(numbers):
        found = reaching.credentials(asked.session, chunk)
        events = count_events(asked.session, [each.certificate.id for each in found.values()])
        for number in chunk:
            try:
                yield number, _line(asked, number, found.get(number), events, numbers[number])
            except IssuerError as error:
                yield number, error


def _line(asked: _Question, number: str, found: Credential | None, events: Mapping[str, int], why: str | None) -> Line:
    if found is None:
        raise NotFoundError("no_certificate", f"no certificate has the number {number}; check it", number=number)
    order, certificate = asked.order, found.certificate
    after = _after(certificate, order.act)
    claims = _claims(found, asked.vault)
    _check_day(order, certificate, claims)
    right = right_to(asked.trust, certificate, claims, EVENT_OF[order.act], order.authority, on=asked.today)
    return Line(
        certificate=certificate,
        holder_masked=mask_name(claims.name),
        title=claims.title,
        level=claims.level,
        events=events.get(certificate.id, 0),
        after=after,
        legal_basis=right,
        because_of=why,
    )


def _claims(found: Credential, vault: Vault) -> Claims:
    credential = found.opened(vault)
    if credential is None:
        number = found.certificate.number
        raise NotAllowedError("erased", f"the content of certificate {number} was erased", number=number)
    return decode_claims(parse(CredentialBytes(credential)).message.payload)


def _check_day(order: Order, certificate: Certificate, claims: Claims) -> None:
    """A state begins when there was a title, and without a word on purpose when there was a certificate.

    FORMAT 6 asks neither: an event that takes effect before the issue is in effect on every day of the certificate.
    """
    number, day = certificate.number, order.effective
    if day < claims.award_date:
        message = f"{day} lies before the award of certificate {number} on {claims.award_date}"
        raise InputError("effective_before_award", message, number=number)
    issued = certificate.issued_on
    if issued is not None and day < issued and not order.before_issue:
        message = f"{day} lies before certificate {number} was issued on {issued}"
        raise InputError("effective_before_issue", message, number=number)


def _after(certificate: Certificate, act: Act) -> Status:
    kind = EVENT_OF[act]
    if act is Act.ERASE and may_follow(certificate.state, EventKind.CANCELLED):
        kind = EventKind.CANCELLED  # and then erased, by the same act
    after = STATE_AFTER.get(kind, certificate.state)
    if certificate.credential_digest is None:
        message = f"certificate {certificate.number} is {certificate.stage.value}, not issued; its status cannot change"
        raise ConflictError("not_signed", message, number=certificate.number)
    if not may_follow(certificate.state, kind):
        possible = tuple(each.value for each in possible_from(certificate.state))
        message = (
            f"certificate {certificate.number} is {certificate.state.word}; to {act} it is not possible from there, "
            f"possible is to {', '.join(possible)}"
        )
        fields = {"number": certificate.number, "state": certificate.state.word, "possible": possible}
        raise ConflictError("wrong_state", message, **fields)
    return after


def claims_of(session: ReadSession, vault: Vault, certificate: Certificate) -> Claims:
    """Open what a certificate says. Raises ConflictError ``not_signed``, NotAllowedError ``erased``."""
    return claims_in(certificate, certificates.content(session, vault, certificate.id))


def claims_in(certificate: Certificate, stored: CertificateContent) -> Claims:
    """Return what an opened certificate says. Raises ConflictError ``not_signed``."""
    if stored.credential is None:
        raise ConflictError("not_signed", f"certificate {certificate.number} has no credential")
    return decode_claims(parse(CredentialBytes(stored.credential)).message.payload)


def right_to(
    trust: VerifiedTrustList, certificate: Certificate, claims: Claims, kind: EventKind, authority: str, *, on: date
) -> str:
    """As ``find_right``; annotating takes no grant over an own certificate, and over another's that to suspend it.

    Raises:
        NotAllowedError: ``no_right``.
    """
    if kind is EventKind.ANNOTATED:
        if certificate.authority == authority:
            return ""
        kind = EventKind.SUSPENDED
    return find_right(trust, certificate, claims, kind, authority, on=on)


def find_right(
    trust: VerifiedTrustList, certificate: Certificate, claims: Claims, kind: EventKind, authority: str, *, on: date
) -> str:
    """Return the legal basis of the grant that lets an authority do this to a certificate on a day.

    Raises:
        NotAllowedError: ``no_right``.
    """
    where = trust.authority(claims.issuer).region if claims.scope is None else str(claims.scope.region)
    for grant in _grants(trust, claims, kind, authority, on):
        own = certificate.authority == authority
        if own or (grant.over == Over.ALL and covers(RegionCode(grant.region), RegionCode(where))):
            return grant.legal_basis
    message = f"{authority} has no grant under which certificate {certificate.number} becomes {kind.word}"
    raise NotAllowedError("no_right", message, number=certificate.number, authority=authority)


def _grants(trust: VerifiedTrustList, claims: Claims, kind: EventKind, authority: str, on: date) -> Sequence[Grant]:
    try:
        grants = trust.authority(authority).grants
    except CredentialError:
        return ()
    act = RIGHT_OF[kind]
    return [grant for grant in grants if grant.allows(act, series=claims.series, level=claims.level, on=on)]


def _with_predecessors(asked: _Question, lines: dict[str, Line]) -> dict[str, Line]:
    if asked.order.act is Act.WITHDRAW:
        lines |= _predecessors(asked, lines)
    return lines


def _predecessors(asked: _Question, lines: Mapping[str, Line]) -> dict[str, Line]:
    """Those that these replaced, and those that they replaced: a fraud does not survive in an older edition."""
    found: dict[str, Line] = {}
    newer: Mapping[str, Line] = lines
    while newer:
        replaced = {
            older: successor
            for chunk in chunked(newer)
            for older, successor in _superseded_by(asked.session, chunk)
            if older not in lines and older not in found
        }
        newer = _lines(asked, replaced)
        found |= newer
    return found


def _superseded_by(session: ReadSession, successors: Sequence[str]) -> Iterator[tuple[str, str | None]]:
    query = (
        select(CertificateRow.number, EventRow.successor)
        .join(EventRow, EventRow.certificate == CertificateRow.id)
        .where(EventRow.successor.in_(successors), CertificateRow.state == Status.SUPERSEDED)
        .order_by(CertificateRow.number)
    )
    yield from session.execute(query)
