"""Steps 2 to 10 of FORMAT 12: one function a step, in their order, repeating their numbers.

Each takes the check and what it needs, and either returns, notes that it cannot know, or raises ``DecidedError``.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from credential import face as faces
from credential import history as histories
from credential.authorisation import (
    BASIS_FILING,
    Award,
    Basis,
    Missing,
    Open,
    Refused,
    decide_basis,
    decide_grants,
)
from credential.claims import Claims, UnverifiedCredential
from credential.days import CLOCK_DIFFERENCE, day_of
from credential.delegation import lies_within
from credential.errors import CannotKnowError, CredentialError, MalformedError, NotInForceError
from credential.face import Face
from credential.filings import VerifiedFilings
from credential.grants import Grant
from credential.history import History
from credential.kdf import PREFIX_BITS, prefix
from credential.outcomes import Reason, StepResult, Warn
from credential.sealed import Kind
from credential.signing import SignatureError
from credential.statuslist import Status, VerifiedStatusList
from credential.trustlist import Authority, KeyEntry, StatusAssignment
from credential.verdict import ContactFacts, FaceFacts, Standing
from verifier.check import HOST_STEP, Check
from verifier.errors import FetchError
from verifier.reader.names import NO_NAMES, Names
from verifier.reader.view import View

MAX_EXPECTED: Final = 3
"""Hosts that are named where another one was found: usually there is one."""
_STATES: Final = {
    Status.VALID: Reason.IN_FORCE,
    Status.SUSPENDED: Reason.UNDER_REVIEW,
    Status.WITHDRAWN: Reason.WITHDRAWN,
    Status.CANCELLED: Reason.CANCELLED,
    Status.SUPERSEDED: Reason.SUPERSEDED,
}


def check_key(check: Check, view: View, credential: UnverifiedCredential) -> KeyEntry:
    """Step 2: the key is a credential key of a fresh trust list, and signs by what the header names."""
    entry = view.trust.find_key(credential.key_id)
    if entry is None:
        raise check.refuse(2, Reason.UNKNOWN_KEY)
    if entry.use != "credential":
        raise check.refuse(2, Reason.KEY_USE)
    try:
        credential.check_key(entry.key)
    except MalformedError as error:
        raise check.refuse(2, Reason.BAD_HEADER) from error
    except CannotKnowError as error:
        raise check.refuse(2, Reason.NEWER_FORMAT) from error
    check.passed(2)
    return entry


def check_signature(check: Check, credential: UnverifiedCredential, entry: KeyEntry) -> Claims:
    """Step 3: the signature holds; and the form part of step 4, which follows at once from the signed bytes."""
    try:
        claims = credential.verify(entry.key)
    except SignatureError as error:
        raise check.refuse(3, Reason.BAD_SIGNATURE) from error
    except CannotKnowError as error:
        check.passed(3)
        raise check.refuse(4, Reason.NEWER_FORMAT) from error
    except MalformedError as error:
        check.passed(3)
        raise check.refuse(4, Reason.BAD_CLAIMS) from error
    check.passed(3)
    return claims


def check_issuer(check: Check, view: View, claims: Claims, entry: KeyEntry) -> Authority:
    """Step 4: the key belongs to the authority that the claims name. From here on the facts may be shown."""
    check.claims, check.names = claims, _names(check, view)
    check.authority_name = view.trust.authority_name(claims.issuer)
    if entry.authority != claims.issuer:
        raise check.refuse(4, Reason.WRONG_ISSUER)
    check.passed(4)
    return view.trust.authority(claims.issuer)


def check_history(
    check: Check, view: View, credential: UnverifiedCredential, claims: Claims, entry: KeyEntry
) -> History | None:
    """Step 5: registered with this digest, by a key that was good when it was. None when that cannot be known."""
    if not view.online:
        check.cannot_know(5, Reason.REGISTRATION_NOT_CHECKED)
        return None
    history = read_history(check, view, claims.cti)
    if history is None:
        return None
    issued, registration = history.issued, history.registration
    if registration.digest != credential.digest:
        raise check.refuse(5, Reason.OTHER_CREDENTIAL)
    try:
        entry.check_good_at(issued.recorded)
    except NotInForceError as error:
        check.successor, check.key_compromised_on = history.successor, entry.stolen_on(issued.recorded)
        raise check.refuse(5, Reason.KEY_NOT_GOOD) from error
    check.issued_on, check.replaces = issued.effective, registration.replaces
    check.passed(5)
    return history


def read_history(check: Check, view: View, cti: bytes) -> History | None:
    """The reading of step 5: derive, find, open, verify. Its own function, so that its cost can be told apart."""
    try:
        plain = view.record(Kind.HISTORY, cti, prefix(cti, PREFIX_BITS))
    except FetchError as error:
        check.cannot_know(5, Reason.HISTORY_UNTRUSTED if error.lies else Reason.HISTORY_UNREACHABLE)
        return None
    except CredentialError:
        check.cannot_know(5, Reason.HISTORY_UNTRUSTED)
        return None
    if plain is None:
        raise check.refuse(5, Reason.UNREGISTERED)
    try:
        return _verified_history(view, cti, plain)
    except CannotKnowError:
        check.cannot_know(5, Reason.NEWER_FORMAT)
        return None
    except CredentialError:
        check.cannot_know(5, Reason.HISTORY_UNTRUSTED)
        return None


def _verified_history(view: View, cti: bytes, plain: bytes) -> History:
    """In the order of FORMAT 6: form and signature, the key, whose it is, then the events.

    Its key is a status key, not compromised; its window or that of a key that it succeeds holds the last event.
    """
    unverified = histories.parse(plain)
    entry = view.trust.key(unverified.key_id, use="status")
    signed = unverified.open(entry.key)
    view.trust.check_record_key(entry, signed.recorded)
    if signed.cti != cti:
        raise MalformedError("bad_history", "history: it is another certificate's")
    return signed.read()


def read_face(check: Check, view: View, history: History) -> None:
    """Behind step 5: what the document prints beyond the credential (FORMAT 6.1). It decides nothing."""
    try:
        plain = view.beside(Kind.FACE)
        check.face = None if plain is None else FaceFacts.of(_verified_face(view, history, plain))
    except CannotKnowError:
        check.warn(Warn.FACE_NEWER)
    except CredentialError:
        check.warn(Warn.FACE_UNTRUSTED)


def _verified_face(view: View, history: History, plain: bytes) -> Face:
    """A face's key is a status key that holds at the instant of registration, as that of a history (FORMAT 6)."""
    unverified = faces.parse(plain)
    entry = view.trust.key(unverified.key_id, use="status")
    view.trust.check_record_key(entry, history.issued.recorded)
    face = unverified.verify(entry.key)
    if (face.cti, face.credential_digest) != (history.cti, history.credential_digest):
        raise MalformedError("bad_face", "face: it is another certificate's")
    return face


