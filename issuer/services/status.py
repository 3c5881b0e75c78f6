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

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import islice
from typing import Any, Final, NoReturn

from credential.days import day_of
from credential.statements import SeenCertificate
from issuer.auditing.opened import PLAN, note
from issuer.db import certificates, reaching
from issuer.db.again import again
from issuer.db.reaching import Reach
from issuer.errors import InputError, NotFoundError
from issuer.home.opened import Actor, Opened
from issuer.integrity.terms import NATIONAL_TERM
from issuer.office.reading import read_operators
from issuer.publishing.chain import published_trust
from issuer.seconding import Waiting
from issuer.sequencer import chain_soon
from issuer.services.signing import sign_here
from issuer.sheets.apart import read_apart
from issuer.statements import Draft
from issuer.status.apply import Done, draft_change, order_change
from issuer.status.cost import Cost, cost_of
from issuer.status.numbers import NUMBER_COLUMN, ListedNumber, numbers_in
from issuer.status.plan import Line, Order, Plan, claims_of, plan_change
from issuer.status.ready import make_ready
from issuer.status.whom import NOT_POSSIBLE, Became, Result, Sorted, Whom
from issuer.status.whom import sorted_out as sort_out

__all__ = [
    "NATIONAL_TERM",
    "NOT_POSSIBLE",
    "NUMBER_COLUMN",
    "Became",
    "Cost",
    "Done",
    "Line",
    "ListedNumber",
    "Order",
    "Plan",
    "Reach",
    "Result",
    "SeenCertificate",
    "Sorted",
    "Waiting",
    "Whom",
    "accept",
    "act_here",
    "cost",
    "deciding_authority",
    "draft",
    "first_day",
    "first_of",
    "plan",
    "read_list",
    "sorted_out",
]

NOTED_AT_ONCE: Final = 1000
"""Entries of who looked, in one transaction: others who write wait no longer."""


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


def read_list(data: bytes) -> tuple[ListedNumber, ...]:
    """Return the certificate numbers of a file (xlsx, xls, ods, csv or text), read by a bounded process.

    Raises:
        InputError: as ``issuer.status.numbers.numbers_in`` and ``issuer.sheets.apart.read_apart``.
    """
    return numbers_in(read_apart(data))


def first_of(opened: Opened, whom: Whom) -> str:
    """Return the number of the first certificate that is meant and is there, for ``deciding_authority``.

    Raises:
        InputError: as ``Whom.require_one``.
        NotFoundError: ``whom_nobody_found``; as ``issuer.db.reaching.require_known``.
    """
    whom.require_one()
    with opened.register.read() as session:
        if not whom.listed:
            reaching.require_known(session, whom.reach)
            return next((each.number for each in reaching.reached(session, whom.reach)), "") or _nobody()
        known = reaching.standing(session, [each.number for each in whom.listed if each.number is not None])
        return next((each.number for each in whom.listed if each.number in known), None) or _nobody()


def _nobody() -> NoReturn:
    raise NotFoundError("whom_nobody_found", "no certificate fits what was named")


def sorted_out(opened: Opened, actor: Actor, whom: Whom, order: Order) -> Sorted:
    """Return what an order would do today to everybody that is named, after the audit noted who looks at whom.

    Raises:
        ConflictError: ``reading_unrecorded``.
        As ``issuer.status.whom.sorted_out``.
    """
    vault = opened.vault
    with opened.register.read() as session:
        now = opened.clock()
        trust = published_trust(session, opened.home.publication, now=now)
        found = sort_out(session, vault, whom, order, trust=trust, now=now)
    _note(opened, actor, found.plan)
    return found


def cost(opened: Opened, planned: Plan) -> Cost | None:
    """Return about what publishing a plan will take; None where nothing was published yet."""
    with opened.register.read() as session:
        return cost_of(session, planned)


def _note(opened: Opened, actor: Actor, planned: Plan) -> None:
    numbers: Iterable[str] = iter([line.number for line in planned.lines])
    while part := list(islice(numbers, NOTED_AT_ONCE)):
        note(opened, actor, PLAN, part, details={"act": planned.order.act.value})


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
    _note(opened, actor, planned)
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
    with opened.register.read() as session:
        now = opened.clock()
        operators = read_operators(session, opened)
        trust = published_trust(session, opened.home.publication, now=now)
        ready = make_ready(session, vault, token, seen, operators=operators, trust=trust, now=now)
    with opened.register.write() as session:
        now = opened.clock()
        operators = read_operators(session, opened)
        trust = published_trust(session, opened.home.publication, now=now)
        settings = opened.home.settings
        usual: Any = {"operators": operators, "trust": trust, "settings": settings, "now": now}
        done = order_change(session, vault, token, seen, ready=ready, **usual)
    chain_soon(opened.register)
    return done


def act_here(opened: Opened, operator_id: str, planned: Plan) -> Done:
    """Draft, sign with the operator's key of this home, and accept. Raises as ``draft``, ``accept`` and the custody."""
    return accept(opened, sign_here(opened, draft(opened, operator_id, planned)), planned.seen)
