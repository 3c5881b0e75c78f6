"""``register verify`` finds what somebody who owns the database changed, in every table that is proven."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest

from cli.names import known
from credential.days import day_of
from credential.history import Act
from issuer.crew import Crew
from issuer.db.certificates import for_publication
from issuer.db.digests import TABLES
from issuer.identifiers import IdType
from issuer.proving.certificates import prove_chunk
from issuer.services import cases, integrity, proving
from issuer.services.integrity import NewRecord, Person
from issuer.services.proving import NOT_PROVEN, PROVEN, Finding, Proven
from tests.support.clock import NOW
from tests.support.databases import place_of, tamper
from tests.support.office import APPROVER, CLERK, PROVINCE, DemoOffice
from tests.support.recovered import quiet


def verify(office: DemoOffice) -> Proven:
    return proving.verify(office.opened, anew=True, step=quiet)


def test_every_table_is_proven_or_it_is_said_why_not() -> None:
    assert {table.name for table in TABLES} == PROVEN | NOT_PROVEN
    assert not PROVEN & NOT_PROVEN
    assert (known()["proven_by"].keys(), known()["not_proven"].keys()) == (PROVEN, NOT_PROVEN), "both languages say why"


@pytest.fixture
def changed(issued: DemoOffice) -> DemoOffice:
    """An office with a withdrawal for fraud, so that no table of importance is empty."""
    issued.change(issued.certificates()[5].number)
    return issued


@pytest.mark.slow
def test_a_register_as_it_was_signed_is_proven(changed: DemoOffice) -> None:
    found = verify(changed)
    assert (found.findings, found.more, found.waiting, found.publication) == ((), 0, 0, None)
    assert (found.certificates, found.continued) == (24, 0)


ONE = "(SELECT id FROM certificates ORDER BY number LIMIT 1)"
HOLDER = "(SELECT holder FROM certificates ORDER BY number LIMIT 1)"
AWARD = "(SELECT award FROM certificates ORDER BY number LIMIT 1)"
WITHDRAWN = "(SELECT id FROM certificates WHERE state = 'withdrawn')"
CHANGES = (
    ("audit", "UPDATE audit SET actor = 'nobody' WHERE id = 3"),
    ("audit", "DELETE FROM audit WHERE id = 3"),
    ("authorities", "UPDATE authorities SET name_en = 'Another Bureau' WHERE id = 'sf-hrss'"),
    ("awards", f"UPDATE awards SET state = 'waiting' WHERE id = {AWARD}"),
    ("batches", "UPDATE batches SET rows_root = zeroblob(32)"),
    ("batches", "UPDATE batches SET rows_total = rows_total + 1, rows_rejected = rows_rejected + 1"),
    ("catalogue_versions", "UPDATE catalogue_versions SET digest = zeroblob(32)"),
    ("certificates", f"UPDATE certificates SET credential = zeroblob(300) WHERE id = {ONE}"),
    ("certificates", f"UPDATE certificates SET number = '99000020262999999' WHERE id = {ONE}"),
    ("certificates", f"UPDATE certificates SET awarded_on = '2020-01-01' WHERE id = {ONE}"),
    ("certificates", f"UPDATE certificates SET status_index = 7 WHERE id = {ONE}"),
    ("committees", "UPDATE committees SET name = '另一个评审委员会' WHERE id = (SELECT min(id) FROM committees)"),
    ("deployment", "UPDATE deployment SET status_lists = 4"),
    ("document_certificates", "UPDATE document_certificates SET valid_until = '2040-01-01 00:00:00.000000'"),
    ("events", f"UPDATE events SET basis = 'another' WHERE certificate = {WITHDRAWN} AND ordinal = 2"),
    ("events", f"UPDATE events SET effective = '2020-01-01' WHERE certificate = {ONE}"),
    ("events", f"UPDATE certificates SET state = 'valid' WHERE id = {WITHDRAWN}"),
    ("faces", f"UPDATE faces SET draft = zeroblob(300) WHERE certificate = {ONE}"),
    ("faces", f"UPDATE faces SET record = zeroblob(300) WHERE certificate = {ONE}"),
    ("filings", "UPDATE filings SET valid_until = '2040-01-01'"),
    ("grants", "UPDATE grants SET legal_basis = 'another' WHERE id = 1"),
    ("holders", f"UPDATE holders SET blind_index = zeroblob(32) WHERE id = {HOLDER}"),
    ("holders", f"UPDATE holders SET personal = zeroblob(100) WHERE id = {HOLDER}"),
    ("integrity_records", "UPDATE integrity_records SET term_until = '2026-11-22'"),
    ("integrity_records", "DELETE FROM integrity_records"),
    ("number_counters", "UPDATE number_counters SET last = 1 WHERE scope LIKE '%#%'"),
    ("operators", "UPDATE operators SET name = '另一个人' WHERE id = 'clerk1'"),
    ("publications", "UPDATE publications SET records = records + 1 WHERE sequence = 1"),
    ("published_files", "UPDATE published_files SET content = zeroblob(10) WHERE path = 'trust/list/1'"),
    ("regions", "UPDATE regions SET name = '别的省' WHERE code = '990000'"),
    ("sealed_certificates", f"UPDATE sealed_certificates SET record = zeroblob(300) WHERE certificate = {ONE}"),
    ("signed_histories", f"UPDATE signed_histories SET content = zeroblob(300) WHERE certificate = {ONE}"),
    ("stated_certificates", "UPDATE stated_certificates SET events = 3"),
    ("statements", "UPDATE statements SET operator = 'clerk1' WHERE act = 'approve'"),
    ("trust_keys", "UPDATE trust_keys SET valid_until = '2040-01-01 00:00:00.000000' WHERE use = 'credential'"),
)


ALONE = ("published_files", "statements")
"""Without these nothing is proven, and nothing else is told."""


WHOLE = ("audit", "batches")
"""Where these were changed no row of a batch is proven."""


@pytest.mark.slow
@pytest.mark.parametrize("whole", [False, True], ids=["of certificates", "of batches"])
def test_what_an_insider_changed_in_each_table_is_found_at_once(changed: DemoOffice, whole: bool) -> None:
    chosen = [(t, s) for t, s in CHANGES if t not in ALONE and "DELETE" not in s and (t in WHOLE) is whole]
    for place, (_, statement) in enumerate(chosen):
        # Each in another certificate: of one that is not proven at all nothing more is told.
        tamper(place_of(changed.home), statement.replace("LIMIT 1", f"LIMIT 1 OFFSET {place % 23}"))
    told = {each.table for each in verify(changed).findings}
    assert {table for table, _ in chosen} <= told


@pytest.mark.slow
def test_a_holder_with_the_index_of_nobody_is_found(changed: DemoOffice) -> None:
    """By that alone, with everything else of the holder as it was."""
    tamper(place_of(changed.home), f"UPDATE holders SET blind_index = zeroblob(32) WHERE id = {HOLDER}")
    assert [(each.table, each.code) for each in verify(changed).findings] == [("holders", "holder_altered")]


@pytest.mark.slow
@pytest.mark.parametrize("table", ALONE)
def test_what_proves_everything_is_looked_at_first(changed: DemoOffice, table: str) -> None:
    tamper(place_of(changed.home), next(statement for name, statement in CHANGES if name == table))
    assert table in {each.table for each in verify(changed).findings}


@pytest.mark.soak
@pytest.mark.parametrize(("table", "statement"), CHANGES, ids=[f"{t}-{n}" for n, (t, _) in enumerate(CHANGES)])
def test_one_row_that_an_insider_changed_is_found(changed: DemoOffice, table: str, statement: str) -> None:
    tamper(place_of(changed.home), statement)
    assert table in {each.table for each in verify(changed).findings}


@pytest.mark.slow
def test_a_run_that_was_ended_goes_on_where_it_was(changed: DemoOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proving, "PROVEN_AT_ONCE", 5)
    monkeypatch.setattr(proving, "_EVERY", 1)
    tamper(place_of(changed.home), f"UPDATE holders SET blind_index = zeroblob(32) WHERE id = {HOLDER}")

    def end(done: int, _of: int) -> None:
        if done == 15:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        proving.verify(changed.opened, anew=False, step=end)
    found = proving.verify(changed.opened, anew=False, step=quiet)
    assert (found.certificates, found.continued) == (24, 10)
    assert [each.table for each in found.findings] == ["holders"], "found once, whichever run it was"
    assert proving.verify(changed.opened, anew=False, step=quiet).continued == 0


@pytest.fixture
def recorded(issued: DemoOffice) -> DemoOffice:
    """An office with a case about a certificate and a person who was put on record."""
    number = issued.certificates()[0].number
    told = {"authority": PROVINCE, "document": "示人社访〔2026〕1号", "text": "业绩材料是别人的"}
    case = cases.act_here(issued.opened, CLERK, cases.plan_open(issued.opened, kind="complaint", numbers=(), **told))
    linked = cases.plan(issued.opened, Act.CASE_LINK, case, document="示人社访〔2026〕2号", numbers=[number])
    cases.act_here(issued.opened, CLERK, linked)
    person = Person(name="示范丁", id_type=IdType.PASSPORT, id_number="E00000077")
    record = NewRecord(
        person=person,
        basis="规定",
        document="示人社信〔2026〕1号",
        term_from=day_of(NOW),
        term_until=date(2029, 11, 20),
    )
    added = integrity.plan_add(issued.opened, [record], authority=PROVINCE, document="示人社信〔2026〕1号")
    integrity.act_here(issued.opened, APPROVER, added)
    return issued


@pytest.mark.slow
def test_cases_and_people_on_record_are_proven(recorded: DemoOffice) -> None:
    assert verify(recorded).findings == ()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "statement"),
    [
        ("case_unproven", "DELETE FROM case_certificates"),
        ("case_unproven", "UPDATE case_certificates SET place = 0"),
        ("case_unproven", "UPDATE case_steps SET document = '示人社访〔2026〕9号' WHERE place = 0"),
        ("case_unproven", "UPDATE case_steps SET text = zeroblob(64) WHERE place = 0"),
        ("case_unproven", "UPDATE cases SET authority = 'sfq-hrss'"),
        ("case_missing", "DELETE FROM case_steps WHERE place = 1"),
        ("case_missing", "DELETE FROM cases"),
        ("person_altered", "UPDATE integrity_persons SET personal = zeroblob(100)"),
        ("person_altered", "UPDATE integrity_persons SET wrapped_key = zeroblob(60)"),
    ],
)
def test_what_was_changed_of_a_case_or_a_person_on_record_is_found(
    recorded: DemoOffice, code: str, statement: str
) -> None:
    recorded.close()
    tamper(place_of(recorded.home), statement)
    assert code in {each.code for each in verify(recorded).findings}


@pytest.mark.postgres
@pytest.mark.slow
def test_processes_find_what_one_finds_and_go_on_where_they_were(
    changed: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proving, "PROVEN_AT_ONCE", 5)
    monkeypatch.setattr(proving, "_EVERY", 1)
    for place in (3, 11, 19):
        one = HOLDER.replace("LIMIT 1", f"LIMIT 1 OFFSET {place}")
        tamper(place_of(changed.home), f"UPDATE holders SET blind_index = ? WHERE id = {one}", bytes([place]) * 32)
    alone = verify(changed)
    monkeypatch.setattr(proving, "members_for", lambda _: 2)
    monkeypatch.setattr(proving, "prove_chunk", elsewhere(os.getpid()))

    def end(done: int, _of: int) -> None:
        if done == 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        proving.verify(changed.opened, anew=True, step=end)
    found = proving.verify(changed.opened, anew=False, step=quiet)
    assert (found.certificates, found.continued) == (24, 5)
    assert sorted(map(str, found.findings)) == sorted(map(str, alone.findings))
    assert len(found.findings) == 3
    assert [dict(each.fields) for each in verify(changed).findings] == [dict(each.fields) for each in alone.findings]


def elsewhere(here: int) -> Callable[..., list[Finding]]:
    """Prove in another process than this one only."""

    def prove(*values: Any) -> list[Finding]:
        assert os.getpid() != here
        return list(prove_chunk(*values))

    return prove


@pytest.mark.slow
def test_chunks_count_in_their_order_whichever_ends_first(changed: DemoOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a run that is ended would go on after certificates that nobody proved."""
    monkeypatch.setattr(proving, "PROVEN_AT_ONCE", 8)
    run = Crew.run
    monkeypatch.setattr(Crew, "run", lambda self, flows: reversed(list(run(self, flows))))
    seen: list[str] = []
    keep = proving._Progress.add
    with changed.opened.register.read() as session:
        ids = sorted(each.id for each in for_publication(session))

    def add(self: proving._Progress, found: Iterator[Finding]) -> None:
        seen.append(self.after)
        keep(self, found)

    monkeypatch.setattr(proving._Progress, "add", add)
    assert verify(changed).certificates == 24
    assert seen[:3] == ["", ids[7], ids[15]]
