"""The proof of a certificate before its first history is signed: two operators approved it, and it says just that.

Rules: nothing that the register says of a certificate is believed. Its row is proven under the root that two persons
signed, and was not taken back, as the audit has it; its credential verifies under its authority's key in the published
trust list and says what the row gives; digest, sealed record and first event are those of this credential, as issuing
writes them; a reader would find it authorised. So a certificate that somebody wrote into the database is never
registered, also when the credential was signed by a stolen key.

    replaced = prove_first(session, written, anchors)       # raises where one of these does not hold
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from credential import checkcode
from credential.claims import CredentialBytes, parse
from credential.days import CLOCK_DIFFERENCE
from credential.errors import CodedError, CredentialError
from credential.filings import VerifiedFilings
from credential.history import Replaced
from credential.kdf import PREFIX_BITS, prefix
from credential.sealed import Kind, open_record
from credential.trustlist import VerifiedTrustList
from issuer.batches.proof import ProvenRow, prove_rows
from issuer.batches.rows import open_each
from issuer.batches.taken import require_not_taken
from issuer.db import certificates
from issuer.db.certificates import Certificate, CertificateContent, content_of_each, records_of
from issuer.db.events import Event, events_of_many
from issuer.db.models import Stage
from issuer.db.sessions import ReadSession
from issuer.errors import ConflictError, NotFoundError, TamperedError
from issuer.intake.model import AwardDraft
from issuer.issuing.authority import Rights
from issuer.issuing.reserve import reserved_claims
from issuer.issuing.storing import issued_event
from issuer.office.operators import Operators
from issuer.publishing.registered import Registered
from issuer.status.plan import claims_of, find_right
from issuer.status.replacing import KIND_OF, replaced_of, replacement_of
from issuer.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchors:
    """What lies outside the register and everything is proven by."""

    operators: Operators
    trust: VerifiedTrustList
    filings: VerifiedFilings | CodedError
    """Or why they cannot be read: then nothing new is registered, and everything else goes on."""
    registered: Registered
    now: datetime
    acts_alone: int
    """On how many certificates one operator acts alone."""
    _rights: dict[str, Rights] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def status_uris(self) -> tuple[str, ...]:
        """Address of each status list, in order."""
        return tuple(each.cwt for each in self.trust.content.status)

    def rights(self, authority: str) -> Rights:
        """Return the rights of an authority; what was asked of them once is kept.

        Raises:
            CodedError: the filings cannot be read.
            NotTrustedError: ``unknown_authority``.
        """
        if isinstance(self.filings, CodedError):
            raise self.filings
        if authority not in self._rights:
            self._rights[authority] = Rights(self.trust, self.filings, authority)
        return self._rights[authority]


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """What two operators approved of a certificate, as it was proven."""

    draft: AwardDraft
    holder: str
    authority: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What the register says of a certificate. Nothing of it is believed."""

    certificate: Certificate
    content: CertificateContent | CodedError = field(repr=False)
    events: tuple[Event, ...]
    record: bytes | None = field(repr=False)
    """The sealed record of kind certificate."""


def is_fallen(certificate: Certificate, trust: VerifiedTrustList) -> bool:
    """Whether the root signed that a certificate's key was stolen before it was registered: readers refuse it."""
    if certificate.credential_kid is None or certificate.issued_at is None:
        return False
    key = trust.find_key(certificate.credential_kid)
    since = None if key is None else key.compromised_since
    return since is not None and certificate.issued_at >= since


def written_of(session: ReadSession, vault: Vault, certificate_ids: Sequence[str]) -> dict[str, Written]:
    """Read certificates with all that is proven of them, by id, as they were asked for: sorted by shard, say.

    Those that there are not are left out.
    """
    found = content_of_each(session, vault, certificate_ids)
    contents = {each: found[each] for each in certificate_ids if each in found}
    events, records = events_of_many(session, contents), records_of(session, contents)
    return {
        each: Written(certificate=certificate, content=content, events=tuple(events[each]), record=records.get(each))
        for each, (certificate, content) in contents.items()
    }