def check_grants(check: Check, authority: Authority, award: Award, history: History | None) -> tuple[Grant, ...]:
    """Step 6: grants on the award date, a right to issue on the issued date, and not too long in between.

    Returns every grant under which the award may stand, because any one of them is enough; which comes first in the
    list says nothing.
    """
    issued_on, counted_from = (None, None) if history is None else (history.issued.effective, history.counted_from)
    decision = decide_grants(award, authority, issued_on=issued_on, counted_from=counted_from)
    if isinstance(decision, Refused):
        raise check.refuse(6, decision.reason)
    if isinstance(decision, Open):
        check.unsure(6)
    else:
        check.passed(6)
    return decision.grants


def check_basis(  # noqa: PLR0917 - the step asks about all of them
    check: Check,
    view: View,
    authority: Authority,
    award: Award,
    basis: Basis,
    grants: tuple[Grant, ...],
    issued_on: date | None,
) -> tuple[Grant, ...]:
    """Step 7: a filing behind ways by committee, a recording grant behind historical records.

    Returns the grants under which the award stands, as far as can be known.
    """
    filings = _filings(view) if basis.kind == BASIS_FILING else None
    find = None if filings is None else filings.find
    decision = decide_basis(award, basis, authority, grants, issued_on=issued_on, find=find)
    if isinstance(decision, Refused):
        raise check.refuse(7, decision.reason)
    if isinstance(decision, Open):
        _note_open(check, decision.missing)
        return decision.grants
    if filings is not None and decision.filing is not None:
        check.committee_name = filings.committee_name(decision.filing)
    check.passed(7)
    return decision.grants


def check_delegation(check: Check, view: View, authority: Authority, grants: tuple[Grant, ...]) -> None:
    """Beside steps 6 and 7: a warning when no grant under which the award stands was the parent's to delegate."""
    if authority.parent is None or not grants:
        return
    delegating = view.trust.authority(authority.parent).grants
    if not any(lies_within(grant, delegating) for grant in grants):
        check.warn(Warn.OUTSIDE_DELEGATION)


def _filings(view: View) -> VerifiedFilings | None:
    try:
        return view.filings()
    except (FetchError, CredentialError):
        return None


