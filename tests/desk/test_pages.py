"""What pages say and do: in two languages, with faults that come back, and files to take away."""

from __future__ import annotations

import io
import json
import re
import string
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import make_url

from credential.history import EventKind
from credential.statuslist import Status
from issuer.desk.db.store import DeskStore
from issuer.desk.held import GROUPS
from issuer.desk.requests import KINDS, MAX_OPEN, MOST_CHARACTERS, OUTCOMES
from issuer.desk.settings import DeskSettings, in_working_days
from issuer.desk.telling import settings_of, told
from issuer.desk.wording import Say, all_words, language_of
from issuer.desk.workdays import Calendar
from issuer.errors import ConflictError, MachineError, NotAllowedError
from tests.support.desks import LI, PDF, PICTURE, StandIn, Visitor

PAGES = Path(__file__).parents[2] / "issuer" / "desk"
NUMBER = "99000020262000001"
UNMADE = "99000020262000009"
WECHAT = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0) MicroMessenger/8.0.40"


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_text_is_in_both_languages_with_the_same_fields() -> None:
    assert {key: set(text) for key, text in all_words().items() if set(text) != {"zh", "en"}} == {}
    for key, text in all_words().items():
        assert (key, fields(text["zh"]), bool(text["zh"])) == (key, fields(text["en"]), bool(text["en"]))
        assert not re.search(r"[\u4e00-\u9fff]", text["en"]), key


def test_every_text_that_pages_name_is_there() -> None:
    named: set[str] = set()
    for path in (*PAGES.rglob("*.html"), *PAGES.rglob("*.py")):
        named |= set(re.findall(r"say\(\s*\"([a-z_]+\.[a-z_0-9]+)\"\s*[,)]", path.read_text("utf-8")))
    assert len(named) > 100
    assert named <= set(all_words())


def test_every_state_event_kind_and_group_has_its_words() -> None:
    keys = set(all_words())
    assert {f"state.{state.word}{end}" for state in Status for end in ("", "_next")} <= keys
    assert {
        f"requests.{word}" for kind in KINDS for word in (kind, f"ask_{kind}", f"about_{kind}", f"text_{kind}")
    } <= keys
    assert {f"requests.outcome_{outcome}" for outcome in OUTCOMES} <= keys
    assert {f"held.{group}{end}" for group in GROUPS for end in ("", "_why", "_who", "_long")} <= keys
    assert len(EventKind) > 5


@pytest.mark.parametrize(
    ("chosen", "accepted", "language"),
    [
        (None, "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        (None, "en-GB,en;q=0.9", "en"),
        (None, "fr,en;q=0.5,zh;q=0.4", "en"),
        (None, "en;q=0.2,zh;q=0.9", "zh"),
        (None, "fr", "zh"),
        (None, "", "zh"),
        (None, "en;q=wrong", "zh"),
        ("en", "zh-CN", "en"),
        ("fr", "en", "en"),
    ],
)
def test_a_language_is_the_visitors_or_the_browsers_or_chinese(
    chosen: str | None, accepted: str, language: str
) -> None:
    assert language_of(chosen, accepted) == language


def test_days_are_in_the_words_of_the_language() -> None:
    assert (Say("zh").day(date(2026, 11, 21)), Say("en").day(date(2026, 11, 21))) == (
        "2026年11月21日",
        "21 November 2026",
    )


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_a_page_is_wholly_in_one_language(desk: StandIn, language: str) -> None:
    visitor = desk.visitor(language=language)
    for path in ("/sign-in", "/help"):
        text = visitor.get(path).text
        assert f'<html lang="{language}"' in text
        assert ("登录" in text) == (language == "zh-CN")


def test_the_state_of_each_certificate_is_said_in_words(li: Visitor) -> None:
    text = li.get("/certificates").text
    assert "这份证书目前有效，可以使用。" in text
    assert "有关机关已撤销这份证书，它不再有效。" in text
    assert "示人社撤〔2026〕1号" in li.get(f"{li.page_of('99000020232000007')}/history").text


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({}, "请填写证件号码"),
        ({"id_number": "110105194912310021"}, "最后一位与前面不符"),
        ({"id_number": LI.id_number}, "请填写领取码"),
        ({"id_number": LI.id_number, "code": "ABCD"}, "这次不计入次数"),
        ({"id_number": LI.id_number, "code": "AAAA-AAAA-AAAA"}, "没有登录成功"),
        ({"id_number": "440524188001010014", "code": LI.code}, "没有登录成功"),
        ({"id_type": "nothing", "id_number": "1"}, "请选择证件类型"),
    ],
)
def test_what_is_wrong_with_a_sign_in_is_said_beside_it(desk: StandIn, form: dict[str, str], said: str) -> None:
    answer = desk.visitor().post("/sign-in", {"id_type": "citizen", "id_number": "", "code": ""} | form)
    assert answer.status_code in {403, 422}
    assert said in answer.text
    assert form.get("id_number", "") in answer.text
    assert "set-cookie" not in answer.headers


def test_a_typing_error_in_an_id_number_is_no_try(desk: StandIn) -> None:
    desk.visitor().post("/sign-in", {"id_type": "citizen", "id_number": "110105194912310021", "code": LI.code})
    assert desk.unlock.asked == []


