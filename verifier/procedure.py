"""The verification, step by step, numbered as in FORMAT 12 and on the page.

Rules: steps 1 to 7 stop at the first refusal; what cannot be known (a file that does not come) is kept aside while the
later of these steps can still prove a refusal, because a proven refusal beats an unreachable file; steps 8 and 9 ask
about today. The answer is always a ``Verdict``, never an exception, unless the question itself has no answer.

    verdict = verify_qr_text(text, reader, now=now)
    verdict.outcome, verdict.reason, verdict.step
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Final

from credential import checkcode, qrtext
from credential.authorisation import award_of, basis_of
from credential.checkcode import CheckCode
from credential.claims import UnverifiedCredential, decode_claims
from credential.claims import parse as parse_credential
from credential.days import day_of
from credential.errors import CannotKnowError, CredentialError, MalformedError, NotTrustedError
from credential.kdf import PREFIX_BITS, prefix
from credential.outcomes import InputNote, Reason, Source, Warn
from credential.sealed import Kind
from credential.verdict import Verdict
from verifier import steps
from verifier.check import Check, DecidedError
from verifier.documents import PdfReader, Sealed
from verifier.errors import FetchError, TrustError, UsageError
from verifier.reader.publication import Reader
from verifier.reader.view import View

Notes = tuple[InputNote, ...]
"""What was left out of a text before it came here."""
Find = Callable[[Check, View], UnverifiedCredential]
"""How a check comes to its credential once there is a view: it has it already, or a code leads to it."""

_FORM: Final = {
    reason.value: reason
    for reason in (
        Reason.TOO_LARGE,
        Reason.NOT_RECOGNISED,
        Reason.NOT_CANONICAL,
        Reason.BAD_HEADER,
        Reason.HIGH_S,
        Reason.BAD_CODE,
        Reason.BAD_FILE,
    )
}
_DOCUMENT: Final = {
    "pdf_malformed": Reason.BAD_FILE,
    "pdf_too_large": Reason.TOO_LARGE,
    "pdf_no_signature": Reason.DOCUMENT_NOT_SEALED,
    "pdf_no_credential": Reason.NOT_RECOGNISED,
    "pdf_altered": Reason.DOCUMENT_ALTERED,
    "pdf_not_whole_file": Reason.DOCUMENT_ALTERED,
}
_SEALED: Final = frozenset({"pdf_altered", "pdf_not_whole_file", "pdf_no_credential"})
"""What a reader of files says only of a file in which it found a seal."""


def verify_credential(
    data: bytes,
    reader: Reader,
    *,
    now: datetime,
    at: date | None = None,
    source: Source = Source.CREDENTIAL_FILE,
) -> Verdict:
    """Verify the bytes of a credential.

    Args:
        data: from a file.
        reader: the publication.
        now: aware UTC.
        at: answer for this civil day (Asia/Shanghai) instead of today; not later than today.
        source: what was read.

    Raises:
        UsageError: ``at_in_future``.
    """
    return _verify_bytes(_new_check(now, at, source), data, reader)


def verify_qr_text(
    text: str,
    reader: Reader,
    *,
    now: datetime,
    at: date | None = None,
    source: Source = Source.QR_TEXT,
    notes: Notes = (),
) -> Verdict:
    """Verify the text of a QR code (FORMAT 3); otherwise as ``verify_credential``.

    Args:
        source: ``picture`` when it was read from one; ``unsealed_pdf`` when it stood on a page of a PDF without a seal.
        notes: what was left out of the text before; this one is read strictly.
    """
    check = _new_check(now, at, source, notes)
    try:
        scanned = qrtext.parse(text)
    except MalformedError as error:
        return check.decide(_form_reason(error), 1)
    check.origin = scanned.origin
    return _verify_bytes(check, scanned.data, reader)


def verify_odd_link(
    digits: str,
    reader: Reader,
    *,
    address: str,
    now: datetime,
    at: date | None = None,
    source: Source = Source.QR_TEXT,
    notes: Notes = (),
) -> Verdict:
    """Verify digits that stood behind an address that no QR text may have; otherwise as ``verify_qr_text``.

    Args:
        digits: of a credential.
        address: what of it is shown; empty for digits alone.
    """
    check = _new_check(now, at, source, notes)
    try:
        data = qrtext.decode_digits(digits)
    except MalformedError as error:
        return check.decide(_form_reason(error), 1)
    check.odd_address = address or None
    return _verify_bytes(check, data, reader)


def verify_check_code(
    text: str,
    reader: Reader,
    *,
    now: datetime,
    at: date | None = None,
    source: Source = Source.CHECK_CODE,
    notes: Notes = (),
) -> Verdict:
    """Verify what a check code leads to (FORMAT 4); otherwise as ``verify_qr_text``."""
    check = _new_check(now, at, source, notes)
    try:
        code = checkcode.parse(text)
    except MalformedError as error:
        return check.decide(_form_reason(error), 1)
    return _run(check, reader, lambda check, view: _resolve(check, view, code))


def verify_document(
    data: bytes, reader: Reader, *, now: datetime, at: date | None = None, read_pdf: PdfReader
) -> Verdict:
    """Verify a sealed PDF: first the file, then the credential in it; otherwise as ``verify_credential``.

    Args:
        read_pdf: the reader of the file, ``verifier.sources.children.Children.sealed`` where nothing else is wanted.

    Raises:
        UsageError: ``at_in_future``; what ``read_pdf`` raises of that kind.
    """
    check = _new_check(now, at, Source.SEALED_PDF)
    try:
        document = read_pdf(data)
    except CredentialError as error:
        if _sealed_by_a_later_suite(check, reader, error):
            check.unsure(1)
            return check.decide(Reason.NEWER_FORMAT, 2)
        check.source = Source.SEALED_PDF if error.code in _SEALED else Source.UNSEALED_PDF
        reason = _DOCUMENT.get(error.code, Reason.BAD_FILE)
        check.file_unaltered = False if reason is Reason.DOCUMENT_ALTERED else None
        return check.decide(reason, 1)
    try:
        credential = _step_1(check, document.credential)
    except DecidedError as decided:
        return check.decide(decided.reason, decided.step)
    return _run(check, reader, lambda check, view: _unseal(check, view, document, credential))


def _verify_bytes(check: Check, data: bytes, reader: Reader) -> Verdict:
    try:
        credential = _step_1(check, data)
    except DecidedError as decided:
        return check.decide(decided.reason, decided.step)
    return _run(check, reader, lambda _check, _view: credential)


def _new_check(now: datetime, at: date | None, source: Source, notes: Notes = ()) -> Check:
    if at is not None and at > day_of(now):
        raise UsageError("at_in_future", f"{at} lies in the future; ask about a day up to today", at=at.isoformat())
    check = Check(now=now, at=at, source=source, input_notes=notes)
    if source is Source.UNSEALED_PDF:
        check.warn(Warn.SCAN_OR_PRINT)
    return check


def _run(check: Check, reader: Reader, find: Find) -> Verdict:
    """Run the steps, and once more from the snapshot when the publication moved on between two fetches."""
    try:
        view = reader.view(check.now)
        verdict = _attempt(check, view, find)
        newer = reader.renewed(view, check.now) if view.mixture else None
    except TrustError as error:
        return check.decide(error.reason, 2)
    return verdict if newer is None else _attempt(check.restarted(), newer, find)


def _attempt(check: Check, view: View, find: Find) -> Verdict:
    check.demonstration = view.trust.content.demonstration
    steps.check_host(check, view)
    try:
        credential = find(check, view)
        check.passed(1)
        reason, step = _steps(check, view, credential)
    except DecidedError as refusal:
        reason, step = refusal.reason, refusal.step
    if reason is not Reason.IN_FORCE:
        steps.tell_contact(check, view)
    return check.decide(reason, step)


def _steps(check: Check, view: View, credential: UnverifiedCredential) -> tuple[Reason, int]:
    """Steps 2 to 9: the reason, and the step that it comes from. Raises DecidedError for a refusal."""
    entry = steps.check_key(check, view, credential)
    claims = steps.check_signature(check, credential, entry)
    authority = steps.check_issuer(check, view, claims, entry)
    history = steps.check_history(check, view, credential, claims, entry)
    if history is not None:
        steps.read_face(check, view, history)
    issued_on = None if history is None else history.issued.effective
    award = award_of(claims)
    grants = steps.check_grants(check, authority, award, history)
    standing_under = steps.check_basis(check, view, authority, award, basis_of(claims), grants, issued_on)
    steps.check_delegation(check, view, authority, standing_under)
    if check.pending is not None or history is None:
        unknown = check.pending or check.refuse(5, Reason.HISTORY_UNREACHABLE)
        return unknown.reason, unknown.step
    found = steps.check_status_list(check, view, claims)
    return steps.check_state(check, view, history, found, claims), 9


def _step_1(check: Check, data: bytes) -> UnverifiedCredential:
    """Step 1: size and form. Needs no publication, so what has no form is refused even when nothing can be reached."""
    try:
        credential = parse_credential(data)
    except MalformedError as error:
        raise check.refuse(1, _form_reason(error)) from error
    check.passed(1)
    return credential


def _form_reason(error: MalformedError) -> Reason:
    return _FORM.get(error.code, Reason.NOT_RECOGNISED)


def _resolve(check: Check, view: View, code: CheckCode) -> UnverifiedCredential:
    """Find the credential that a check code opens. Not found is no finding of forgery."""
    try:
        data = view.record(Kind.CERTIFICATE, code.encode("ascii"), checkcode.prefix_of(code, PREFIX_BITS))
    except FetchError as error:
        raise check.refuse(1, Reason.HISTORY_UNTRUSTED if error.lies else Reason.HISTORY_UNREACHABLE) from error
    except CredentialError as error:
        raise check.refuse(1, Reason.HISTORY_UNTRUSTED) from error
    if data is None:
        raise check.refuse(1, Reason.UNKNOWN_CODE)
    credential = _step_1(check, data)
    if not _belongs(credential, code):
        raise check.refuse(1, Reason.HISTORY_UNTRUSTED)
    return credential


def _belongs(credential: UnverifiedCredential, code: CheckCode) -> bool:
    """Whether the code repeats the prefix of the credential's own `cti`; ill-formed claims are left to step 4."""
    try:
        claims = decode_claims(credential.message.payload)
    except CredentialError:
        return True
    return prefix(claims.cti, PREFIX_BITS) == checkcode.prefix_of(code, PREFIX_BITS)


