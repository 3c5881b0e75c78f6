"""Notices: one for each change, made behind the publication, for holders who are there; told of or printed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from credential.history import Act, Reason
from issuer.batches.contacts import keep
from issuer.db import notices as stored
from issuer.db.models import HolderRow
from issuer.home.practice import NoticesSection, read_practice
from issuer.intake.model import Contact
from issuer.notices.making import opened as opened_notice
from issuer.notices.model import Facts
from issuer.notices.wording import as_text, sentences
from issuer.services import notices
from issuer.worker import noticing
from issuer.worker.delivering import Delivering
from tests.support.office import ACTOR, DemoOffice


def facts_of(demo: DemoOffice) -> list[Facts]:
    """What each notice says, in the order of certificates."""
    with demo.opened.register.read() as session:
        found = stored.notices_of(session, limit=1000)
    return sorted((opened_notice(demo.opened.vault, each) for each in found), key=lambda each: each.number)


@pytest.mark.slow
def test_each_change_makes_one_notice_with_what_was_decided_and_the_remedies(issued: DemoOffice) -> None:
    (issued.home.directory / "practice.toml").write_text(
        '[notices]\nreview_days = 30\nreview_body = "示范省人民政府"\n', encoding="utf-8"
    )
    one, two, *_ = issued.certificates()
    issued.change(one.number)
    issued.change(two.number, act=Act.SUSPEND, reason=Reason.UNDER_REVIEW)
    withdrawn, suspended = facts_of(issued)
    assert (withdrawn.number, withdrawn.kind, withdrawn.document) == (one.number, "withdrawn", "示人社撤〔2026〕1号")
    assert (withdrawn.barred_from, withdrawn.barred_until) == ("2026-11-21", "2029-11-21")
    assert (suspended.kind, suspended.barred_from) == ("suspended", "")
    text = as_text(withdrawn)
    assert withdrawn.name in text
    for part in ("30 日内", "示范省人民政府", "行政复议", "6 个月内", "行政诉讼", "职称评审管理暂行规定第三十四条"):
        assert part in text, part
    issued.raw("UPDATE outbox SET done_at = NULL, taken_at = NULL WHERE topic = 'notice'")
    with issued.worker() as worker:
        assert worker.make_notices() == []
    assert len(facts_of(issued)) == 2, "a change has one notice"


@pytest.mark.slow
def test_an_order_leaves_one_piece_of_work_and_its_notices_are_made_in_parts(
    issued: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(noticing, "PART", 5)
    numbers = [each.number for each in issued.certificates()]
    issued.apply(issued.plan(issued.order(*numbers[:12], act=Act.SUSPEND, reason=Reason.UNDER_REVIEW)))
    waiting = "SELECT count(*) FROM outbox WHERE topic = 'notice' AND done_at IS NULL"
    assert issued.raw(waiting) == [(1,)]
    assert notices.listed(issued.opened) == (), "the act itself makes none"
    done = []
    for _ in range(3):
        with issued.worker() as worker:  # each time another process: the one before died
            worker.run_pending()
        done.append((len(notices.listed(issued.opened)), issued.raw(waiting)[0][0]))
    assert done == [(5, 1), (10, 1), (12, 0)]


@pytest.mark.slow
def test_what_cannot_be_made_now_is_said_and_made_later(issued: DemoOffice) -> None:
    practice = issued.home.directory / "practice.toml"
    practice.write_text("[notices]\nreview_days = 0\n", encoding="utf-8")
    number = issued.certificates()[0].number
    issued.apply(issued.plan(issued.order(number, act=Act.SUSPEND, reason=Reason.UNDER_REVIEW)))
    with issued.worker() as worker:
        held = worker.run_pending().held_back
        assert [each.code for each in held] == ["practice_file"]
        assert worker.run_pending().held_back == (), "it is said once, and tried again after a while"
    assert notices.listed(issued.opened) == ()
    practice.unlink()
    with issued.worker() as worker:
        assert worker.run_pending().held_back == ()
    assert [each.number for each in notices.listed(issued.opened)] == [number]


@pytest.mark.slow
def test_who_was_erased_gets_none(issued: DemoOffice) -> None:
    one, two, *_ = issued.certificates()
    issued.apply(issued.plan(issued.order(one.number, two.number)))
    issued.raw(
        "UPDATE holders SET wrapped_key = NULL, erased = created, blind_index = NULL, personal = NULL WHERE id = ?",
        one.holder,
    )
    with issued.worker() as worker:
        assert worker.make_notices() == []
    assert [each.number for each in notices.listed(issued.opened)] == [two.number]
    issued.raw(
        "UPDATE holders SET wrapped_key = NULL, erased = created, blind_index = NULL, personal = NULL WHERE id = ?",
        two.holder,
    )
    [waiting] = notices.listed(issued.opened, unprinted=True)
    assert notices.printed(issued.opened, ACTOR, [waiting.id]) == ()


@pytest.mark.slow
def test_what_nobody_can_be_written_about_is_printed_and_that_is_noted(issued: DemoOffice) -> None:
    one, two, *_ = issued.certificates()
    issued.raw("UPDATE holders SET contact = NULL WHERE id = ?", one.holder)
    issued.change(one.number, two.number, act=Act.CANCEL, reason=Reason.ERROR)
    there = {each.number: each.reaching.value for each in notices.listed(issued.opened)}
    with issued.opened.register.read() as session:
        reached = {each.number: each.contact is not None for each in stored.notices_of(session, limit=10)}
    assert there == {number: "waiting" if has else "to_print" for number, has in reached.items()}
    assert there[one.number] == "to_print"
    [waiting] = [each for each in notices.listed(issued.opened, unprinted=True) if each.number == one.number]
    [made] = notices.printed(issued.opened, ACTOR, [waiting.id])
    assert made.pdf.startswith(b"%PDF-")
    assert "注销" in made.text
    assert notices.listed(issued.opened, number=one.number)[0].reaching.value == "printed"
    assert [row[0] for row in issued.raw("SELECT object FROM audit WHERE act = 'notice.print'")] == [one.number]
    assert [made.pdf] == [each.pdf for each in notices.printed(issued.opened, ACTOR, [waiting.id])]


@pytest.mark.slow
def test_a_letter_says_that_there_is_a_notice_and_nothing_of_it(issued: DemoOffice) -> None:
    one = issued.certificates()[0]
    with issued.opened.register.write() as session:
        row = session.get_one(HolderRow, one.holder)
        key = issued.opened.vault.unwrap(row.wrapped_key, table="holders", row=row.id)
        keep(key, row, Contact(email="someone@example.cn"))
    issued.change(one.number)
    delivering = Delivering.of(issued.opened, {})
    assert delivering.send_notices().sent == 1
    assert delivering.send_notices().sent == 0
    [letter] = (issued.home.directory / "outgoing").glob("notice-*.txt")
    text = letter.read_text(encoding="utf-8")
    [facts] = facts_of(issued)
    assert "someone@example.cn" in text
    for private in (facts.name, facts.number, facts.title, "撤销", facts.document):
        assert private not in text
    assert notices.listed(issued.opened)[0].reaching.value == "told"


FACTS = Facts(
    notice="0" * 32,
    number="99000020262000017",
    kind="withdrawn",
    name="示范甲",
    id_shown="**************002X",
    title="高级工程师",
    title_en="senior engineer",
    specialty="环境工程",
    authority="示范省人力资源和社会保障厅",
    authority_en="Shifan Department",
    basis="依据某条",
    document="示人社撤〔2026〕1号",
    effective="2026-11-21",
    made="2026-11-21",
    reason="弄虚作假",
    reason_en="fraud",
    successor="99000020262000044",
    note="更名",
    barred_from="",
    barred_until="",
    barred_basis="",
    review_days="60",
    review_basis="行政复议法第二十条",
    review_body="",
    action_months="6",
    action_basis="行政诉讼法第四十六条",
    court="",
    mark="",
)


@pytest.mark.parametrize(
    ("kind", "remedy", "named"),
    [
        ("suspended", True, "核查"),
        ("reinstated", False, "恢复使用"),
        ("withdrawn", True, "撤销"),
        ("cancelled", True, "不是处罚"),
        ("superseded", True, "99000020262000044"),
        ("annotated", True, "更名"),
        ("set_aside", False, "99000020262000044"),
    ],
)
def test_every_kind_has_its_words_in_both_languages(kind: str, remedy: bool, named: str) -> None:
    facts = replace(FACTS, kind=kind)
    said = sentences(facts)
    assert (said.remedy is not None) is remedy
    assert named in "".join(each.zh for each in said.paragraphs)
    assert all(each.zh and each.en and each.zh != each.en for each in (said.title, *said.paragraphs))
    assert "{" not in as_text(facts)


def test_the_terms_of_the_law_are_the_home_s_or_the_nation_s(founded: DemoOffice) -> None:
    terms = read_practice(founded.home).notices
    assert terms == NoticesSection()
    assert (terms.review_days, terms.action_months) == (60, 6)