def rows_of(
    session: ReadSession, vault: Vault, written: Sequence[Written], operators: Operators
) -> dict[str, ProvenRow | CodedError]:
    """Prove the rows of certificates, by certificate id: what two operators approved, or why it is not proven.

    A row counts as approved at the instant at which its certificate was issued.
    """
    opened = open_each(session, vault, [each.certificate.award for each in written])
    found: dict[str, ProvenRow | CodedError] = {}
    ready = []
    for each in written:
        row, issued_at = opened[each.certificate.award], each.certificate.issued_at
        if isinstance(row, CodedError):
            found[each.certificate.id] = row
        elif issued_at is None:
            found[each.certificate.id] = _not_signed(each.certificate)
        else:
            ready.append((each.certificate.id, row, issued_at))
    proven = prove_rows(session, [(row, issued_at) for _, row, issued_at in ready], operators=operators)
    return found | {certificate: proven[row.award] for certificate, row, _ in ready}


def prove_first(
    session: ReadSession, vault: Vault, written: Written, proven: ProvenRow | CodedError, anchors: Anchors
) -> Replaced | None:
    """Prove that a certificate is one that was approved and issued; return what it replaces, if it does.

    Args:
        session: reads.
        vault: opens what a certificate says that this one replaces.
        written: the certificate as it stands in the register.
        proven: its row, from ``rows_of``.
        anchors: what it is proven by.

    Raises:
        TamperedError: ``credential_altered``, ``reserved_differs``, ``first_event_altered``, ``record_altered``; those
            of ``prove_row``; ``taken_back``; ``audit_altered``: whether it was taken back cannot be known.
        ConflictError: ``not_signed``; ``older_not_published``: what it replaces is not.
        NotFoundError: no such row, batch or certificate.
        NotAllowedError, CredentialError: the authority had not the right, or its key was not good on that day; the
            holder was erased.
    """
    if isinstance(proven, CodedError):
        raise proven
    if isinstance(written.content, CodedError):
        raise written.content
    row = proven.row
    require_not_taken(session, row.batch, proven.by.statement, [row.position])
    approved = Approved(draft=row.draft, holder=row.holder, authority=proven.by.approval.object["authority"])
    certificate = written.certificate
    return check_first(
        written,
        approved,
        anchors,
        find_replaced=lambda: _replaced(session, vault, certificate, proven, anchors),
    )


def check_first(
    written: Written, approved: Approved, anchors: Anchors, *, find_replaced: Callable[[], Replaced | None]
) -> Replaced | None:
    """Prove that a certificate says what was approved, and nothing else; return what it replaces, if it does.

    Args:
        written: the certificate as it stands in the register, its content opened.
        approved: its row, which was proven.
        anchors: what it is proven by.
        find_replaced: asks the register what it replaces, and whether it may.

    Raises:
        As ``prove_first``, but for what is asked of the row and of what was taken back.
    """
    if isinstance(written.content, CodedError):
        raise written.content
    certificate, draft = written.certificate, approved.draft
    payload = _payload(written, written.content, approved.holder, anchors)
    try:
        claims = reserved_claims(
            payload, draft, certificate, authority=approved.authority, status_uris=anchors.status_uris
        )
    except CredentialError as error:
        raise _not_theirs(certificate, error) from error
    replaced = find_replaced()
    _check_event(certificate, written.events, draft.decision_document, replaced, anchors.now)
    _check_record(certificate, written.content, written.record)
    issued_on, counted_from = written.events[0].effective, None if replaced is None else replaced.counted_from
    anchors.rights(claims.issuer).check_claims(claims, issued_on=issued_on, counted_from=counted_from)
    return replaced


def check_seen(certificate: Certificate, event: Event, authority: str, anchors: Anchors) -> None:
    """Ask what may have changed since this process issued a certificate, of one that is stored as it was then.

    Args:
        certificate: it replaces no other.
        event: its only one; the decision that it names is the row's.
        authority: whose batch it is, by both statements.
        anchors: the trust list is the one by which it was issued, and so are the filings that it names.

    Raises:
        As ``check_first``.
    """
    if certificate.stage is not Stage.SIGNED or certificate.issued_at is None or certificate.credential_kid is None:
        raise _not_signed(certificate)
    if certificate.authority != authority:
        raise _altered(certificate, "digest, key, authority or holder are not those of its credential")
    anchors.rights(authority)
    anchors.trust.key(certificate.credential_kid, use="credential").check_good_at(certificate.issued_at)
    _check_event(certificate, [event], event.document, None, anchors.now)


