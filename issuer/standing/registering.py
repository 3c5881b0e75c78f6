"""Checks of the register: does it answer, is it whole, is the clock believed, how full are lists and numbers.

Rules: a register that cannot be opened is a finding like any other, and the rest that needs no register is looked at.

    list(database(ground)), list(capacity(ground))
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlalchemy import text

from credential.claims import LIST_SIZE
from issuer import clock
from issuer.db import standing
from issuer.errors import ConflictError, MachineError
from issuer.home import machine
from issuer.home.settings import FILL
from issuer.standing.ground import Ground
from issuer.standing.model import Finding, Number, critical, good, warning

FULL_SOON: Final = 0.8
"""Of what was planned: time to plan the next deployment, or the next template of numbers."""
FULL: Final = 0.95
TAKEN_SOON: Final = 0.9
"""Of a row of numbers: a template with more digits takes the office a decision, not a day."""


def database(ground: Ground) -> Iterator[Finding]:
    """Look whether the register opens, answers, and is of this program's version."""
    if ground.fault is not None or ground.opened is None:
        why = "unexpected" if ground.fault is None else ground.fault.code
        yield critical("database_away", advice="mend_database", why=why)
        return
    engine = ground.opened.register.engine
    with ground.opened.register.read() as session:
        session.execute(text("SELECT 1"))
    yield good("database_answers", engine.dialect.name)


def whole(ground: Ground) -> Iterator[Finding]:
    """Look through a register in a SQLite file, page by page; a server looks after its own."""
    if ground.register.register.engine.dialect.name != "sqlite":
        yield good("server_looks_itself")
        return
    try:
        machine.require_whole(ground.home)
    except MachineError as error:
        yield critical("register_damaged", advice="restore_register", page=_page(error))
        return
    yield good("register_whole")


def _page(error: MachineError) -> int | None:
    page = error.fields.get("page")
    return page if isinstance(page, int) else None


def believed_clock(ground: Ground) -> Iterator[Finding]:
    """Look whether this machine's clock follows what the register recorded last, and the time source that is named."""
    source = ground.home.settings.time_source
    said = clock.ask_source(source) if source else None
    if source and said is None:
        yield warning("time_source_silent", advice="mend_time_source")
    if said is not None and abs(ground.now - said) > clock.MOST_BEHIND:
        seconds = int(abs(ground.now - said).total_seconds())
        yield critical("clock_differs", advice="set_clock", seconds=seconds, said=said)
    try:
        clock.check(ground.register, ask=lambda _: said)
    except ConflictError as error:
        yield critical("clock_not_believed", advice="set_clock", why=error.code)
        return
    yield good("clock_follows")


def capacity(ground: Ground) -> Iterator[Finding]:
    """Look how much of the planned places in status lists is taken."""
    with ground.register.register.read() as session:
        taken = standing.reserved(session)
    planned = int(ground.home.settings.status_lists * LIST_SIZE * FILL)
    share = taken / planned
    numbers = {"taken": taken, "planned": planned, "percent": int(100 * share)}
    if share >= FULL:
        yield critical("lists_full", advice="plan_lists", **numbers)
    elif share >= FULL_SOON:
        yield warning("lists_full_soon", advice="plan_lists", **numbers)
    else:
        yield good("lists_have_room", **numbers)


def numbers(ground: Ground) -> Iterator[Finding]:
    """Look how full the rows of certificate numbers are."""
    with ground.register.register.read() as session:
        found = standing.fullest_counters(session)
    for each in found:
        share = each.last / each.capacity
        if share < FULL_SOON:
            continue
        made = critical if share >= TAKEN_SOON else warning
        values: dict[str, Number] = {
            "scope": each.scope,
            "last": each.last,
            "capacity": each.capacity,
            "percent": int(100 * share),
        }
        yield made("numbers_end", each.authority, advice="widen_template", **values)
    most = int(100 * found[0].last / found[0].capacity) if found else 0
    yield good("numbers_have_room", rows=len(found), percent=most)
