"""Holders: two who are one person are merged, and a person is erased.

Rules: a merge takes an approver's statement, an erasure two operators' (``services/orders``). A person is erased whole,
with all certificates: those in force are cancelled, and when the public knows it, what could be read is deleted. What
an operator is shown is opened, and so noted. No certificate changes: from then on the person signs in with
either document and sees the certificates of both.

    plan = holders.plan_merge(opened, actor, "99000020262000001", "99000020262000002")
    holders.merge_here(opened, "chief1", plan.holder.number, plan.into.number, document="示人社〔2026〕9号")
    plan = holders.plan_erasure(opened, actor, "99000020262000001", authority=..., reason=..., basis=..., document=...)
    done = status.act_here(opened, "chief1", plan)                # then orders.approve_here, and publish
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from credential.days import day_of
from credential.history import Act, Reason
from issuer.auditing.opened import PLAN, note
from issuer.batches.rows import open_row
from issuer.claims import merging
from issuer.db.again import again
from issuer.db.certificates import Certificate
from issuer.db.integrity import person_of, records_of
from issuer.db.models import HolderRow
from issuer.db.sessions import ReadSession
from issuer.home.opened import Actor, Opened
from issuer.identifiers import mask_id
from issuer.office.reading import read_operators
from issuer.sequencer import chain_soon
from issuer.services.signing import sign_here
from issuer.services.status import plan as plan_status
from issuer.statements import Draft
from issuer.status.persons import numbers_of_person
from issuer.status.plan import Order, Plan

__all__ = [
    "MergePlan",
    "Merged",
    "Named",
    "SealedRecord",
    "accept_merge",
    "draft_merge",
    "merge_here",
    "plan_erasure",
    "plan_merge",
    "sealed_records",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """One of two, as an operator compares them."""

    number: str
    name: str = field(repr=False)
    sex: str
    id_type: str
    id_shown: str = field(repr=False)
    """The ID number, masked."""
    employer: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MergePlan:
    """What would be merged."""

    holder: Named
    into: Named
    """Whose holder stands for both afterwards."""

    @property
    def is_same_name(self) -> bool:
        """Whether both have one name and sex; people change names, so it is for an operator to judge."""
        return (self.holder.name, self.holder.sex) == (self.into.name, self.into.sex)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedRecord:
    """An added integrity record with the name of its person, which an erasure leaves."""

    id: str
    document: str
    until: date | None
    """The last day of its term as it was added; None where it has no end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What was merged: certificates by their numbers."""

    holder: str
    into: str


def plan_merge(opened: Opened, actor: Actor, one: str, two: str) -> MergePlan:
    """Return what an operator compares before two holders are merged; who looked is noted.

    Raises:
        NotFoundError: ``no_certificate``.
        ConflictError: ``one_holder``, ``both_merged``; ``reading_unrecorded``.
    """
    with opened.register.read() as session:
        pair = merging.pair_of(session, one, two)
        note(opened, actor, PLAN, [pair.holder.number, pair.into.number])
        return MergePlan(holder=_named(opened, session, pair.holder), into=_named(opened, session, pair.into))


def draft_merge(opened: Opened, operator_id: str, one: str, two: str, *, document: str) -> Draft:
    """Lay out an approver's statement that the holders of two certificates are one. Raises as ``merging.draft``."""
    with opened.register.read() as session:
        operators = read_operators(session, opened)
        entry = operators.by_id(operator_id)
        now = opened.clock()
        return merging.draft(session, one, two, entry, document=document, operators=operators, now=now)


@again
def accept_merge(opened: Opened, token: str) -> Merged:
    """Accept a signed statement and merge what it names. Raises as ``merging.merge``."""
    with opened.register.write() as session:
        pair = merging.merge(session, token, operators=read_operators(session, opened), now=opened.clock())
    chain_soon(opened.register)
    return Merged(holder=pair.holder.number, into=pair.into.number)


def merge_here(opened: Opened, operator_id: str, one: str, two: str, *, document: str) -> Merged:
    """Draft, sign with the operator's key of this home, and accept. Raises as both, and the custody."""
    return accept_merge(opened, sign_here(opened, draft_merge(opened, operator_id, one, two, document=document)))


def plan_erasure(
    opened: Opened, actor: Actor, number: str, *, authority: str, reason: Reason, basis: str, document: str
) -> Plan:
    """Return what erasing the person who holds a certificate would do, to all certificates of that person.

    Args:
        opened: the home.
        actor: who looks.
        number: a certificate of the person.
        authority: who decides.
        reason: the public reason of the cancellations that come with it.
        basis: the legal basis (个人信息保护法第四十七条, for example).
        document: the number of the decision.

    Raises:
        NotFoundError: ``no_certificate``.
        ConflictError: ``holder_waits``: something is still to be issued to the person.
        NotAllowedError: ``erased``: it was done before.
        As ``issuer.services.status.plan``.
    """
    with opened.register.read() as session:
        numbers = numbers_of_person(session, number)
    order = Order(
        act=Act.ERASE,
        numbers=numbers,
        authority=authority,
        reason=reason,
        basis=basis,
        document=document,
        effective=day_of(opened.clock()),
    )
    return plan_status(opened, actor, order)


def sealed_records(opened: Opened, plan: Plan) -> tuple[SealedRecord, ...]:
    """Return the added integrity records that keep the name of a person who is to be erased, oldest first.

    They stay for their term: the law that asks for the record sets it, and data whose term is not over is kept and used
    for nothing else (个人信息保护法 article 47, second paragraph; 人社部令第40号 article 34).
    """
    with opened.register.read() as session:
        rows = [session.get(HolderRow, line.certificate.holder) for line in plan.lines]
        people = {row.blind_index for row in rows if row is not None and row.blind_index is not None}
        found = [each for records in records_of(session, sorted(people)).values() for each in records]
        return tuple(
            SealedRecord(id=each.id, document=each.document, until=each.term_until)
            for each in found
            if (person_of(session, each.id) or (None, None))[0] is not None
        )


def _named(opened: Opened, session: ReadSession, certificate: Certificate) -> Named:
    draft = open_row(session, opened.vault, certificate.award).draft
    return Named(
        number=certificate.number,
        name=draft.name,
        sex=draft.sex.value,
        id_type=draft.id_type.word,
        id_shown=mask_id(draft.id_number),
        employer=draft.employer or "",
    )