def _payload(written: Written, content: CertificateContent, holder: str, anchors: Anchors) -> bytes:
    """Verify the signature of the credential as a reader does, compare what the register says of it, and return what
    was signed.
    """
    certificate = written.certificate
    if certificate.stage is not Stage.SIGNED or content.credential is None or certificate.issued_at is None:
        raise _not_signed(certificate)
    try:
        unverified = parse(CredentialBytes(content.credential))
        entry = anchors.trust.key(unverified.key_id, use="credential")
        stored = (certificate.credential_digest, certificate.credential_kid, certificate.authority, certificate.holder)
        if stored != (unverified.digest, unverified.key_id, entry.authority, holder):
            raise _altered(certificate, "digest, key, authority or holder are not those of its credential")
        payload = unverified.message.verify(entry.key)
    except CredentialError as error:
        raise _not_theirs(certificate, error) from error
    entry.check_good_at(certificate.issued_at)
    return payload


def _replaced(
    session: ReadSession, vault: Vault, certificate: Certificate, proven: ProvenRow, anchors: Anchors
) -> Replaced | None:
    """What the approved row replaces, with the day that the signed history of that certificate gives."""
    replaces = proven.row.draft.replaces
    if replaces is None:
        return None
    older = certificates.by_number(session, replaces.number)
    history = anchors.registered.signed(session, older)
    if history is None:
        message = (
            f"certificate {certificate.number} replaces {older.number}, which is not published; nothing was signed"
        )
        raise ConflictError("older_not_published", message, number=older.number)
    kind, event = KIND_OF[replaces.reason], replacement_of(session, older)
    if event is None or (event.kind, event.successor) != (kind, certificate.number):
        message = f"certificate {certificate.number} replaces {older.number}, whose events do not say so"
        raise TamperedError("first_event_altered", f"{message}; nothing was signed", number=certificate.number)
    authority = proven.by.approval.object["authority"]
    find_right(anchors.trust, older, claims_of(session, vault, older), kind, authority, on=event.effective)
    return replaced_of(older, history)


def _check_event(
    certificate: Certificate, events: Sequence[Event], document: str, replaced: Replaced | None, now: datetime
) -> None:
    issued_at = certificate.issued_at
    assert issued_at is not None
    expected = issued_event(certificate.authority, document, replaced, issued_at)
    first = events[0] if events else None
    in_time = issued_at <= now + CLOCK_DIFFERENCE  # nothing could follow on an event that is still to come
    if first != expected or first.effective != certificate.issued_on or not in_time:
        message = f"the first event of certificate {certificate.number} is not what issuing writes; nothing was signed"
        raise TamperedError("first_event_altered", message, number=certificate.number)


def _check_record(certificate: Certificate, content: CertificateContent, record: bytes | None) -> None:
    """What is to be published under the check code is this credential, where a reader looks for it."""
    try:
        code = checkcode.parse(content.check_code)
        secret = code.encode("ascii")
        in_place = checkcode.prefix_of(code, PREFIX_BITS) == prefix(certificate.cti, PREFIX_BITS)
        # What opens has the locator of the check code in front.
        found = None if record is None else open_record(Kind.CERTIFICATE, secret, record)
    except CredentialError as error:
        raise _record_altered(certificate) from error
    if not in_place or found is None or found != content.credential:
        raise _record_altered(certificate)


def _not_signed(certificate: Certificate) -> ConflictError:
    message = f"certificate {certificate.number} is {certificate.stage.value}, not issued; nothing was signed"
    return ConflictError("not_signed", message, number=certificate.number)


def _not_theirs(certificate: Certificate, error: CredentialError) -> TamperedError:
    return _altered(certificate, f"its credential is none of the authority's ({error.code})")


def _altered(certificate: Certificate, why: str) -> TamperedError:
    message = f"certificate {certificate.number} is not what was issued: {why}; nothing was signed"
    return TamperedError("credential_altered", message, number=certificate.number)


def _record_altered(certificate: Certificate) -> TamperedError:
    message = f"the sealed record of certificate {certificate.number} does not hold its credential; nothing was signed"
    return TamperedError("record_altered", message, number=certificate.number)


def missing(certificate_id: str) -> NotFoundError:
    """Return the error of an id that no certificate has; for raising."""
    return NotFoundError("no_certificate", f"there is no certificate {certificate_id}", certificate=certificate_id)
