"""From a list to certificates: what the clerk is told, who may do what, and what a second run does."""

from __future__ import annotations

import csv
import sqlite3
from io import StringIO
from pathlib import Path

import pytest
from openpyxl import load_workbook

from issuer.documents.fonts import FontSet
from tests.cli.support import Shell

FAULTS = "engineering-with-faults-2026"


def expected(samples_dir: Path) -> list[tuple[str, str]]:
    text = (samples_dir / f"{FAULTS}.expected.csv").read_text(encoding="utf-8-sig")
    return [(line["序号"], line["finding"]) for line in csv.DictReader(StringIO(text))]


def check(shell: Shell, file: Path, *words: str, authority: str = "sf-hrss"):  # type: ignore[no-untyped-def]
    return shell("batch", "check", str(file), "--authority", authority, *words)


def line(finding: dict[str, str]) -> str:
    text = finding["message_en"] + (f" (suggest {finding['suggestion']})" if finding["suggestion"] else "")
    return f"ok: {text}, with a notice" if finding["severity"] == "notice" else text


@pytest.mark.slow
def test_a_list_with_faults_gives_exactly_the_expected_findings_and_stores_nothing(
    office: Shell, samples_dir: Path
) -> None:
    before = office.json("batch", "list")
    ended = check(office, samples_dir / f"{FAULTS}.xlsx", "--json")
    assert ended.code == 3
    found = ended.data
    assert [(each["seq"], line(each)) for each in found["findings"]] == expected(samples_dir)
    assert all(each["sheet_row"] == int(each["seq"]) + 3 for each in found["findings"])
    assert (found["rows"], found["good"], found["rejected"], found["batch"]) == (30, 16, 14, None)
    assert office.json("batch", "list") == before


@pytest.mark.slow
def test_the_table_shows_every_finding_with_its_rows(office: Shell, samples_dir: Path) -> None:
    ended = check(office, samples_dir / f"{FAULTS}.xlsx")
    rows = [each.split()[:2] for each in ended.out.splitlines() if each[:1].isdigit()]
    assert rows == [[str(int(seq) + 3), seq] for seq, _ in expected(samples_dir)]
    assert "什么都不会发证" in ended.out
    assert "--take-good-rows" in ended.err


@pytest.mark.slow
def test_the_clerk_may_take_the_good_rows(office: Shell, samples_dir: Path) -> None:
    found = office.json(
        "batch", "check", str(samples_dir / f"{FAULTS}.xlsx"), "--authority", "sf-hrss", "--take-good-rows"
    )
    batch = found["batch"]
    shown = office.json("batch", "show", batch, "--rows")
    assert (shown["waiting"], shown["rejected"], len(shown["awards"])) == (16, 14, 30)
    rejected = [each for each in shown["awards"] if each["state"] == "rejected"]
    assert all(each["findings"] for each in rejected)
    office.json("batch", "submit", batch, "--as", "clerk1")
    office.json("batch", "approve", batch, "--as", "chief1")
    done = office.json("batch", "issue", batch)
    assert (done["new"], done["waiting"], done["rejected"]) == (16, 0, 14)


@pytest.mark.slow
def test_a_marked_copy_is_written_on_request(office: Shell, samples_dir: Path, tmp_path: Path) -> None:
    target = tmp_path / "marked.xlsx"
    assert check(office, samples_dir / f"{FAULTS}.xlsx", "--annotated", str(target)).code == 3
    cells = [str(cell.value) for row in load_workbook(target).worksheets[0].iter_rows() for cell in row]
    assert sum("【错误】" in each for each in cells) == 14


@pytest.mark.slow
def test_other_lists_are_accepted(office: Shell, samples_dir: Path) -> None:
    passports = check(office, samples_dir / "engineering-other-documents-2026.xlsx", "--json")
    assert (passports.code, passports.data["good"]) == (0, 3)
    words = ("--decision", "示区人社〔2026〕19号", "--json")
    teachers = check(office, samples_dir / "teachers-targeted-2026.csv", *words, authority="sfq-hrss")
    assert (teachers.code, teachers.data["good"]) == (0, 12)


