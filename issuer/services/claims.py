"""Claim codes for an office: made in bulk or for one holder, replaced at the counter, listed, ended, collected.

Rules: a code is returned once, to be printed, and shown never again. That personal data was opened for a slip is noted
with the making, in one transaction, before anything is returned. Who collected a slip is sealed; the audit says that
somebody did.

    made = claims.make(opened, actor, Wanted(batch="sf-hrss-0001"), send=True, slips=True)
    claims.listed(opened, batch="sf-hrss-0001")
"""

from __future__ import annotations

from datetime import datetime, timedelta

from credential import jsonform
from issuer import audit
from issuer.batches import rows
from issuer.claims import making
from issuer.claims.making import Chosen, Person
from issuer.claims.model import (
    COLLECT,
    END,
    MAKE,
    REPLACE,
    ClaimState,
    Handing,
    ListedClaim,
    MadeCodes,
    PrintedFile,
    Slip,
    Wanted,
)
from issuer.db import claims, tries
from issuer.db.claims import Claim
from issuer.db.models import HolderRow
from issuer.delivering.choosing import ways_of
from issuer.errors import ConflictError, InputError
from issuer.home.holders import desk_address, read_settings
from issuer.home.opened import Actor, Opened
from issuer.ids import new_id

__all__ = [
    "ClaimState",
    "Handing",
    "ListedClaim",
    "MadeCodes",
    "PrintedFile",
    "Slip",
    "Wanted",
    "collected",
    "end",
    "listed",
    "make",
    "printed",
    "replace",
]

MAX_CLAIMS = 1000
_MAX_TEXT = 60


def make(opened: Opened, actor: Actor, wanted: Wanted, *, send: bool, slips: bool) -> MadeCodes:
    """Make a code for everybody who is wanted and has none.

    Args:
        opened: the home.
        actor: who acts, for the audit.
        wanted: the holders of a batch, of an employer in it, or of one certificate.
        send: to those who can be written to; the worker does it.
        slips: for those who are not sent one.

    Raises:
        InputError: ``no_way_out``: neither was asked for; ``holders_file``.
        NotFoundError: ``no_batch``, ``no_certificate``, ``no_such_employer``.
        ConflictError: ``not_signed``.
        NotAllowedError: ``erased``.
    """
    return _made(opened, actor, wanted, act=MAKE, send=send, slips=slips)


def replace(opened: Opened, actor: Actor, number: str, *, send: bool, slips: bool) -> MadeCodes:
    """End what code there is for the holder of a certificate, and make another. Raises as ``make``."""
    return _made(opened, actor, Wanted(number=number), act=REPLACE, send=send, slips=slips)


def printed(opened: Opened, slips: tuple[Slip, ...]) -> tuple[PrintedFile, ...]:
    """Return slips as PDF files: for each employer one of slips and a sheet to sign. Raises RenderError, FontError."""
    from issuer.claims.printing import printed as print_slips  # noqa: PLC0415 - use cases load no designs
    from issuer.documents.fonts import fonts_of  # noqa: PLC0415

    fonts, settings = fonts_of(opened.home), opened.home.settings
    mark = ("演练　TRAINING" if settings.training else "演示　DEMONSTRATION") if settings.demonstration else None
    return tuple(print_slips(slips, fonts, mark=mark, now=opened.clock()))


def listed(
    opened: Opened, *, batch: str | None = None, number: str | None = None, limit: int = MAX_CLAIMS
) -> tuple[ListedClaim, ...]:
    """Return codes, newest first: of a batch, of the holder of one certificate, or all. Nothing personal is opened.

    Raises:
        NotFoundError: ``no_batch``, ``no_certificate``.
        ConflictError: ``not_signed``.
    """
    now = opened.clock()
    with opened.register.read() as session:
        if batch is not None:
            rows.batch(session, batch)
        holders = None if number is None else making.holders_of(session, number)
        found = claims.claims_of(session, batch=batch, holders=holders, limit=limit)
    return tuple(_listed(each, now) for each in found)


def end(opened: Opened, actor: Actor, number: str) -> int:
    """End the codes of the holder of a certificate; return how many could still be used.

    Raises:
        NotFoundError: ``no_certificate``.
        ConflictError: ``not_signed``.
    """
    now = opened.clock()
    with opened.register.write() as session:
        ended = claims.end_of(session, making.holders_of(session, number), now=now)
        if ended:
            audit.append(session, actor=actor, act=END, subject=number, now=now, details={"codes": ended})
    return ended


