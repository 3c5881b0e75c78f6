"""Whoever approves sees what is signed: counts, findings, rows in full, and a phrase that two persons compare."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from openpyxl import load_workbook

from issuer.batches.overview import phrase_of, same_phrase
from issuer.intake import read_list
from tests.cli.support import Shell
from tests.cli.test_batches import FAULTS, check

PHRASE = re.compile(r"[0-9]{4}( [0-9]{4}){4}")


@pytest.fixture
def stored(office: Shell, samples_dir: Path) -> str:
    """A checked list of three passports and permits."""
    return str(check(office, samples_dir / "engineering-other-documents-2026.xlsx", "--json").data["batch"])


@pytest.fixture
def submitted(office: Shell, stored: str) -> str:
    office.json("batch", "submit", stored, "--as", "clerk1")
    return stored


@pytest.mark.slow
def test_counts_and_phrase_are_those_of_the_rows(office: Shell, stored: str) -> None:
    found = office.json("batch", "show", stored)
    assert {kind: sum(each["rows"] for each in counted) for kind, counted in found["counts"].items()} == dict.fromkeys(
        ("title", "level", "way", "committee", "award_date", "scope", "photo"), 3
    )
    assert found["counts"]["title"][0]["zh"].startswith("工程技术人员 ")
    assert found["phrase"] == phrase_of(bytes.fromhex(found["rows_root"]))
    assert PHRASE.fullmatch(found["phrase"])
    text = office("batch", "show", stored).out
    assert f"核对码：{found['phrase']}" in text
    assert "示评备〔2025〕012号" in text
    assert "不限" in text


@pytest.mark.slow
def test_what_is_counted_is_told_before_it_is_signed(office: Shell, submitted: str) -> None:
    shown = office.json("batch", "show", submitted)
    ended = office("batch", "approve", submitted, "--as", "chief1", "--json")
    assert ended.data["counts"] == shown["counts"]
    assert f"核对码：{shown['phrase']}" in ended.err


@pytest.mark.slow
def test_it_is_shown_before_the_passphrase_is_asked(office: Shell, submitted: str) -> None:
    assert office.home is not None
    secret = (office.home / "secrets" / "chief1.passphrase").read_text("utf-8").strip()
    (office.home / "secrets" / "chief1.passphrase").unlink()
    asked: list[str] = []

    def ask(_prompt: str) -> str:
        asked.append(office.capsys.readouterr().err)
        return secret

    office.ask = ask
    assert office("batch", "approve", submitted, "--as", "chief1").code == 0
    assert "核对码：" in asked[0]


@pytest.mark.slow
def test_only_the_list_that_was_read_out_is_approved(office: Shell, submitted: str) -> None:
    phrase = office.json("batch", "show", submitted)["phrase"]
    other = phrase[:-1] + str((int(phrase[-1]) + 1) % 10)
    ended = office("batch", "approve", submitted, "--as", "chief1", "--seen", other, "--json")
    assert (ended.code, ended.data["error"]["code"]) == (1, "other_phrase")
    assert office.json("batch", "show", submitted)["state"] == "submitted"
    grouped = phrase.replace(" ", "-")
    assert office.json("batch", "approve", submitted, "--as", "chief1", "--seen", grouped)["state"] == "approved"


@pytest.mark.slow
def test_rows_that_are_not_those_that_were_checked_have_no_phrase(office: Shell, submitted: str) -> None:
    assert office.home is not None
    with closing(sqlite3.connect(office.home / "register.sqlite3")) as database, database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {name}")
        database.execute("UPDATE batches SET rows_root = ? WHERE id = ?", (bytes(32), submitted))
    assert office.json("batch", "show", submitted)["phrase"] is None
    assert "没有核对码" in office("batch", "show", submitted).out


@pytest.mark.slow
def test_a_row_that_does_not_open_is_told_and_the_others_are_shown(office: Shell, submitted: str) -> None:
    assert office.home is not None
    with closing(sqlite3.connect(office.home / "register.sqlite3")) as database, database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {name}")
        database.execute("UPDATE awards SET payload = x'00' WHERE batch = ? AND position = 1", (submitted,))
    found = office.json("batch", "show", submitted, "--rows")
    assert (found["unreadable"], found["phrase"], len(found["counts"]["level"])) == (1, None, 1)
    assert [each["award"] is None for each in found["awards"]] == [False, True, False]
    assert "1 行打不开" in office("batch", "show", submitted).out


@pytest.mark.slow
def test_rows_are_shown_in_full(office: Shell, stored: str) -> None:
    found = office.json("batch", "show", stored, "--rows")["awards"]
    first = found[0]["award"]
    assert "*" not in first["name"] + first["id_number"]
    assert first["title"] == "高级工程师"
    text = office("batch", "show", stored, "--rows").out
    assert all(each["award"]["id_number"] in text for each in found)
    assert "换发" not in text, "a column in which nothing stands is left out"


@pytest.mark.slow
def test_a_workbook_has_the_rows_with_what_was_found_and_what_is_signed(
    office: Shell, samples_dir: Path, tmp_path: Path
) -> None:
    words = ("--take-good-rows", "--json")
    batch = check(office, samples_dir / f"{FAULTS}.xlsx", *words).data["batch"]
    target = tmp_path / "batch.xlsx"
    shown = office.json("batch", "show", batch, "--rows", "--workbook", str(target))
    assert target.stat().st_mode & 0o077 == 0
    first, second = load_workbook(target).worksheets
    rows = [[cell.value for cell in row] for row in first.iter_rows()]
    assert len(rows) == 1 + len(shown["awards"])
    places = [rows[0].index(name) for name in ("证件号码", "原表行号", "核对结果")]
    told = [[row[place] for place in places] for row in rows[1:]]
    said = ["\n".join(each["zh"] for each in award["findings"]) or None for award in shown["awards"]]
    assert told == [
        [award["award"] and award["award"]["id_number"], award["sheet_row"], text]
        for award, text in zip(shown["awards"], said, strict=True)
    ]
    assert shown["phrase"] in [cell.value for row in second.iter_rows() for cell in row]
    acts = [each["act"] for each in office.json("audit", "list", "--of", batch, "--limit", "3")["entries"]]
    assert acts.count("batch.open_rows") == 2
    assert read_list(target.read_bytes()).rows, "it is a list like any other"


@pytest.mark.slow
def test_every_notice_is_shown_also_of_the_list_as_a_whole(office: Shell, samples_dir: Path, tmp_path: Path) -> None:
    """A column that is not used, a total below the list: whoever approves is told of it too."""
    book = load_workbook(samples_dir / "engineering-other-documents-2026.xlsx")
    sheet = book.worksheets[0]
    header = next(row for row in range(1, 10) if "姓名" in [cell.value for cell in sheet[row]])
    sheet.cell(row=header, column=sheet.max_column + 1).value = "血型"
    sheet.cell(row=sheet.max_row + 1, column=1).value = "合计"
    book.save(tmp_path / "list.xlsx")
    batch = check(office, tmp_path / "list.xlsx", "--json").data["batch"]
    found = office.json("batch", "show", batch)["found"]
    assert (found[0]["code"], found[0]["zh"]) == ("column_ignored", "未使用的列：血型")
    assert any(each["code"] == "row_skipped" and each["zh"].startswith("第") for each in found)
    english = office("batch", "show", batch, "--lang", "en").out
    assert all(each["en"][:30] in english and each["zh"] not in english for each in found)
    assert "血型" in office("batch", "show", batch).out


@pytest.mark.slow
def test_warnings_and_notices_of_good_rows_are_shown(office: Shell, samples_dir: Path) -> None:
    checked = check(office, samples_dir / f"{FAULTS}.xlsx", "--take-good-rows", "--json").data
    shown = office.json("batch", "show", checked["batch"])["found"]
    assert len(shown) == len(checked["findings"])


@pytest.mark.slow
def test_an_approved_row_is_taken_back_after_a_look(office: Shell, submitted: str) -> None:
    office.json("batch", "approve", submitted, "--as", "chief1")
    row = office.json("batch", "show", submitted, "--rows")["awards"][1]["sheet_row"]
    words = ("batch", "take-back", submitted, "--as", "clerk1", "--row", str(row))
    looked = office.json(*words)
    assert (looked["done"], looked["waiting"]) == (False, 3)
    done = office.json(*words, "--yes")
    assert (done["done"], done["waiting"], done["rejected"], done["row"]) == (True, 2, 1, row)
    shown = office.json("batch", "show", submitted)
    assert [each["act"] for each in shown["acts"]] == ["submit", "approve", "take_back"]
    assert "撤回" in office("batch", "show", submitted).out
    ended = office(*words, "--yes", "--json")
    assert (ended.code, ended.data["error"]["code"]) == (1, "taken_back")
    assert office.json("batch", "issue", submitted)["new"] == 2
    assert office("batch", "take-back", submitted, "--as", "clerk1", "--json").data["error"]["code"] == "wrong_state"


def test_a_phrase_is_compared_by_its_digits() -> None:
    assert phrase_of(bytes(32)) != phrase_of(bytes(31) + b"\x01")
    assert same_phrase("0001 0002 0003 0004 0005", "00010002-000300040005")
    assert not same_phrase("0001 0002 0003 0004 0005", "0001 0002 0003 0004")
    assert not same_phrase("", "0001")