@pytest.mark.slow
def test_names_that_no_font_prints_are_refused_with_the_cure(
    office: Shell, samples_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("issuer.documents.fonts.fonts_of", lambda _home: FontSet.default(system=False))
    ended = check(office, samples_dir / "engineering-rare-2026.xlsx")
    assert ended.code == 3
    assert "𠮷" in ended.out
    assert "U+20BB7" in ended.out
    assert "fonts-hanazono" in ended.out


@pytest.mark.slow
def test_the_same_file_is_not_a_second_batch(office: Shell, samples_dir: Path) -> None:
    ended = check(office, samples_dir / "engineering-senior-2026.xlsx", "--json")
    assert ended.code in {1, 3}
    assert len(office.json("batch", "list")["batches"]) == 1


@pytest.mark.slow
def test_what_a_clerk_says_of_a_list_is_taken_or_refused_with_what_to_write(
    office: Shell, samples_dir: Path, tmp_path: Path
) -> None:
    text = (samples_dir / "teachers-targeted-2026.csv").read_text("gb18030")
    file = tmp_path / "teachers.csv"
    file.write_text(text.replace("拟定资格名称", "现任职务"), "utf-8")
    plain = check(office, file, "--json", "--lang", "zh", authority="sfq-hrss")
    assert plain.code == 3
    told = "".join(plain.data["next"])
    assert all(each in plain.err for each in plain.data["next"])
    assert "--set 批准文号=" in told
    assert "--map 列名=资格名称" in told
    words = ("--set", "批准文号=示区人社〔2026〕21号", "--map", "教师姓名=姓名")
    done = check(office, file, *words, "--map", "现任职务=资格名称", "--json", authority="sfq-hrss")
    assert (done.code, done.data["good"], done.data["findings"]) == (0, 12, [])
    for wrong, code in (("系列", "pair"), ("月薪=1", "no_field"), ("姓名=张三", "of_one_person")):
        ended = check(office, file, "--set", wrong, "--json", "--lang", "zh", authority="sfq-hrss")
        assert (ended.code, ended.data["error"]["code"]) == (1, code)
    assert (
        check(office, file, "--sheet", "一", "--json", authority="sfq-hrss").data["findings"][0]["code"]
        == "sheet_unknown"
    )


@pytest.mark.slow
def test_all_sheets_of_a_file_become_batches(office: Shell, samples_dir: Path, tmp_path: Path) -> None:
    book = load_workbook(samples_dir / "engineering-rare-2026.xlsx")
    sheet = book.copy_worksheet(book.worksheets[0])
    sheet.title = "第二份"
    twice, file = tmp_path / "twice.xlsx", tmp_path / "two.xlsx"
    book.save(twice)
    for number, each in enumerate(book.worksheets):
        each.delete_rows(4 + 3 * (1 - number), 3)  # the head takes three rows
    book.save(file)
    refused = check(office, twice, "--all-sheets", "--json")
    codes = [[each["code"] for each in sheet["findings"]] for sheet in refused.data["sheets"]]
    assert (refused.code, refused.data["batches"], codes) == (3, [], [[], ["duplicate_in_sheets"] * 6])
    for option, value in (
        ("--sheet", "第二份"),
        ("--photos", str(tmp_path)),
        ("--annotated", str(tmp_path / "a.xlsx")),
    ):
        ended = check(office, file, "--all-sheets", option, value, "--json")
        assert (ended.code, ended.data["error"]["code"]) == (2, "all_sheets_alone")
    done = check(office, file, "--all-sheets", "--lang", "zh")
    assert (done.code, done.out.count("已存为批次"), done.err.count("titlecert batch submit")) == (0, 2, 2)


@pytest.mark.slow
def test_a_file_that_is_no_list_is_told_as_one(office: Shell, tmp_path: Path) -> None:
    file = tmp_path / "letter.xlsx"
    file.write_bytes(b"Dear Sir or Madam")
    ended = check(office, file)
    assert ended.code == 3
    assert check(office, tmp_path / "missing.xlsx").code == 1


@pytest.fixture
def submitted(office: Shell, samples_dir: Path) -> str:
    """A batch that clerk1 has submitted."""
    found = check(office, samples_dir / "engineering-other-documents-2026.xlsx", "--json").data
    office.json("batch", "submit", found["batch"], "--as", "clerk1")
    return str(found["batch"])


@pytest.mark.slow
def test_whoever_submits_does_not_approve(office: Shell, submitted: str) -> None:
    for operator, codes in (("clerk1", {"same_person", "role"}),):
        ended = office("batch", "approve", submitted, "--as", operator, "--json")
        assert ended.code == 1
        assert ended.data["error"]["code"] in codes
    assert office.json("batch", "show", submitted)["state"] == "submitted"


@pytest.mark.slow
def test_nothing_is_issued_before_it_is_approved(office: Shell, submitted: str) -> None:
    ended = office("batch", "issue", submitted, "--json")
    assert (ended.code, ended.data["error"]["code"]) == (1, "wrong_state")


@pytest.mark.slow
def test_a_rejected_file_can_be_checked_again(office: Shell, submitted: str, samples_dir: Path) -> None:
    assert office.json("batch", "reject", submitted, "--as", "chief1")["state"] == "rejected"
    again = check(office, samples_dir / "engineering-other-documents-2026.xlsx", "--json")
    assert (again.code, again.data["batch"] != submitted) == (0, True)


@pytest.mark.slow
def test_a_forged_approval_issues_nothing(office: Shell, submitted: str) -> None:
    assert office.home is not None
    with sqlite3.connect(office.home / "register.sqlite3") as database:
        database.execute("UPDATE batches SET state = 'approved' WHERE id = ?", (submitted,))
    database.close()
    ended = office("batch", "issue", submitted, "--json")
    assert (ended.code, ended.data["error"]["code"]) == (1, "no_statement")
    assert office.json("batch", "show", submitted)["issued"] == 0


@pytest.mark.slow
def test_issuing_again_issues_nothing(office: Shell) -> None:
    before = office.json("certificate", "list", "--full")
    done = office.json("batch", "issue", "sf-hrss-0001")
    assert (done["new"], done["issued"]) == (0, 24)
    assert office.json("certificate", "list", "--full") == before


@pytest.mark.slow
def test_without_worker_lock_the_work_is_handed_over(office: Shell, submitted: str) -> None:
    """While another process is the worker, issuing leaves the batch to it and waits."""
    import threading

    from cli.checker import check
    from issuer.home.opening import open_home
    from issuer.home.paths import Home
    from issuer.worker import loop
    from issuer.worker.worker import Worker
    from keys.passphrase import Passphrase, read_passphrase_file
    from tests.support.office import CHEAP

    office.json("batch", "approve", submitted, "--as", "chief1")
    assert office.home is not None
    home = Home.open(office.home)

    def kept(name: str, *, new: bool = False) -> Passphrase:
        assert not new
        return read_passphrase_file(home.secrets / f"{name}.passphrase")

    stop = threading.Event()
    with (
        open_home(home, kept, clock=lambda: office.now, cost=CHEAP) as opened,
        Worker.open(opened, check) as worker,
    ):
        say = {"say": lambda _sentence: None}
        thread = threading.Thread(target=loop.serve, args=(worker, stop.is_set), kwargs=say)
        thread.start()
        try:
            ended = office("batch", "issue", submitted, "--json")
        finally:
            stop.set()
            thread.join()
    assert ended.code == 0, ended.err
    assert (ended.data["new"], ended.data["issued"]) == (None, 3)


def test_the_list_shows_masked_names_only(reader: Shell) -> None:
    found = reader.json("certificate", "list")["certificates"]
    assert len(found) == 24
    assert all("*" in each["name"] and "check_code" not in each for each in found)


def test_a_document_is_handed_out_once_to_a_file(office: Shell, tmp_path: Path) -> None:
    number = office.json("certificate", "list")["certificates"][0]["number"]
    target = tmp_path / "certificate.pdf"
    assert office("certificate", "document", number, "--out", str(target)).code == 0
    assert target.read_bytes().startswith(b"%PDF-")
    assert target.stat().st_mode & 0o077 == 0
    ended = office("certificate", "document", number, "--out", str(target), "--json")
    assert (ended.code, ended.data["error"]["code"]) == (1, "file_exists")


@pytest.mark.slow
def test_a_lost_document_is_made_again(office: Shell, tmp_path: Path) -> None:
    shown = office.json("certificate", "list")["certificates"][0]
    Path(shown["document"]).unlink()
    ended = office("certificate", "document", shown["number"], "--out", str(tmp_path / "again.pdf"))
    assert ended.code == 0, ended.err
