"""Certificates that a stolen key signed, issued anew under the key in its place.

Rules. The published trust list calls the key compromised, and names the next one: then a replacement is signed by that.
Replaced is what is in force. What is suspended is not, because a new certificate would be in force; it is counted. Each
row is proven by the statements of two operators before it is taken along: a row that nobody signed for is what the
thief put into the register, so it is named and left. The replacements are batches like any other: one operator submits
them, another approves, and issuing them changes the older certificates. A second run finds what is left.

    plan = reissuing.plan(opened, key_id, since=None)
    batches = reissuing.submit(opened, "clerk1", plan, document="示人社换〔2026〕1号", count=plan.count)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select

from credential.history import Act
from credential.statuslist import Status
from issuer.db.models import CertificateRow, EventRow, Stage
from issuer.db.sessions import ReadSession
from issuer.errors import ConflictError, InputError
from issuer.home.opened import Actor, Opened
from issuer.services import batches, keyends, replacements
from issuer.services.batches import CheckedList
from issuer.services.replacements import MAX_REPLACEMENTS, Correction, ReplacementReason, Unproven

_REPLACED: Final = (Status.SUPERSEDED, Status.WITHDRAWN, Status.CANCELLED)
"""States in which nothing is issued anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reissue:
    """What is to be issued anew of what a key signed."""

    key_id: bytes
    authority: str
    numbers: tuple[str, ...]
    """In force, proven, not replaced; in their order."""
    unproven: tuple[Unproven, ...]
    suspended: int
    """Left, because they are under review."""
    over: int
    """Replaced, withdrawn or cancelled already."""

    @property
    def count(self) -> int:
        """How many are to be issued anew."""
        return len(self.numbers)


def plan(opened: Opened, key_id: bytes, *, since: datetime | None) -> Reissue:
    """Return what is to be issued anew; nothing is changed.

    Args:
        opened: the home.
        key_id: a credential key that the published trust list calls compromised.
        since: aware; only what was registered then or later. None: everything that the key signed.

    Raises:
        NotFoundError: ``no_key``.
        InputError: ``since_use``: it is no credential key.
        ConflictError: ``end_first``: the published trust list does not say yet that it is compromised;
            ``successor_not_public``: it names no key in its place yet.
    """
    authority = keyends.stolen(opened, key_id).authority
    assert authority is not None  # a credential key belongs to one
    with opened.register.read() as session:
        found = _signed_by(session, key_id, since)
    good = [number for number, state in found if state is Status.VALID]
    unproven = replacements.unproven(opened, good)
    bad = {each.number for each in unproven}
    return Reissue(
        key_id=key_id,
        authority=authority,
        numbers=tuple(number for number in good if number not in bad),
        unproven=unproven,
        suspended=sum(state is Status.SUSPENDED for _, state in found),
        over=sum(state in _REPLACED for _, state in found),
    )


def submit(
    opened: Opened, actor: Actor, operator: str, planned: Reissue, *, document: str, count: int
) -> tuple[str, ...]:
    """Store the replacements as batches of at most ``MAX_REPLACEMENTS``, each submitted by the operator.

    Args:
        opened: the home.
        actor: who prepares them.
        operator: who submits, with the key in this home; another one approves.
        planned: what ``plan`` said.
        document: the number of the decision; the history of each older certificate names it.
        count: how many are to be issued anew, as ``plan`` said.

    Returns:
        The batches, in the order of their numbers. A run that was ended is run again when those are issued.

    Raises:
        ConflictError: ``other_reissue``: another number is to be issued anew; ``none_to_reissue``; ``same_file``: an
            earlier run stored the same.
        InputError: ``reissue_faulty``: a row is not in order today; the message names it.
        As ``replacements.prepare`` and ``batches.act_here``.
    """
    if not planned.numbers:
        message = f"nothing that key {planned.key_id.hex()} signed is to be issued anew"
        raise ConflictError("none_to_reissue", message, kid=planned.key_id.hex())
    if count != planned.count:
        message = f"{planned.count} certificates are to be issued anew, {count} were stated; nothing was changed"
        raise ConflictError("other_reissue", message, count=planned.count, stated=count)
    made = []
    for begin in range(0, planned.count, MAX_REPLACEMENTS):
        wanted = [
            Correction(number=number, reason=ReplacementReason.KEY_COMPROMISED)
            for number in planned.numbers[begin : begin + MAX_REPLACEMENTS]
        ]
        stored = replacements.prepare(opened, actor, wanted, authority=planned.authority, decision=document)
        batch = _required(stored, planned.numbers[begin:])
        batches.act_here(opened, operator, Act.SUBMIT, batch)
        made.append(batch)
    return tuple(made)


def _required(stored: CheckedList, numbers: Sequence[str]) -> str:
    """The batch; where it was not stored, the first row that is not in order, by the number of its certificate."""
    if stored.batch is not None:
        return stored.batch
    fault = next(each for each in stored.findings if each.severity.value == "error")
    number = numbers[(fault.sheet_row or 1) - 1]
    message = f"certificate {number} cannot be issued anew as it is: {fault.line_en()}"
    raise InputError("reissue_faulty", message, number=number, zh=fault.line_zh(), en=fault.line_en())


def _signed_by(session: ReadSession, key_id: bytes, since: datetime | None) -> list[tuple[str, Status]]:
    query = (
        select(CertificateRow.number, CertificateRow.state)
        .where(CertificateRow.credential_kid == key_id, CertificateRow.stage == Stage.SIGNED)
        .order_by(CertificateRow.number)
    )
    if since is not None:
        first = (EventRow.certificate == CertificateRow.id) & (EventRow.ordinal == 1)
        query = query.join(EventRow, first).where(EventRow.recorded >= since)
    return [(number, state) for number, state in session.execute(query)]
