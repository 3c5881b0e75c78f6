"""Verifying and withdrawing: every outcome has its exit code, and one withdrawal changes one verdict."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import qrcode

from cli.verdicts import face_lines
from credential.verdict import FaceFacts
from credential.words import words
from tests.cli.support import Ended, Shell
from tests.support.clock import NOW


@pytest.fixture(scope="session")
def sample_certificates(demonstration: Path) -> list[dict[str, Any]]:
    """What the demonstration issued."""
    from cli.main import main
    from cli.tool import Tool
    from tests.support.office import CHEAP

    tool = Tool(clock=lambda: NOW, cost=CHEAP)
    main(["certificate", "list", "--full", "--home", str(demonstration)], tool=tool)
    return list(tool.data["certificates"])


def one(certificates: list[dict[str, Any]], status: str) -> dict[str, Any]:
    return next(each for each in certificates if each["status"] == status)


def outside(shell: Shell, home: Path, *words: str) -> Ended:
    """Verify as a stranger does: with publication and trust root only."""
    return shell("verify", *words, "--publication", str(home / "publication"), "--trust-root", str(home / "trust-root"))


@pytest.mark.slow
def test_every_carrier_gives_the_same_verdict(
    shell: Shell, demonstration: Path, sample_certificates: list[dict[str, Any]], tmp_path: Path
) -> None:
    valid = one(sample_certificates, "valid")
    picture = tmp_path / "code.png"
    qrcode.make(valid["qr_text"]).save(picture)
    for thing in (valid["document"], valid["qr_text"], valid["check_code"], str(picture)):
        ended = outside(shell, demonstration, thing, "--json")
        assert (ended.code, ended.data["outcome"]) == (0, "valid"), thing[:40]
        assert ended.data["certificate"]["number"] == valid["number"]
        assert ended.data["demonstration"] is True


@pytest.mark.slow
def test_all_24_documents_verify_and_one_is_withdrawn(
    shell: Shell, demonstration: Path, sample_certificates: list[dict[str, Any]]
) -> None:
    ended = outside(shell, demonstration, *[each["document"] for each in sample_certificates], "--json")
    assert ended.code == 11
    verdicts = ended.data["verdicts"]
    assert [each["outcome"] for each in verdicts] == [each["status"] for each in sample_certificates]
    assert all(each["file_unaltered"] is True and each["genuine"] is True for each in verdicts)


def test_a_withdrawn_one_says_when_and_why(
    shell: Shell, demonstration: Path, sample_certificates: list[dict[str, Any]]
) -> None:
    ended = outside(shell, demonstration, one(sample_certificates, "withdrawn")["check_code"])
    assert ended.code == 11
    for shown in ("【已撤销】", "2026-11-21", "申报材料弄虚作假", "示人社撤〔2026〕1号"):
        assert shown in ended.out
    english = outside(shell, demonstration, one(sample_certificates, "withdrawn")["check_code"], "--lang", "en")
    assert "[WITHDRAWN]" in english.out


@pytest.mark.slow
def test_the_answer_comes_first_and_compares_with_the_paper(
    shell: Shell, demonstration: Path, sample_certificates: list[dict[str, Any]]
) -> None:
    valid = one(sample_certificates, "valid")
    ended = outside(shell, demonstration, valid["document"])
    assert ended.out.startswith("【有效】")
    for shown in (valid["name"], valid["number"], valid["title"], "演示数据"):
        assert shown in ended.out
    assert ended.err == ""


def test_what_is_no_certificate_is_malformed(shell: Shell, demonstration: Path) -> None:
    assert outside(shell, demonstration, "hello").code == 22
    assert outside(shell, demonstration, "KM7P-2QRS-TUVW-XYZ2-3456").code in {22, 30}


def test_a_missing_file_is_no_verdict(shell: Shell, demonstration: Path) -> None:
    ended = outside(shell, demonstration, "certificate.pdf")
    assert ended.code == 2
    assert "certificate.pdf" in ended.err


def test_a_picture_without_code_is_told_and_the_rest_goes_on(
    shell: Shell, demonstration: Path, sample_certificates: list[dict[str, Any]], tmp_path: Path
) -> None:
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("L", (64, 64), 255).save(buffer, "PNG")
    empty = tmp_path / "empty.png"
    empty.write_bytes(buffer.getvalue())
    ended = outside(shell, demonstration, str(empty), one(sample_certificates, "valid")["check_code"], "--json")
    assert ended.code == 1
    first, second = ended.data["verdicts"]
    assert first["error"]["code"] == "no_code"
    assert second["outcome"] == "valid"


def test_what_is_too_large_is_malformed_whatever_it_is(shell: Shell, demonstration: Path, tmp_path: Path) -> None:
    large = tmp_path / "large.png"
    large.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(20 << 20))
    document = tmp_path / "large.pdf"
    document.write_bytes(b"%PDF-1.7\n" + bytes(10 << 20))
    for thing in (str(large), str(document)):
        ended = outside(shell, demonstration, thing, "--json")
        error = ended.data["error"]
        assert (ended.code, error["exit_code"], error["code"]) == (22, 22, "too_large")
    ended = outside(shell, demonstration, "https://zc.example/v/#" + "9" * 2000, "--json")
    assert (ended.code, ended.data["reason"]) == (22, "too_large")


def test_a_file_that_is_not_what_it_is_called_is_no_certificate(
    shell: Shell, demonstration: Path, sample_certificates: list[dict[str, Any]], tmp_path: Path
) -> None:
    valid = one(sample_certificates, "valid")
    buffer = io.BytesIO()
    qrcode.make(valid["qr_text"]).save(buffer)
    called, both = tmp_path / "certificate.pdf", tmp_path / "certificate.png"
    called.write_bytes(buffer.getvalue())
    both.write_bytes(buffer.getvalue() + Path(valid["document"]).read_bytes())
    for file, code in ((called, "not_a_pdf"), (both, "several_kinds")):
        ended = outside(shell, demonstration, str(file), "--json")
        assert (ended.code, ended.data["error"]["code"]) == (1, code)
        assert ended.data["error"]["next"]


def test_a_stale_publication_is_not_an_answer(
    shell: Shell, demonstration: Path, sample_certificates: list[dict[str, Any]]
) -> None:
    shell.now = NOW + timedelta(days=3)
    ended = outside(shell, demonstration, one(sample_certificates, "valid")["check_code"], "--json")
    assert (ended.code, ended.data["reason"]) == (30, "publication_expired")


def test_offline_signature_and_authority_are_answered_and_the_rest_is_said_to_be_open(
    shell: Shell,
    demonstration: Path,
    sample_certificates: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """Also where the environment names a publication, which somebody without network cannot reach."""
    monkeypatch.setenv("TITLECERT_PUBLICATION", "https://unreachable.example/p/")
    lists = sorted((demonstration / "publication/trust/list").iterdir(), key=lambda path: int(path.name))
    carried = ("--trust-list", str(lists[-1]), "--trust-root", str(demonstration / "trust-root"))
    valid = one(sample_certificates, "valid")
    ended = shell("verify", valid["qr_text"], *carried, "--json")
    assert (ended.code, ended.data["reason"], ended.data["genuine"]) == (30, "registration_not_checked", None)
    assert ended.data["certificate"]["name"] == valid["name"]
    assert [each["result"] for each in ended.data["steps"]][:7] == [*["pass"] * 4, "unknown", "unknown", "pass"]
    assert ended.data["certificate"]["title_name"], "the catalogue lies in the same copy of the publication"
    alone = tmp_path / "trust-list"
    alone.write_bytes(lists[-1].read_bytes())
    ended = shell("verify", valid["qr_text"], "--trust-list", str(alone), *carried[2:], "--json")
    assert (ended.data["certificate"]["title_name"], ended.data["warnings"]) == (None, ["catalogue_unreachable"])
    last = int(valid["qr_text"][-1])
    forged = shell("verify", valid["qr_text"][:-1] + str(last - 1 if last else 1), *carried, "--json")
    assert (forged.code, forged.data["reason"]) == (20, "bad_signature")
    told = shell("verify", valid["qr_text"], *carried)
    assert "登记" in told.out


def test_offline_needs_a_root_that_is_one(shell: Shell, demonstration: Path, tmp_path: Path) -> None:
    trust_list = str(demonstration / "publication/trust/list/1")
    assert shell("verify", "A" * 20, "--trust-list", trust_list, "--json").data["error"]["code"] == "no_trust_root"
    other = tmp_path / "root"
    other.write_bytes(b"not a root")
    ended = shell("verify", "A" * 20, "--trust-list", trust_list, "--trust-root", str(other), "--json")
    assert (ended.code, ended.data["error"]["code"]) == (2, "trust_root")
    ended = shell("verify", "A" * 20, "--trust-list", str(tmp_path / "no"), "--trust-root", str(other), "--json")
    assert (ended.code, ended.data["error"]["code"]) == (2, "trust_root")


@pytest.mark.slow
def test_another_root_trusts_nothing(shell: Shell, demonstration: Path, tmp_path: Path) -> None:
    shell.home = tmp_path / "other"
    words = ("--deployment", "other", "--origin", "https://other.example", "--demonstration", "--make-passphrases")
    assert shell("init", *words).code == 0
    root, shell.home = shell.home / "trust-root", None
    publication = str(demonstration / "publication")
    ended = shell("verify", "A" * 20, "--publication", publication, "--trust-root", str(root), "--json")
    assert ended.code in {22, 30}


@pytest.mark.parametrize(("language", "heading"), [("zh", "以评定时为准"), ("en", "as on the award date")])
def test_what_a_document_prints_besides_is_shown_for_comparison(reader: Shell, language: str, heading: str) -> None:
    """By checkers, and to the office that issued it, in the same words."""
    number = reader.json("certificate", "list")["certificates"][0]["number"]
    shown = reader.json("certificate", "show", number)
    face = reader.json("verify", shown["check_code"])["face"]
    assert face == shown["face"]
    assert face["design"]["id"] == "standard"
    assert [label for label, _ in face["printed"]] == ["居民身份证", "批准文号"]
    sex = words()["sexes"][str(face["sex"])][language]["title"]
    for asked in (("verify", shown["check_code"]), ("certificate", "show", number)):
        ended = reader(*asked, "--lang", language)
        assert ended.code == 0
        for told in (heading, face["employer"], sex, "批准文号", face["printed"][1][1], face["design"]["digest"]):
            assert told in ended.out


def test_what_nobody_knows_and_what_is_compared_nowhere_is_told() -> None:
    face = FaceFacts(photo="ab" * 32, birth_month="1986-07", licence="1.2.156", unknown=2)
    chinese, english = ("\n".join(face_lines(face, language)) for language in ("zh", "en"))
    assert "只有查验带签章的 PDF 文件时才会比对照片" in chinese
    assert "另有 2 项本程序不认识的内容" in chinese
    assert "compared only in the sealed PDF" in english
    assert "2 further fields that this program does not know" in english
    for told in ("ab" * 32, "1986-07", "1.2.156"):
        assert told in chinese
        assert told in english
    assert "性别" not in chinese


def seconded(office: Shell, *words: str) -> dict[str, Any]:
    """What a second operator's approval of an order says."""
    order = office.json(*words)["order"]
    return office.json("order", "approve", str(order), "--as", "chief2")


