"""The list of a statement, read for many certificates at once: it proves the same as when it is read for one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from credential.history import Act, Reason
from credential.statements import SeenCertificate
from credential.statuslist import Status
from issuer import statements
from issuer.errors import TamperedError
from issuer.status import stated
from tests.support.counted import counted
from tests.support.office import DemoOffice


def test_a_list_that_is_read_together_proves_what_it_holds_and_nothing_else(issued: DemoOffice) -> None:
    numbers = [each.number for each in issued.certificates()][:18]
    plan = issued.plan(issued.order(*numbers, act=Act.SUSPEND, reason=Reason.UNDER_REVIEW))
    issued.apply(plan)
    [(row,)] = issued.raw("SELECT id FROM statements WHERE act = 'suspend'")
    token = issued.raw("SELECT evidence FROM statements WHERE id = ?", row)[0][0]
    statement, _ = statements.read(bytes(token).decode(), issued.operators())
    with counted(issued.opened.register) as work, issued.opened.register.read() as session:
        stated.foresee(session, row, numbers)
        for seen in plan.seen:
            stated.prove(session, row, statement, seen)
        assert work.statements == 2
        for wrong in _wrong(plan.seen[3]):
            with pytest.raises(TamperedError) as caught:
                stated.prove(session, row, statement, wrong)
            assert caught.value.code == "not_stated"


def _wrong(seen: SeenCertificate) -> list[SeenCertificate]:
    return [
        replace(seen, state=Status.SUSPENDED),
        replace(seen, events=seen.events + 1),
        replace(seen, number="99000020269999999"),
    ]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE stated_certificates SET hashes = zeroblob(length(hashes)) WHERE position = 5",
        "UPDATE stated_certificates SET position = position + 100 WHERE position = 5",
        "DELETE FROM stated_certificates WHERE position = 4",
    ],
)
def test_a_list_that_was_changed_proves_nobody_beside_the_change(issued: DemoOffice, change: str) -> None:
    numbers = [each.number for each in issued.certificates()][:8]
    plan = issued.plan(issued.order(*numbers, act=Act.SUSPEND, reason=Reason.UNDER_REVIEW))
    issued.apply(plan)
    [(row,)] = issued.raw("SELECT id FROM statements WHERE act = 'suspend'")
    token = issued.raw("SELECT evidence FROM statements WHERE id = ?", row)[0][0]
    statement, _ = statements.read(bytes(token).decode(), issued.operators())
    issued.raw(change)
    refused = []
    with issued.opened.register.read() as session:
        stated.foresee(session, row, numbers)
        for seen in plan.seen:
            try:
                stated.prove(session, row, statement, seen)
            except TamperedError as error:
                refused.append(error.code)
    assert "not_stated" in refused
