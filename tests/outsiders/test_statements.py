"""A stranger's script proves one row of the demonstration's batch: from the statement, the row and its path alone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from issuer.batches.proof import ProvenRow, prove_row
from issuer.batches.rows import open_rows
from tests.outsiders.test_outsiders import run
from tests.support.office import APPROVER, DemoOffice

pytestmark = pytest.mark.outsider


def proofs(demo: DemoOffice, batch: str) -> list[ProvenRow]:
    operators = demo.operators()
    with demo.opened.register.read() as session:
        rows = open_rows(session, demo.opened.vault, batch)
        return [prove_row(session, row, operators=operators, now=demo.clock()) for row in rows]


def asked(proof: ProvenRow, **changes: Any) -> dict[str, Any]:
    path = [step.hex() for step in proof.path]
    return {"leaf": proof.row.normal.decode(), "index": proof.row.position, "path": path} | changes


@pytest.mark.slow
def test_a_stranger_proves_each_row_alone(founded: DemoOffice, outsiders_python: str) -> None:
    batch = founded.approved()
    [(token,)] = founded.raw("SELECT evidence FROM statements WHERE act = 'approve'")
    shown = proofs(founded, batch)
    seventh, eighth = shown[6:8]
    wrong = [
        asked(seventh, leaf=seventh.row.normal.decode().replace('"level":', '"level":1')),
        asked(seventh, leaf=eighth.row.normal.decode()),
        asked(seventh, index=7),
        asked(seventh, index=-1),
        asked(seventh, path=asked(eighth)["path"]),
        asked(seventh, path=asked(seventh)["path"][:-1]),
        asked(seventh, path=[*asked(seventh)["path"], "00" * 32]),
        asked(seventh, path=[]),
    ]
    given = {
        "jwk": founded.operators().by_id(APPROVER).operator.key.to_jwk(),
        "token": token.decode(),
        "asked": [*map(asked, shown), *wrong],
    }
    answer = run(outsiders_python, "prove_row.py", given)
    assert (answer["act"], answer["batch"], answer["size"]) == ("approve", batch, 24)
    assert answer["proven"] == [json.loads(each.row.normal) for each in shown] + [None] * len(wrong)