def test_too_many_tries_are_told(desk: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: str) -> None:
        raise NotAllowedError("too_many_tries", "too many")

    monkeypatch.setattr(desk.unlock, "with_code", refuse)
    answer = desk.visitor().sign_in(LI)
    assert (answer.status_code, "请一小时后再试" in answer.text) == (429, True)


def test_a_service_that_is_away_is_told_and_asked_again_later(
    desk: StandIn, li: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: str) -> None:
        raise MachineError("unlock_gone", "nobody listens")

    monkeypatch.setattr(desk.unlock, "view", away)
    answer = li.get("/certificates")
    assert (answer.status_code, "请几分钟后再试" in answer.text) == (503, True)
    monkeypatch.undo()
    assert li.get("/certificates").status_code == 200


def test_files_are_those_of_the_certificate(li: Visitor) -> None:
    page = li.page_of(NUMBER)
    pdf = li.get(f"{page}/files/document.pdf")
    assert (pdf.content, pdf.headers["content-type"]) == (PDF, "application/pdf")
    assert f"filename*=UTF-8''{NUMBER}.pdf" in pdf.headers["content-disposition"]
    assert li.get(f"{page}/files/page.png").content == PICTURE
    credential = li.get(f"{page}/files/credential.cwt").content
    assert credential == LI.view.certificates[0].credential
    with zipfile.ZipFile(io.BytesIO(li.get(f"{page}/files/all.zip").content)) as packed:
        assert packed.read(f"{NUMBER}/document.pdf") == PDF
        assert packed.read(f"{NUMBER}/page.png") == PICTURE
        assert packed.read(f"{NUMBER}/credential.cwt") == credential
        assert packed.read(f"{NUMBER}/qr.png").startswith(b"\x89PNG")
        assert LI.view.certificates[0].check_code in packed.read(f"{NUMBER}/readme.txt").decode()


@pytest.mark.slow
def test_a_document_is_asked_for_once_and_comes_when_it_is_made(desk: StandIn, li: Visitor) -> None:
    page = li.page_of(UNMADE)
    assert li.get(f"{page}/files/document.pdf").headers["location"] == f"{page}/download"
    assert "制作 PDF" in li.get(f"{page}/download").text
    jobs = {li.post(f"{page}/document").headers["location"] for _ in range(3)}
    assert len(jobs) == 1
    [job] = jobs
    assert "正在制作您的 PDF" in li.get(job).text
    finish(desk, job.rpartition("/")[2], "done")
    desk.unlock.documents.add(UNMADE)
    assert li.get(job).headers["location"] == f"{page}/download"
    assert li.get(f"{page}/files/document.pdf").content == PDF


def test_how_many_are_in_front_is_said(desk: StandIn, li: Visitor) -> None:
    other = desk.visitor()
    other.sign_in(LI)
    other.post(f"{other.page_of(UNMADE)}/document")
    desk.clock.move(seconds=1)
    job = li.post(f"{li.page_of(UNMADE)}/document").headers["location"]
    assert "前面还有 1 份在排队" in li.get(job).text


def test_a_document_that_could_not_be_made_is_told_with_its_code(desk: StandIn, li: Visitor) -> None:
    job = li.post(f"{li.page_of(UNMADE)}/document").headers["location"]
    finish(desk, job.rpartition("/")[2], "failed", "glyph_missing")
    text = li.get(job).text
    assert "PDF 没有做成" in text
    assert "glyph_missing" in text


def finish(desk: StandIn, job: str, state: str, code: str = "") -> None:
    from issuer.desk import jobs
    from issuer.desk.db.tables import JobState

    with desk.store.write() as connection:
        jobs.finish(connection, job, JobState(state), code=code, now=desk.clock())


@pytest.mark.slow
def test_in_wechat_the_page_says_how_to_open_a_browser(desk: StandIn) -> None:
    visitor = desk.visitor(agent=WECHAT)
    visitor.sign_in(LI)
    assert "在浏览器打开" in visitor.get(f"{visitor.page_of(NUMBER)}/download").text
    other = desk.visitor()
    other.sign_in(LI)
    assert "在浏览器打开" not in other.get(f"{other.page_of(NUMBER)}/download").text


@pytest.mark.slow
def test_everything_that_is_held_is_shown_and_exported(li: Visitor) -> None:
    li.post("/requests/new/missing", {"text": "2020 年取得", "subject": "工程师"})
    page = li.get("/held").text
    record = json.loads(li.get("/held/export.json").content)
    assert {each["number"] for each in record["certificates"]} == {each.number for each in LI.view.certificates}
    for _, value in LI.view.held:
        assert value in page
    assert [each["value"] for each in record["beyond_certificates"]] == [value for _, value in LI.view.held]
    assert record["looked"][0]["who"] in page
    assert record["claim_codes"][0]["collected"][0]["by"] == "示范乙"
    assert "由 示范乙（配偶）领走，clerk1 记录" in page
    assert [each["text"] for each in record["requests"]] == ["2020 年取得"]
    assert record["sign_ins"][0]["device"] == "Chrome · Android"
    assert li.get("/held/export.pdf").content.startswith(b"%PDF-1.")


