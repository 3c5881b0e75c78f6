"""What the register is asked about many rows at once, it answers as it answers about each alone."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from itertools import product
from typing import Any

import pytest
from sqlalchemy import Engine, event

from credential.catalogue import Catalogue
from issuer.batches import rows
from issuer.batches.asking import Asked
from issuer.batches.overview import overview
from issuer.db import integrity
from issuer.db.models import AwardState, HolderRow
from issuer.db.sessions import ReadSession
from issuer.errors import TamperedError
from issuer.identifiers import IdType
from issuer.intake.checking import check
from issuer.intake.model import AwardDraft, Elsewhere, Replacement, ReplacementReason
from issuer.intake.reading import read_list
from issuer.integrity.barring import bars, bars_of_each
from issuer.office.catalogues import take_into_use
from tests.intake.support import changed, context, workbook
from tests.register.conftest import GOOD, NUMBERS, Office, laid, submit
from tests.support.clock import NOW
from tests.support.registered import move_award

TODAY = date(2026, 11, 21)
NEW = "139901198001014513"
"""Of a person whom the register does not know."""
ISSUED, WITHDRAWN = "99000020262000001", "99000020262000002"


def lived_in(office: Office) -> Office:
    """An office where one title stands, one was withdrawn for fraud, one waits, and a record was put in by hand."""
    batch = office.store()
    submit(office, batch)
    with office.register.write() as session:
        for number, row in enumerate(rows.open_rows(session, office.vault, batch)[:2], start=1):
            wrapped = session.get_one(HolderRow, row.holder).wrapped_key
            key = office.vault.unwrap(wrapped, table="holders", row=row.holder)
            code = f"2ABCDEFGHJKLMNPQRST{number}"
            laid(row, number, cti=bytes([number] * 16), to_sign=b"x", check_code=code).reserve(session, key)
            move_award(session, row.award, AwardState.RESERVED)
        by_hand = office.record_by_hand(NUMBERS[2])
        integrity.add_record(session, by_hand)
    office.raw("UPDATE certificates SET state = 'withdrawn' WHERE id = 'c2'")
    office.raw(
        "INSERT INTO events (certificate, ordinal, kind, effective, recorded, authority, basis, document, reason,"
        " statement, published) VALUES ('c2', 1, 'withdrawn', '2026-11-01', '2026-11-01 00:00:00.000000', 'sf-rst', '',"
        " '示人社撤〔2026〕1号', 'fraud', (SELECT id FROM statements), NULL)"
    )
    office.store(good=(replace(GOOD[2], sheet_row=8), replace(GOOD[0], sheet_row=9, title=5001)), data=b"another file")
    return office


def asked_about() -> list[AwardDraft]:
    """Rows of people who are known and of one who is not, for the same titles and for others, new and replacing."""
    restored = Replacement(number=WITHDRAWN, reason=ReplacementReason.RESTORED)
    corrected = Replacement(number=ISSUED, reason=ReplacementReason.CORRECTED)
    return [
        replace(GOOD[0], id_number=number, title=title, award_date=day, replaces=replaces)
        for number, title, day, replaces in product(
            (*NUMBERS, NEW), (5002, 5001), (GOOD[0].award_date, TODAY), (None, restored, corrected)
        )
    ]


def answers(asked: Asked, drafts: list[AwardDraft]) -> list[tuple[bool, str | None, Elsewhere]]:
    return [
        (asked.is_barred(each.id_type, each.id_number, TODAY), asked.existing(each), asked.elsewhere(each))
        for each in drafts
    ]


@contextmanager
def counted(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    """The questions that are sent to the database, with their values."""
    sent: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, values: Any, *_: object) -> None:
        if statement.startswith("SELECT"):
            sent.append((statement, values))

    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


def single(session: ReadSession, office: Office, drafts: list[AwardDraft]) -> list[tuple[bool, str | None, Elsewhere]]:
    return [found for each in drafts for found in answers(Asked(session, office.vault), [each])]


@pytest.mark.slow
def test_many_at_once_are_answered_as_each_alone(office: Office) -> None:
    drafts = asked_about()
    with lived_in(office).register.read() as session:
        alone = single(session, office, drafts)
        assert {each[0] for each in alone} == {False, True}
        assert {each[1] for each in alone} == {None, ISSUED}
        assert len({each[2] for each in alone}) == 5
        chosen = random.Random(7)  # noqa: S311 - which rows are told, and in what order
        for size in (1, 2, 5, 20, len(drafts)):
            order = chosen.sample(range(len(drafts)), size)
            asked = Asked(session, office.vault)
            asked.ahead([drafts[at] for at in order], TODAY)
            assert answers(asked, [drafts[at] for at in order]) == [alone[at] for at in order]
            assert answers(asked, drafts) == alone, "also of rows that were not told before"


def test_what_bars_many_people_is_what_bars_each(office: Office) -> None:
    indexes = [office.vault.blind_index(IdType.CITIZEN.word, number) for number in (*NUMBERS, NEW)]
    with lived_in(office).register.read() as session:
        alone = {index: bars(session, index, on=TODAY) for index in indexes}
        assert [len(found) for found in alone.values()] == [0, 1, 1, 0]
        assert bars_of_each(session, indexes, on=TODAY) == alone
        assert bars_of_each(session, indexes[::-1], on=TODAY) == alone
        assert bars_of_each(session, (), on=TODAY) == {}


def test_as_many_questions_are_sent_for_many_rows_as_for_one(office: Office) -> None:
    drafts = asked_about()
    with lived_in(office).register.read() as session:
        sent = []
        for told in (drafts[:1], drafts):
            asked = Asked(session, office.vault)
            with counted(office.register.engine) as statements:
                asked.ahead(told, TODAY)
            sent.append(len(statements))
            with counted(office.register.engine) as statements:
                answers(asked, told)
            assert statements == []
        assert len(drafts) == 48
        assert sent == [5, 6], "of all 48, one more: whether a withdrawal was set aside"


@pytest.mark.sqlite
def test_nothing_is_found_by_its_state_but_by_whose_it_is(office: Office) -> None:
    """Without statistics the planner would take the index by state, and read all that waits for each part of a list."""
    batch = lived_in(office).store(good=GOOD, data=b"a third file")
    with office.register.write() as session:
        take_into_use(session, Catalogue.load_builtin().to_json(), actor="setup", now=NOW)
    with office.register.read() as session, counted(office.register.engine) as sent:
        Asked(session, office.vault).ahead(asked_about(), TODAY)
        overview(session, office.vault, batch)
        asking = [(each, values) for each, values in sent if "holders" in each or "batches" in each]
        cursor = session.connection().connection.cursor()
        plans = [row[3] for each, values in asking for row in cursor.execute(f"EXPLAIN QUERY PLAN {each}", values)]
    assert len(asking) > 5
    assert not [each for each in plans if "_state" in each or each.startswith("SCAN")]


def test_a_check_tells_ahead_which_rows_it_will_ask_about() -> None:
    told: list[str | None] = []
    listed = workbook(changed(), changed(序号=2, 专业="大数据"), changed(序号=3, 通过时间="x"))
    facts = context(
        ahead=lambda drafts: told.extend(draft.seq for draft in drafts),
        find_existing=lambda draft: None if draft.seq in told else "not told",
    )
    assert len(check(read_list(listed).rows, facts, TODAY).good) == 2
    assert told == ["1", "2"]


def test_a_row_that_does_not_open_is_an_error_for_the_question_that_needs_it(office: Office) -> None:
    lived_in(office).raw("UPDATE awards SET payload = x'01' WHERE sheet_row = 4")
    with office.register.read() as session:
        asked = Asked(session, office.vault)
        asked.ahead(list(GOOD), TODAY)
        with pytest.raises(TamperedError) as caught:
            asked.existing(GOOD[0])
        assert caught.value.code == "sealed_altered"
        assert asked.existing(GOOD[1]) is None
        assert asked.elsewhere(GOOD[1]).withdrawn == WITHDRAWN
