"""``titlecert integrity``, ``notice`` and ``case``, as somebody types them."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from tests.cli.support import Shell

ADD = (
    "integrity", "add", "--name", "示范甲", "--id-number", "11010519491231002X",
    "--document", "示人社信〔2026〕1号", "--authority", "sf-hrss", "--as", "chief1",
)  # fmt: skip


@pytest.mark.slow
def test_somebody_is_put_on_record_objects_and_is_reported(office: Shell, tmp_path: Path) -> None:
    before = office.json("integrity", "list")["records"]
    dry = office(*ADD)
    assert "没有改动" in dry.err
    assert office.json("integrity", "list")["records"] == before
    record = office.json(*ADD, "--yes")["records"][0]["record"]
    under = ("--document", "示人社信异〔2026〕1号", "--as", "chief1", "--yes")
    office.json("integrity", "object", record, "--note", "材料是真实的", *under)
    office.json("integrity", "correct", record, "--until", "2027-11-20", *under)
    shown = office.json("integrity", "show", record)
    assert [each["act"] for each in shown["steps"]] == ["integrity_add", "integrity_object", "integrity_correct"]
    assert (shown["name"], shown["until"]) == ("示范甲", "2027-11-20")
    assert "示范甲" not in office("integrity", "list").out
    out = tmp_path / "report.jsonl"
    made = office.json("integrity", "export", "--out", str(out))
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    answers = tmp_path / "answers.jsonl"
    lines = [json.dumps({"export": made["export"], "record": record, "outcome": "accepted"})]
    answers.write_text("\n".join(lines), encoding="utf-8")
    assert office.json("integrity", "receive", str(answers))["answers"] == 1
    assert office.json("integrity", "reconcile")["counts"]["accepted"] == 1
    listed = office("audit", "list", "--of", record)
    assert "记下对诚信记录的异议" in listed.out
    assert "示范甲" not in listed.out


@pytest.mark.slow
def test_a_list_with_faults_puts_nobody_on_record_and_names_them(office: Shell, tmp_path: Path) -> None:
    file = tmp_path / "bad.csv"
    file.write_text("姓名,证件号码\n示范乙,110105194912310021\n示范甲,11010519491231002X\n", encoding="utf-8")
    words = ("--document", "示人社信〔2026〕3号", "--authority", "sf-hrss", "--as", "chief1", "--yes")
    before = office.json("integrity", "list")["records"]
    ended = office("integrity", "import", str(file), *words)
    assert ended.code == 1
    assert "第 2 行，证件号码：校验位不对" in ended.err
    english = office("integrity", "import", str(file), *words, "--lang", "en")
    assert "row 2, ID number: has a wrong check character" in english.err
    assert office.json("integrity", "list")["records"] == before


@pytest.mark.slow
def test_the_notice_of_a_withdrawal_is_printed(office: Shell, tmp_path: Path) -> None:
    number = "99000020262000003"
    words = ("--basis", "投诉举报核查", "--document", "示人社停〔2026〕1号", "--as", "chief1", "--yes")
    office.json("suspend", number, *words)
    [notice] = office.json("notice", "list", "--certificate", number)["notices"]
    assert notice["kind"] == "suspended"
    folder = tmp_path / "notices"
    made = office.json("notice", "print", notice["notice"], "--out", str(folder))
    assert made["notices"] == [notice["notice"]]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    [pdf], [text] = folder.glob("*.pdf"), folder.glob("*.txt")
    assert pdf.read_bytes().startswith(b"%PDF-")
    assert "暂停使用" in text.read_text(encoding="utf-8")
    assert office("notice", "list", "--certificate", number).out.count("已打印") == 1


@pytest.mark.slow
def test_a_complaint_is_taken_in_and_decided(office: Shell) -> None:
    words = ("--document", "示人社访〔2026〕1号", "--yes")
    opened = office.json(
        "case", "open", "--kind", "complaint", "--text", "业绩材料造假", "--from", "示范丙",
        "--certificate", "99000020262000003", "--authority", "sf-hrss", "--as", "clerk1", *words,
    )  # fmt: skip
    case = opened["case"]
    office.json("case", "decide", case, "--outcome", "founded", "--text", "查实", "--as", "chief1", *words)
    listed = office("case", "list")
    assert "属实" in listed.out
    assert "示范丙" not in listed.out
    shown = office("case", "show", case)
    assert "示范丙" in shown.out
    assert "99000020262000003" in shown.out
    refused = office("case", "decide", case, "--outcome", "founded", "--text", "x", "--as", "chief1", *words, "--json")
    assert (refused.code, refused.data["error"]["code"]) == (1, "case_state")
