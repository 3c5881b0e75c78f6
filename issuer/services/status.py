"""What happens to certificates after they were issued: planned, drafted, signed, accepted.

Rules: a plan changes nothing and is a value: what is shown is what is done, or nothing. The worker publishes what was
done.

    plan = status.plan(opened, actor, order)
    made = status.draft(opened, "chief1", plan)
    status.accept(opened, token, plan.seen)           # signed somewhere
    done = status.act_here(opened, "chief1", plan)    # or with a key of this home
    done.waiting                                      # the order that waits for a second operator (services/orders)
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from credential.days import day_of
from credential.statements import SeenCertificate
from issuer.auditing.opened import PLAN, note
from issuer.db import certificates
from issuer.db.again import again
from issuer.errors import InputError
from issuer.home.opened import Actor, Opened
from issuer.integrity.terms import NATIONAL_TERM
from issuer.office.reading import read_operators
from issuer.publishing.chain import published_trust
from issuer.sequencer import chain_soon
from issuer.services.signing import sign_here
from issuer.statements import Draft
from issuer.status.apply import Done, draft_change, order_change
from issuer.status.plan import Line, Order, Plan, claims_of, plan_change

__all__ = [
    "NATIONAL_TERM",
    "Done",
    "Line",
    "Order",
    "Plan",
    "SeenCertificate",
    "accept",
    "act_here",
    "deciding_authority",
    "draft",
    "first_day",
    "plan",
]


def deciding_authority(opened: Opened, operator_id: str, numbers: Sequence[str]) -> str:
    """Return the authority that decides when none is named: the operator's own, else the one that issued the first.

    Raises:
        NotFoundError: ``no_operator``, ``no_certificate``.
    """
    with opened.register.read() as session:
        own = read_operators(session, opened).by_id(operator_id).operator.authority
        return own or certificates.by_number(session, numbers[0]).authority


def first_day(opened: Opened, actor: Actor, numbers: Sequence[str]) -> date:
    """Return the day on which an act holds from the start for all of these: none was issued before, all were awarded.

    Who looks is noted.

    Raises:
        InputError: ``several_starts``: one was issued before another was awarded; each takes an order of its own.
        NotFoundError: ``no_certificate``.
        As ``issuer.status.plan.claims_of``.
    """
    with opened.register.read() as session:
        found = [certificates.by_number(session, number) for number in dict.fromkeys(numbers)]
        awarded = {each.number: claims_of(session, opened.vault, each).award_date for each in found}
    note(opened, actor, PLAN, list(awarded))
    day = max(awarded.values())
    early = [each.number for each in found if each.issued_on is not None and each.issued_on < day]
    if early:
        message = f"certificate {early[0]} was issued before {day}, when another of these was awarded"
        raise InputError("several_starts", message, number=early[0], day=day)
    return day


def plan(opened: Opened, actor: Actor, order: Order) -> Plan:
    """Return what an order would do today, after the audit noted who looks at whose certificates.

    Raises:
        ConflictError: ``reading_unrecorded``.
        As ``issuer.status.plan.plan_change``.
    """
    with opened.register.read() as session:
        now = opened.clock()
        trust = published_trust(session, opened.home.publication, now=now)
        planned = plan_change(session, opened.vault, order, trust=trust, today=day_of(now))
    note(opened, actor, PLAN, [line.number for line in planned.lines], details={"act": order.act.value})
    return planned


def draft(opened: Opened, operator_id: str, planned: Plan) -> Draft:
    """Lay out an operator's statement that orders a plan. Raises as ``issuer.status.apply.draft_change``."""
    with opened.register.read() as session:
        operators = read_operators(session, opened)
    return draft_change(planned, operators.by_id(operator_id), operators=operators, now=opened.clock())


@again
def accept(opened: Opened, token: str, seen: Sequence[SeenCertificate]) -> Done:
    """Accept a signed order over the list that it names by its root; do it, or keep it for a second operator.

    Raises:
        As ``issuer.status.apply.order_change``.
    """
    vault = opened.vault  # its passphrase is asked for before the transaction begins
    with opened.register.write() as session:
        now = opened.clock()
        operators = read_operators(session, opened)
        trust = published_trust(session, opened.home.publication, now=now)
        settings = opened.home.settings
        done = order_change(session, vault, token, seen, operators=operators, trust=trust, settings=settings, now=now)
    chain_soon(opened.register)
    return done


def act_here(opened: Opened, operator_id: str, planned: Plan) -> Done:
    """Draft, sign with the operator's key of this home, and accept. Raises as ``draft``, ``accept`` and the custody."""
    return accept(opened, sign_here(opened, draft(opened, operator_id, planned)), planned.seen)