def collected(opened: Opened, actor: Actor, number: str, *, by: str, relation: str) -> None:
    """Record that somebody collected the newest code of the holder of a certificate, at the counter.

    Args:
        opened: the home.
        actor: who handed it over.
        number: of the certificate.
        by: the name of whoever collected it; sealed.
        relation: to the holder, such as ``本人`` or ``配偶``; sealed.

    Raises:
        InputError: ``collected_text``: one of them is empty, or over 60 characters.
        NotFoundError: ``no_certificate``.
        ConflictError: ``not_signed``; ``no_open_code``: there is nothing to collect.
        NotAllowedError: ``erased``.
    """
    who = {"name": _text("by", by), "relation": _text("relation", relation)}
    now = opened.clock()
    with opened.register.write() as session:
        every = claims.claims_of(session, holders=making.holders_of(session, number), limit=MAX_CLAIMS)
        found = next((each for each in every if _state(each, now) is ClaimState.OPEN), None)
        if found is None:
            message = f"the holder of certificate {number} has no code that could be collected; make one first"
            raise ConflictError("no_open_code", message, number=number)
        row, collection = session.get_one(HolderRow, found.holder), new_id()
        key = opened.vault.unwrap(row.wrapped_key, table="holders", row=row.id)
        sealed = key.seal(jsonform.encode(who), table="claim_collections", column="who", row=collection)
        claims.collect(session, collection, found.id, who=sealed, recorded_by=actor, at=now)
        audit.append(session, actor=actor, act=COLLECT, subject=number, now=now)


def _made(opened: Opened, actor: Actor, wanted: Wanted, *, act: str, send: bool, slips: bool) -> MadeCodes:
    if not send and not slips:
        raise InputError("no_way_out", "a code is sent, or printed on a slip; neither was asked for")
    settings, now = read_settings(opened.home), opened.clock()
    expires = now + timedelta(days=settings.claims.days)
    ways = ways_of(settings.delivery) if send else ()
    with opened.register.read() as session:
        chosen = making.choose(session, opened.vault, wanted, ways, now=now, anew=act == REPLACE)
    people = [each for each in chosen.people if each.to is not None or slips]
    with opened.register.write() as session:
        made = making.store(session, opened.vault, people, made_by=actor, now=now, expires=expires)
        printed = [each for each in people if each.to is None]
        address = desk_address(opened.home, settings)
        made_slips = making.slips_of(session, printed, made, address=address, expires=expires)
        for sent in (True, False):
            numbers = [each.target.number for each in people if (each.to is not None) is sent]
            audit.append_all(session, actor=actor, act=act, subjects=numbers, now=now, details={"sent": sent})
    return _told(chosen, people, made_slips)


def _told(chosen: Chosen, people: list[Person], slips: tuple[Slip, ...]) -> MadeCodes:
    given = {each.person for each in people}
    return MadeCodes(
        slips=slips,
        sent=tuple(each.target.number for each in people if each.to is not None),
        unreachable=tuple(each.target.number for each in chosen.people if each.person not in given),
        kept=chosen.kept,
    )


def _listed(claim: Claim, now: datetime) -> ListedClaim:
    return ListedClaim(
        number=claim.number,
        state=_state(claim, now),
        handing=making.handing_of(claim),
        made=claim.made,
        made_by=claim.made_by,
        expires=claim.expires,
        tries=claim.tries,
        attempts=claim.attempts,
        next_try=claim.next_try if claim.waiting else None,
        last_error=claim.last_error,
        sent=claim.sent,
        used=claim.used,
        ended=claim.ended,
        collected=claim.collected,
    )


def _state(claim: Claim, now: datetime) -> ClaimState:
    if claim.used is not None:
        return ClaimState.USED
    if claim.ended is not None:
        return ClaimState.ENDED
    if claim.expires <= now:
        return ClaimState.EXPIRED
    return ClaimState.BURNT if claim.tries >= tries.LIFELONG else ClaimState.OPEN


def _text(member: str, text: str) -> str:
    plain = text.strip()
    if not 0 < len(plain) <= _MAX_TEXT:
        message = f"{member} is written in 1 to {_MAX_TEXT} characters"
        raise InputError("collected_text", message, member=member, most=_MAX_TEXT)
    return plain
