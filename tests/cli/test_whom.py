"""Lists and descriptions as somebody types them: what is told of each row, in both languages, and what is done."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from cli.commands import status as commands
from tests.cli.support import Shell
from tests.support.forms import first_quick

TERMS = ("--basis", "投诉举报核查", "--document", "示人社核〔2026〕8号", "--as", "chief1")
FIRST, SECOND = "99000020262000001", "99000020262000002"
COMMITTEE = "sf-engineering-senior"


def listed(folder: Path, *numbers: str) -> str:
    path = folder / "numbers.csv"
    path.write_text("证书编号\n" + "\n".join(numbers) + "\n", encoding="utf-8")
    return str(path)


def became(data: dict[str, Any]) -> list[tuple[int, str, str | None]]:
    return [(each["row"], each["became"], each.get("code")) for each in data["rows"]]


def test_a_list_is_shown_first_with_file_row_and_field(office: Shell, tmp_path: Path) -> None:
    path = listed(tmp_path, FIRST, FIRST, "99000020269999999", "无")
    ended = office("suspend", "--list", path, *TERMS, "--json")
    assert ended.code == 3
    assert became(ended.data) == [
        (2, "to_do", None),
        (3, "refused", "number_twice"),
        (4, "unknown", "no_certificate"),
        (5, "unknown", "bad_number"),
    ]
    assert {(each["file"], each["field"]) for each in ended.data["rows"]} == {("numbers.csv", "证书编号")}
    assert ended.data["by"] == {"title": {"高级工程师": 1}, "level": {"副高": 1}, "authority": {"sf-hrss": 1}}
    assert ended.data["cost"]["bytes"] > 1000
    assert ended.data["done"] is False
    states = {each["number"]: each["status"] for each in office.json("certificate", "list")["certificates"]}
    assert states[FIRST] == "valid"


def test_a_list_with_faults_is_done_in_part_only_when_somebody_says_so(office: Shell, tmp_path: Path) -> None:
    path, results = listed(tmp_path, FIRST, SECOND, "99000020269999999"), tmp_path / "results.csv"
    refused = office("suspend", "--list", path, *TERMS, "--count", "2", "--yes", "--json")
    assert (refused.code, refused.data["error"]["code"]) == (1, "list_has_faults")
    words = ("--take-good-rows", "--yes", "--results", str(results))
    other = office("suspend", "--list", path, *TERMS, *words, "--count", "3", "--json")
    assert (other.code, other.data["error"]["code"]) == (1, "count")
    done = office.json("suspend", "--list", path, *TERMS, *words, "--count", "2")
    assert done["done"]
    rows = list(csv.reader(io.StringIO(results.read_text(encoding="utf-8-sig"))))
    assert [(row[0], row[1], row[2], row[3]) for row in rows[1:]] == [
        (FIRST, "2", "已办理", "核查中"),
        (SECOND, "3", "已办理", "核查中"),
        ("99000020269999999", "4", "没有这张证书", ""),
    ]
    again = office.json("suspend", "--list", path, *TERMS, "--take-good-rows", "--yes")
    assert [each["became"] for each in again["rows"]] == ["done_before", "done_before", "unknown"]
    assert again["rows"][0]["document"] == "示人社核〔2026〕8号"


def test_a_workbook_and_standard_input_are_lists_too(
    office: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["撤销名单", None], ["序号", "证书编号"], [1, FIRST], [2, 99000020262000002]):
        sheet.append(row)
    book.save(tmp_path / "numbers.xlsx")
    ended = office("suspend", "--list", str(tmp_path / "numbers.xlsx"), *TERMS, "--json")
    assert became(ended.data) == [(3, "to_do", None), (4, "unknown", "number_as_number")]

    class Typed:
        buffer = io.BytesIO(f"{SECOND}\n".encode())

    monkeypatch.setattr("cli.whom.sys.stdin", Typed)
    data = office.json("suspend", "--list", "-", *TERMS)
    assert (became(data), data["rows"][0]["file"]) == ([(1, "to_do", None)], "stdin")


DESCRIBED = [
    ("--batch", "sf-hrss-0001"),
    ("--filing", "示评备〔2025〕012号", "--session", "2026-10-30"),
    ("--issued-by", "sf-hrss"),
]


@pytest.mark.parametrize("words", first_quick([(each,) for each in DESCRIBED], 1))
def test_a_description_counts_and_leaves_what_cannot_go_there(office: Shell, words: tuple[str, ...]) -> None:
    data = office.json("suspend", *words, *TERMS)
    assert data["counts"] == {"to_do": 23, "done_before": 0, "waits": 0, "left": 1, "refused": 0, "unknown": 0}


@pytest.mark.slow
def test_above_twenty_a_list_waits_for_a_second_operator_and_is_done_once(office: Shell, tmp_path: Path) -> None:
    results = tmp_path / "results.csv"
    words = ("suspend", "--batch", "sf-hrss-0001", *TERMS, "--count", "23", "--yes")
    waits = office.json(*words, "--results", str(results))
    assert (waits["done"], waits["counts"]["to_do"]) == (False, 23)
    assert "等第二人" in results.read_text(encoding="utf-8-sig")
    while_it_waits = office.json(*words)
    assert (while_it_waits["counts"]["waits"], while_it_waits["order"]) == (23, None)
    assert {each.get("order") for each in while_it_waits["rows"]} == {waits["order"], None}
    assert office("order", "approve", str(waits["order"]), "--as", "chief2").code == 0
    again = office.json(*words)
    assert again["counts"] == {"to_do": 0, "done_before": 23, "waits": 0, "left": 1, "refused": 0, "unknown": 0}
    assert again["order"] is None


@pytest.mark.slow
def test_a_key_and_a_time_describe_too(office: Shell) -> None:
    keys = office.json("keys", "list")["register"]
    [key] = [each["id"] for each in keys if (each["use"], each["authority"]) == ("credential", "sf-hrss")]
    assert office.json("suspend", "--key", key, *TERMS)["counts"]["to_do"] == 23
    later = office("suspend", "--key", key, "--since", "2027-01-01", *TERMS, "--json")
    assert (later.code, later.data["error"]["code"]) == (1, "whom_nobody_found")


@pytest.mark.parametrize(
    ("words", "code"),
    first_quick(
        [
            ((), "whom_nobody"),
            (("--session", "2026-10-30"), "session_alone"),
            (("--since", "2026-10-30"), "since_alone"),
            (("--since", "morgen", "--key", "00" * 8), "bad_time"),
            (("--key", "xyz"), "bad_key_id"),
            ((FIRST, "--batch", "sf-hrss-0001"), "whom_twice"),
            ((FIRST, "--list", "numbers.csv"), "whom_one"),
            (("--batch", "sf-hrss-0001", "--results", "results.txt"), "results_kind"),
        ],
        2,
    ),
)
def test_what_does_not_hold_together_is_refused(reader: Shell, words: tuple[str, ...], code: str) -> None:
    ended = reader("suspend", *words, *TERMS, "--json")
    assert ended.data["error"]["code"] == code


def test_every_result_has_words_in_both_languages(office: Shell, tmp_path: Path) -> None:
    path = listed(tmp_path, FIRST, "99000020269999999")
    chinese, english = (office("suspend", "--list", path, *TERMS, "--lang", each) for each in ("zh", "en"))
    assert "登记簿里没有证书 99000020269999999" in chinese.out
    assert "certificate" not in chinese.out
    assert "no certificate has the number 99000020269999999" in english.out
    assert "没有" not in english.out


@pytest.mark.slow
def test_a_committee_is_traced_suspended_and_told_of_to_the_last_one(office: Shell, tmp_path: Path) -> None:
    shown = office.json("committee", "trace", COMMITTEE)
    assert (shown["stands"]["untouched"], shown["stands"]["withdrawn"]) == (23, 1)
    assert [each["operator"] for each in shown["acts"]["sf-hrss-0001"]][:2] == ["clerk1", "chief1"]
    terms = ("--suspend", *TERMS)
    dry = office("committee", "trace", COMMITTEE, *terms, "--json")
    assert (dry.code, dry.data["done"], dry.data["stands"]["suspended"]) == (0, False, 0)
    wrong = office("committee", "trace", COMMITTEE, *terms, "--yes", "--count", "24", "--json")
    assert wrong.data["error"]["code"] == "count"
    out = tmp_path / "trace.xlsx"
    waits = office.json("committee", "trace", COMMITTEE, *terms, "--yes", "--count", "23")
    assert (waits["done"], waits["stands"]["suspended"]) == (False, 0), "above 20 a second operator signs"
    approved = office("order", "approve", str(waits["suspension"]["order"]), "--as", "chief2")
    assert approved.code == 0
    done = office.json("committee", "trace", COMMITTEE, "--out", str(out))
    assert done["stands"]["suspended"] == 23
    rows = list(load_workbook(out).active.iter_rows(values_only=True))  # type: ignore[union-attr]
    assert (len(rows), rows[1][5], rows[1][6]) == (25, "核查中", "示人社核〔2026〕8号")
    office("reinstate", FIRST, *TERMS, "--yes")
    after = office("committee", "trace", COMMITTEE, *terms, "--yes", "--json")
    assert after.data["stands"]["reinstated"] == 1
    assert after.data["stands"]["suspended"] == 22, "what was reinstated since stays so"
    assert "22" in after.err


def test_a_suspension_of_a_committee_needs_its_terms(reader: Shell) -> None:
    ended = reader("committee", "trace", COMMITTEE, "--suspend", "--json")
    assert (ended.code, ended.data["error"]["code"]) == (2, "suspend_terms")


def test_a_committee_is_suspended_whole_or_not_at_all(office: Shell) -> None:
    words = ("--suspend", *TERMS, "--authority", "sfq-hrss", "--yes", "--count", "23", "--json")
    ended = office("committee", "trace", COMMITTEE, *words)
    assert (ended.code, ended.data["error"]["code"]) == (1, "trace_has_faults")
    assert office.json("committee", "trace", COMMITTEE)["stands"]["suspended"] == 0


def test_what_came_from_outside_is_no_formula_in_the_results(office: Shell, tmp_path: Path) -> None:
    results = tmp_path / "results.csv"
    path = listed(tmp_path, FIRST, "=HYPERLINK(1)")
    office("suspend", "--list", path, *TERMS, "--results", str(results))
    rows = list(csv.reader(io.StringIO(results.read_text(encoding="utf-8-sig"))))
    assert [row[0] for row in rows[1:]] == [FIRST, "'=HYPERLINK(1)"]


def test_what_was_done_is_told_when_its_results_cannot_be_written(
    office: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", "results.csv")

    monkeypatch.setattr(commands.sortings.output.durable, "create", full)
    words = ("--yes", "--results", str(tmp_path / "results.csv"))
    ended = office("suspend", "--list", listed(tmp_path, FIRST), *TERMS, *words, "--json")
    assert (ended.code, ended.data["error"]["code"]) == (1, "recorded_not_public")
