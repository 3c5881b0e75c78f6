"""Claim codes made for the holders of certificates, in bulk or for one, and what is needed to hand them over.

Rules: one person gets one code, however many certificates and ID documents. The code is in memory until it is printed
or sealed for sending; the register has its digest. Whether a holder can be written to is known before a code is made.

    made = make(session, vault, chosen, plan, now=now)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from issuer.batches import rows
from issuer.batches.contacts import opened_contact
from issuer.claims import codes
from issuer.claims.codes import ClaimCode
from issuer.claims.model import Handing, Slip, Wanted
from issuer.db import claims, tries
from issuer.db.certificates import by_number
from issuer.db.claims import Claim, NewClaim, Target
from issuer.db.sessions import ReadSession, WriteSession
from issuer.delivering.model import Way
from issuer.errors import ConflictError, IssuerError, NotFoundError
from issuer.identifiers import mask_id
from issuer.ids import new_id
from issuer.intake.model import AwardDraft, Contact
from issuer.office import lists
from issuer.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who is to get a code, by the certificate that was named."""

    target: Target
    person: str
    """The holder who stands for this person."""
    draft: AwardDraft
    to: tuple[Way, str] | None = field(repr=False)
    """How they are written to; None where that is not possible, or not wanted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Who gets a code, and who does not."""

    people: tuple[Person, ...]
    kept: tuple[str, ...]
    """Numbers of those who have an open code."""


def choose(
    session: ReadSession, vault: Vault, wanted: Wanted, ways: Sequence[Way], *, now: datetime, anew: bool
) -> Chosen:
    """Return the people whose codes are wanted, each once, in the order of the numbers.

    Args:
        session: reads.
        vault: opens rows and contacts.
        wanted: which.
        ways: by which somebody may be written to; none: nobody is.
        now: aware instant.
        anew: also those who have an open code.

    Raises:
        NotFoundError: ``no_batch``, ``no_certificate``, ``no_such_employer``.
        ConflictError: ``not_signed``: the certificate is reserved only, or void.
        NotAllowedError: ``erased``: of the one certificate that was named.
    """
    found = _targets(session, wanted)
    standing = claims.persons_of(session, {each.holder for each in found})
    having = frozenset(claims.persons_of(session, claims.holders_with_open_codes(session, now=now)).values())
    opened = rows.open_each(session, vault, [each.award for each in found])
    people: dict[str, Person] = {}
    kept: dict[str, str] = {}
    employers: set[str] = set()
    for each in found:
        person, row = standing[each.holder], opened[each.award]
        if isinstance(row, IssuerError):
            if wanted.number is None and row.code == "erased":
                continue
            raise row
        employers.add(row.draft.employer or "")
        if wanted.employer is not None and row.draft.employer != wanted.employer.strip():
            continue
        if person in having and not anew:
            kept.setdefault(person, each.number)
        elif person not in people:
            to = _way(_contact(vault, each), ways)
            people[person] = Person(target=each, person=person, draft=row.draft, to=to)
    if wanted.employer is not None and wanted.employer.strip() not in employers:
        message = f"no certificate of batch {wanted.batch} has this employer; write it as in the list"
        raise NotFoundError("no_such_employer", message, batch=wanted.batch)
    return Chosen(people=tuple(people.values()), kept=tuple(kept.values()))


def store(
    session: WriteSession,
    vault: Vault,
    people: Sequence[Person],
    *,
    made_by: str,
    now: datetime,
    expires: datetime,
) -> dict[str, ClaimCode]:
    """Make a code for each, store its digest and what is to be sent, and return the codes by person.

    Earlier codes of the same people end.
    """
    claims.end_of(session, claims.holders_of_persons(session, [each.person for each in people]), now=now)
    made = {each.person: codes.new() for each in people}
    new = [_new(vault, each, made[each.person], expires) for each in people]
    claims.add(session, new, made_by=made_by, now=now)
    return made


def slips_of(
    session: ReadSession,
    people: Sequence[Person],
    made: Mapping[str, ClaimCode],
    *,
    address: str,
    expires: datetime,
) -> tuple[Slip, ...]:
    """Return the slips of people, by employer, and by number within one."""
    names: dict[str, str] = {}
    slips = []
    for each in people:
        number = each.target.number
        authority = by_number(session, number).authority
        if authority not in names:
            names[authority] = lists.authority(session, authority).name
        slips.append(
            Slip(
                number=number,
                name=each.draft.name,
                id_type=each.draft.id_type.word,
                id_shown=mask_id(each.draft.id_number),
                employer=each.draft.employer or "",
                authority=names[authority],
                code=codes.group(made[each.person]),
                expires=expires,
                address=address,
            )
        )
    return tuple(sorted(slips, key=lambda slip: (slip.employer, slip.number)))


def target_of(session: ReadSession, number: str) -> Target:
    """Return the one certificate with this number. Raises NotFoundError ``no_certificate``, ConflictError."""
    by_number(session, number)
    found = claims.targets(session, number=number)
    if not found:
        raise ConflictError(
            "not_signed", f"certificate {number} is not issued; there is nothing to claim", number=number
        )
    return found[0]


def holders_of(session: ReadSession, number: str) -> list[str]:
    """Return all holders who are the person of a certificate. Raises as ``target_of``."""
    return tries.holders_of_person(session, tries.person_of(session, target_of(session, number).holder))


def _targets(session: ReadSession, wanted: Wanted) -> list[Target]:
    if wanted.number is not None:
        return [target_of(session, wanted.number)]
    assert wanted.batch is not None
    rows.batch(session, wanted.batch)
    return claims.targets(session, batch=wanted.batch)


def _contact(vault: Vault, target: Target) -> Contact | None:
    if target.contact is None:
        return None
    key = vault.unwrap(target.wrapped_key, table="holders", row=target.holder)
    return opened_contact(key, target.holder, target.contact)


def _way(contact: Contact | None, ways: Sequence[Way]) -> tuple[Way, str] | None:
    return None if contact is None else way_to(contact, ways)


def way_to(contact: Contact, ways: Sequence[Way]) -> tuple[Way, str] | None:
    """Return the first of these ways in which somebody can be written to, with the address."""
    places = {Way.EMAIL: contact.email, Way.MOBILE: contact.mobile}
    return next(((way, place) for way in ways if (place := places[way])), None)


def _new(vault: Vault, each: Person, code: ClaimCode, expires: datetime) -> NewClaim:
    claim, holder = new_id(), each.target.holder
    sealed = None
    if each.to is not None:
        key = vault.unwrap(each.target.wrapped_key, table="holders", row=holder)
        sealed = key.seal(code.encode(), row=claim, **SEALED)
    return NewClaim(
        id=claim,
        holder=holder,
        certificate=each.target.certificate,
        digest=vault.claim_digest(holder, code),
        expires=expires,
        sealed=sealed,
    )


SEALED = {"table": "claim_deliveries", "column": "code"}
"""Where a code that waits to be sent is sealed; the row is the code's id."""


def handing_of(claim: Claim) -> Handing:
    """Return how a code reaches its holder, or did."""
    if claim.sent is not None:
        return Handing.SENT
    if claim.given_up:
        return Handing.FAILED
    return Handing.WAITING if claim.waiting else Handing.SLIP
