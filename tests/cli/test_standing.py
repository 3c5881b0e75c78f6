"""``titlecert status`` and ``doctor``: exit codes for monitoring, one object, a register away, both languages."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from cli import exits
from issuer.standing.table import CHECKS
from tests.cli.support import Shell
from tests.cli.test_sayings import LATIN, without_commands
from tests.support.tools import ROOT


def codes(told: dict[str, object], level: str) -> set[str]:
    """The codes of the findings of one level."""
    checks = told["checks"]
    assert isinstance(checks, list)
    return {each["code"] for one in checks for each in one["findings"] if each["level"] == level}


def everything(home: Path) -> dict[Path, bytes]:
    """Every file of a home but the database, whose log changes when it is read."""
    files = [path for path in home.rglob("*") if path.is_file() and "register" not in path.name]
    return {path: path.read_bytes() for path in files}


@pytest.mark.slow
def test_a_demonstration_stands_with_two_warnings(office: Shell) -> None:
    ended = office("doctor", "--json", "--lang", "en")
    assert (ended.code, ended.data["level"]) == (exits.WARNING, "warning")
    assert codes(ended.data, "warning") == {"no_worker", "backup_never"}
    assert [each["check"] for each in ended.data["checks"]] == [each.name for each in CHECKS]
    bad = [each for one in ended.data["checks"] for each in one["findings"] if each["level"] != "good"]
    assert all(each["message"] and each["next"] for each in bad)


def test_status_says_what_is_public_and_what_waits_and_makes_the_quick_checks(office: Shell) -> None:
    ended = office("status", "--json")
    seen = ended.data["overview"]
    assert ended.code == exits.WARNING
    assert seen["published"]["certificates"] == 24
    assert [each["topic"] for each in seen["waiting"]] == ["issue", "documents", "publish", "notice"]
    assert seen["leases"] == []
    quick = {each.name for each in CHECKS if each.is_quick}
    assert {each["check"] for each in ended.data["checks"]} == quick
    assert 0 < len(quick) < len(CHECKS)


@pytest.mark.slow
def test_what_is_critical_has_a_code_of_its_own(office: Shell) -> None:
    office.now += timedelta(days=3)
    for name in ("status", "doctor"):
        ended = office(name, "--json")
        assert ended.code == exits.CRITICAL
        assert "snapshot_ended" in codes(ended.data, "critical")


def test_a_register_that_is_away_is_told_and_the_rest_is_looked_at(office: Shell) -> None:
    assert office.home is not None
    (office.home / "register.sqlite3").unlink()
    for name in ("status", "doctor"):
        ended = office(name, "--json", "--lang", "en")
        assert ended.code == exits.CRITICAL
        assert codes(ended.data, "critical") == {"database_away"}
        assert "no_register_open" in codes(ended.data, "not_looked")
        assert "publication_readable" in codes(ended.data, "good")
    assert office("status", "--json").data["overview"] is None


def test_without_a_passphrase_nobody_is_asked(office: Shell) -> None:
    def ask(_: str) -> str:
        pytest.fail("a passphrase was asked for")

    assert office.home is not None
    kept = office.home / "secrets" / "service.passphrase"
    apart = Path(kept.rename(office.home.parent / "service.passphrase"))
    office.ask = ask
    assert codes(office("doctor", "--json").data, "not_looked") == {"no_passphrase"}
    found = office("doctor", "--json", "--service-passphrase-file", str(apart)).data
    assert codes(found, "not_looked") == set()
    assert "stranger_agrees" in codes(found, "good")


def test_a_home_that_is_none_is_an_error_and_no_finding(shell: Shell, tmp_path: Path) -> None:
    shell.home = tmp_path
    ended = shell("doctor", "--json")
    assert (ended.code, ended.data["error"]["code"]) == (exits.FAILED, "no_home")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["status", "doctor"])
def test_a_chinese_reader_gets_chinese_wholly(office: Shell, name: str) -> None:
    office.now += timedelta(days=3)
    told = office(name, "--lang", "zh").out
    assert not LATIN.search(without_commands(told)), told
    assert re.match(r"严重 \d+，警告 \d+，正常 \d+", told.split("\n\n")[1 if name == "status" else 0])
    assert told.index("严重  公布的快照") < told.index("警告  备份"), "what is worst stands first"
    english = office(name, "--lang", "en").out
    assert "Next: start `titlecert serve`" in english
    assert not re.search(r"[\u4e00-\u9fff]", english)


@pytest.mark.slow
def test_looking_changes_no_file(office: Shell) -> None:
    assert office.home is not None
    before = {
        path: path.read_bytes() for path in office.home.rglob("*") if path.is_file() and "register" not in path.name
    }
    office("doctor")
    office("status")
    assert {
        path: path.read_bytes() for path in office.home.rglob("*") if path.is_file() and "register" not in path.name
    } == before


def test_the_manual_explains_both_and_their_exit_codes() -> None:
    text = (ROOT / "docs" / "CLI.md").read_text("utf-8")
    for word in ("titlecert status", "titlecert doctor", f"| {exits.WARNING} ", f"| {exits.CRITICAL} "):
        assert word in text