@pytest.mark.parametrize("kind", KINDS)
def test_a_request_is_dated_and_listed(desk: StandIn, li: Visitor, kind: str) -> None:
    asked = li.post(f"/requests/new/{kind}", {"text": "请办理"})
    page = li.get(asked.headers["location"]).text
    by = in_working_days(desk.settings, kind, date(2026, 11, 21))
    assert f"最晚 {Say('zh').day(by)} 答复" in page
    assert asked.headers["location"] in li.get("/requests").text


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"text": "   "}, "请写明说明"),
        ({"text": "字" * (MOST_CHARACTERS + 1)}, f"最多 {MOST_CHARACTERS} 个"),
        ({"text": "请更正", "subject": "项" * 101}, "最多 100 个"),
        ({"text": "请更正", "contact": "1" * 101}, "最多 100 个"),
    ],
)
def test_a_request_that_is_not_taken_comes_back_whole(li: Visitor, form: dict[str, str], said: str) -> None:
    answer = li.post("/requests/new/correction", form)
    assert answer.status_code == 422
    assert said in answer.text
    for value in form.values():
        assert value.strip() in answer.text


def test_a_holder_has_a_few_open_requests_at_a_time(li: Visitor) -> None:
    for _ in range(MAX_OPEN):
        assert li.post("/requests/new/correction", {"text": "请更正"}).status_code == 303
    refused = li.post("/requests/new/correction", {"text": "还有一处"})
    assert refused.status_code == 422
    assert "还有一处" in refused.text


def test_what_was_typed_when_the_session_ended_is_given_back(desk: StandIn, li: Visitor) -> None:
    desk.clock.move(minutes=30)
    answer = li.post("/requests/new/correction", {"text": "写了很久的说明", "subject": "姓名"})
    assert answer.status_code == 401
    assert "写了很久的说明" in answer.text


def test_choices_of_language_and_size_are_kept(desk: StandIn) -> None:
    visitor = desk.visitor()
    assert visitor.post("/language", {"language": "en", "back": "/help"}).headers["location"] == "/help"
    assert visitor.post("/text", {"text": "large"}).status_code == 303
    page = visitor.get("/help").text
    assert '<html lang="en" class="large">' in page


def test_an_unknown_page_says_where_to_begin(desk: StandIn) -> None:
    answer = desk.visitor().get("/nothing")
    assert (answer.status_code, "没有这个页面" in answer.text) == (404, True)


# Days


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        (date(2026, 11, 20), 3, date(2026, 11, 25)),  # a Friday
        (date(2026, 11, 21), 7, date(2026, 12, 1)),  # a Saturday
        (date(2026, 9, 30), 1, date(2026, 10, 8)),  # before a week of holidays
        (date(2026, 10, 9), 1, date(2026, 10, 10)),  # a Saturday that is worked
        (date(2026, 11, 20), 0, date(2026, 11, 20)),
    ],
)
def test_working_days_leave_out_weekends_and_holidays(day: date, count: int, expected: date) -> None:
    holidays = frozenset(date(2026, 10, each) for each in range(1, 8))
    assert Calendar(holidays=holidays, worked=frozenset({date(2026, 10, 10)})).after(day, count) == expected


def test_each_kind_has_its_own_days(tmp_path: Path) -> None:
    settings = DeskSettings(origin="", verifier="", database=tmp_path, socket=tmp_path)
    friday = date(2026, 11, 20)
    assert [in_working_days(settings, kind, friday) for kind in ("correction", "missing")] == [
        date(2026, 12, 1), date(2026, 11, 25),
    ]  # fmt: skip


# The database


def test_a_database_of_another_version_is_refused(tmp_path: Path) -> None:
    from issuer.desk.db import tables

    store = DeskStore.create(tmp_path / "desk.sqlite3")
    with store.write() as connection:
        connection.execute(tables.version.update().values(number=99))
    store.close()
    with pytest.raises(ConflictError) as refused:
        DeskStore.open(tmp_path / "desk.sqlite3")
    assert refused.value.code == "desk_version"


def test_the_database_is_for_its_owner_alone(desk: StandIn) -> None:
    assert isinstance(desk.settings.database, Path)
    assert desk.settings.database.stat().st_mode & 0o777 == 0o600


def test_what_the_desk_is_told_through_a_pipe_is_what_was_set(tmp_path: Path) -> None:
    settings = DeskSettings(
        origin="https://desk.example",
        verifier="https://zc.example",
        database=make_url("postgresql+psycopg://desk:secret@db.example/register"),
        socket=tmp_path / "u.sock",
        demonstration=True,
        oidc=True,
        client_secret="s",
        calendar=Calendar(holidays=frozenset({date(2026, 10, 1)}), worked=frozenset({date(2026, 10, 10)})),
        fonts=(tmp_path,),
    )
    assert settings_of(json.loads(json.dumps(told(settings)))) == settings
    there = replace(settings, database=tmp_path / "desk.sqlite3")
    assert settings_of(json.loads(json.dumps(told(there)))) == there