def _note_open(check: Check, missing: Missing) -> None:
    """Without the issued date an earlier step has said what is missing; without the filings this one says it."""
    if missing is Missing.FILINGS:
        check.cannot_know(7, Reason.FILINGS_UNREACHABLE)
    else:
        check.unsure(7)


def check_status_list(check: Check, view: View, claims: Claims) -> VerifiedStatusList:
    """Step 8: the status list is the one assigned to this address, authentic and fresh."""
    assignment = _assignment(check, view, claims)
    try:
        found = view.status_list(assignment, check.now)
    except FetchError as error:
        raise check.refuse(8, Reason.STATUS_UNTRUSTED if error.lies else Reason.STATUS_UNREACHABLE) from error
    except CannotKnowError as error:
        raise check.refuse(8, Reason.NEWER_FORMAT) from error
    except CredentialError as error:
        expired = error.code == "expired"
        raise check.refuse(8, Reason.STATUS_EXPIRED if expired else Reason.STATUS_UNTRUSTED) from error
    check.status_time = found.issued_at
    return found


def _assignment(check: Check, view: View, claims: Claims) -> StatusAssignment:
    """Match the credential's address with the trust list's, and the list with the leading bits (FORMAT 7)."""
    try:
        assignment = view.trust.status_list(claims.status.uri)
    except CredentialError as error:
        raise check.refuse(8, Reason.STATUS_UNASSIGNED) from error
    bits = (len(view.trust.content.status) - 1).bit_length()
    if assignment.id != prefix(claims.cti, bits):
        raise check.refuse(8, Reason.STATUS_UNASSIGNED)
    return assignment


def check_state(check: Check, view: View, history: History, found: VerifiedStatusList, claims: Claims) -> Reason:
    """Step 9: the state, on which list and history agree; today's, or that of the day that was asked about."""
    try:
        state = found.status(claims.status.index)
    except CredentialError as error:
        raise check.refuse(8, Reason.STATUS_UNTRUSTED) from error
    check.passed(8)
    if state is not history.status:
        raise check.refuse(9, Reason.STATUS_DISAGREES)
    then = _as_of_now(history, check.now) if check.at is None else history.until(check.at)
    if then is None:
        raise check.refuse(9, _not_yet(check, claims))
    event = then.status_event()
    check.standing = Standing(
        history=then,
        event=event,
        authority_name=view.trust.authority_name(event.authority),
        states=() if check.at is None else history.states_of(check.at),
    )
    asked = state if then is history else then.status
    if asked is Status.VALID:
        check.passed(9)
    else:
        check.successor = then.successor
    return _STATES[asked]


def _as_of_now(history: History, now: datetime) -> History | None:
    """The whole history, or None while the certificate's issued date is still to come."""
    issued_on = history.issued.effective
    # The civil day is never behind the day in UTC, which is quicker to tell.
    return history if issued_on <= now.date() or issued_on <= day_of(now + CLOCK_DIFFERENCE) else None


def _not_yet(check: Check, claims: Claims) -> Reason:
    """Why there is no certificate yet on the day that was asked about."""
    asked = day_of(check.now + CLOCK_DIFFERENCE) if check.at is None else check.at
    return Reason.AWARD_NOT_MADE if asked < claims.award_date else Reason.AWARDED_NOT_ISSUED


def check_host(check: Check, view: View) -> None:
    """Step 10: a loud warning when the code leads somewhere else; never changes the outcome."""
    if check.origin is None and check.odd_address is None:
        return
    check.official = check.origin is not None and view.trust.is_official(check.origin)
    if check.official:
        check.passed(HOST_STEP)
    else:
        check.steps[HOST_STEP - 1] = StepResult.FAIL
        named = view.trust.content.hosts[:MAX_EXPECTED]
        check.expected = tuple(origin.partition("://")[2] for origin in named)
        check.warn(Warn.HOST_NOT_OFFICIAL)


def tell_contact(check: Check, view: View) -> None:
    """Whom to ask (FORMAT 12.1): who decided the state, else who issued. Nobody where it says nothing of how."""
    if check.claims is None:
        return
    asked = check.claims.issuer if check.standing is None else check.standing.event.authority
    authority = view.trust.find_authority(asked)
    if authority is None or authority.contact.is_empty:
        return
    check.contact = ContactFacts(
        authority=authority.id,
        authority_name=authority.name,
        authority_name_en=authority.name_en,
        en=authority.contact.en,
        zh=authority.contact.zh,
    )


def _names(check: Check, view: View) -> Names:
    try:
        return view.names()
    except (FetchError, CredentialError):
        check.warn(Warn.CATALOGUE_UNREACHABLE)
        return NO_NAMES