def _sealed_by_a_later_suite(check: Check, reader: Reader, error: CredentialError) -> bool:
    """Whether a seal could not be checked because its authority seals by a suite that this program does not know.

    Without a trust list nobody can tell, and what was found of the file stays the answer.
    """
    certificate = error.fields.get("certificate")
    if not isinstance(certificate, bytes):
        return False
    try:
        view = reader.view(check.now)
    except TrustError:
        return False
    if not view.trust.seal_is_of_a_later_suite(certificate):
        return False
    check.demonstration = view.trust.content.demonstration
    return True


def _unseal(check: Check, view: View, document: Sealed, credential: UnverifiedCredential) -> UnverifiedCredential:
    """Answer for the file: its seal is one that the trust list binds to the authority that the credential names."""
    try:
        claims = decode_claims(credential.message.payload)
    except CredentialError:
        # Steps 3 and 4 say what is wrong with it, in their order.
        return credential
    try:
        view.trust.check_seal(document.signer_certificate_der, authority=claims.issuer)
    except NotTrustedError as error:
        raise check.refuse(2, Reason.DOCUMENT_SEAL_UNKNOWN) from error
    except CannotKnowError as error:
        raise check.refuse(2, Reason.NEWER_FORMAT) from error
    check.file_unaltered = True
    return credential