@pytest.mark.slow
def test_for_a_day_of_the_past(office: Shell) -> None:
    number = office.json("certificate", "list")["certificates"][0]["number"]
    code = office.json("certificate", "show", number)["check_code"]
    office.now = NOW + timedelta(days=2)
    words = ("--basis", "b", "--document", "d", "--as", "chief1", "--yes")
    assert seconded(office, "withdraw", number, *words)["done"]
    assert office("verify", code).code == 11
    assert office("verify", code, "--at", "2026-11-22").code == 0
    before = office("verify", code, "--at", "2026-11-01")
    assert before.code == 14
    assert "  ✓ 证书真实\n  ✗ 已取得，证书尚未签发\n" in before.out
    assert office("verify", code, "--at", "2026-12-24").code == 2
    assert office("verify", code, "--at", "yesterday").code == 2


def test_without_anything_to_check_against_it_is_usage(shell: Shell) -> None:
    ended = shell("verify", "KM7P-2QRS-TUVW-XYZ2-3456")
    assert ended.code == 2
    assert "--trust-root" in ended.err


def test_lines_come_from_stdin(
    office: Shell, sample_certificates: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = "\n".join(each["check_code"] for each in sample_certificates[:3])
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{codes}\n\n"))
    assert len(office.json("verify", "-")["verdicts"]) == 3


def test_a_dry_run_tells_and_changes_nothing(office: Shell) -> None:
    shown = office.json("certificate", "list")["certificates"][0]
    words = ("--basis", "第二十三条", "--document", "示人社撤〔2026〕9号", "--as", "chief1")
    ended = office("withdraw", shown["number"], *words)
    assert ended.code == 0
    for told in (shown["number"], shown["name"], shown["title"], "有效 → 已撤销", "sf-hrss", "示范省职称评审管理办法"):
        assert told in ended.out
    assert "--yes" in ended.err
    assert office.json("certificate", "list")["certificates"][0] == shown


@pytest.mark.slow
def test_one_withdrawal_changes_one_verdict(office: Shell) -> None:
    before = office.json("certificate", "list", "--full")["certificates"]
    target = before[0]
    words = (
        "--reason",
        "fraud",
        "--basis",
        "第二十三条",
        "--document",
        "示人社撤〔2026〕9号",
        "--as",
        "chief1",
        "--yes",
    )
    ordered = office.json("withdraw", target["number"], *words)
    assert (ordered["done"], ordered["certificates"][0]["after"]) == (False, "withdrawn")
    assert office.json("certificate", "show", target["number"])["status"] == "valid"
    done = office.json("order", "approve", str(ordered["order"]), "--as", "chief2")
    assert (done["done"], done["numbers"], done["operator"]) == (True, [target["number"]], "chief1")
    assert done["published"]["sequence"] > 0
    ended = office("verify", *[each["document"] for each in before], "--json")
    outcomes = [each["outcome"] for each in ended.data["verdicts"]]
    changed = [place for place, each in enumerate(before) if outcomes[place] != each["status"]]
    assert changed == [0]
    again = office("withdraw", target["number"], *words, "--json")
    assert (again.code, again.data["error"]["code"]) == (1, "wrong_state")


@pytest.mark.slow
def test_several_are_withdrawn_only_by_their_number(office: Shell) -> None:
    """A list that was typed wrongly does not go through: several certificates need their count, and the right one."""
    numbers = [each["number"] for each in office.json("certificate", "list")["certificates"][:3]]
    words = ("--basis", "b", "--document", "d", "--as", "chief1", "--yes", "--json")
    for count in ((), ("--count", "2"), ("--count", "4")):
        ended = office("withdraw", *numbers, *words, *count)
        assert (ended.code, ended.data["error"]["code"]) == (1, "count")
    assert {office.json("certificate", "show", number)["status"] for number in numbers} == {"valid"}
    assert seconded(office, "withdraw", *numbers, *words, "--count", "3")["done"]
    assert {office.json("certificate", "show", number)["status"] for number in numbers} == {"withdrawn"}


def test_a_clerk_withdraws_nothing(office: Shell) -> None:
    number = office.json("certificate", "list")["certificates"][0]["number"]
    words = ("--basis", "b", "--document", "d", "--as", "clerk1", "--yes", "--json")
    ended = office("withdraw", number, *words)
    assert (ended.code, ended.data["error"]["code"]) == (1, "role")
    assert office.json("certificate", "show", number)["status"] == "valid"


@pytest.mark.slow
def test_suspended_and_reinstated_and_cancelled(office: Shell) -> None:
    first, second = office.json("certificate", "list", "--full")["certificates"][:2]
    words = ("--basis", "b", "--document", "d", "--as", "chief1", "--yes")
    assert office("suspend", first["number"], *words).code == 0
    assert office("verify", first["check_code"]).code == 10
    assert office("reinstate", first["number"], *words).code == 0
    assert office("verify", first["check_code"]).code == 0
    assert office("cancel", second["number"], "--reason", "surrendered", *words).code == 0
    assert office("verify", second["check_code"], first["check_code"]).code == 12
    kinds = [each["kind"] for each in office.json("certificate", "show", first["number"])["events"]]
    assert kinds == ["issued", "suspended", "reinstated"]


def test_an_unknown_number_is_told(office: Shell) -> None:
    ended = office("withdraw", "99000020269999999", "--basis", "b", "--document", "d", "--as", "chief1", "--json")
    assert (ended.code, ended.data["error"]["code"]) == (1, "no_certificate")


def test_the_answer_stands_at_the_end_too_and_of_several_as_a_table(reader: Shell) -> None:
    found = reader.json("certificate", "list", "--full")["certificates"]
    good, bad = (next(each for each in found if each["status"] == state) for state in ("valid", "withdrawn"))
    assert reader("verify", good["check_code"]).out.splitlines()[-1] == f"【有效】 {good['number']}"
    lines = reader("verify", good["check_code"], bad["check_code"], "--lang", "en").out.splitlines()
    assert lines[-3].split() == ["what", "result"]
    assert lines[-2].split() == [good["check_code"], "[VALID]", good["number"]]
    assert lines[-1].split() == [bad["check_code"], "[WITHDRAWN]", bad["number"]]


@pytest.mark.parametrize(("no_color", "coloured"), [("", True), ("1", False)])
def test_a_terminal_shows_the_answer_in_colour(
    reader: Shell, monkeypatch: pytest.MonkeyPatch, no_color: str, coloured: bool
) -> None:
    code = reader.json("certificate", "list", "--full")["certificates"][0]["check_code"]
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", no_color)
    assert ("\x1b[1;32m【有效】\x1b[0m" in reader("verify", code).out) is coloured
    assert "\x1b" not in reader("verify", code, "--json").out
