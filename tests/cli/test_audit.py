"""``titlecert audit`` and who acted, in both languages: whole or not, who did what, the head in a file."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Final

import pytest

from cli.acts import ACT_WORDS, DONE_WORDS
from credential.history import Act
from tests.cli.support import Shell
from tests.support.databases import tamper
from tests.support.tools import ROOT

_TAG: Final = re.compile(r"[a-z_]+\.[a-z_]+")


def raw(office: Shell, statement: str) -> None:
    """What somebody does who owns the register's file."""
    assert office.home is not None
    tamper(office.home / "register.sqlite3", statement)


def number_of(office: Shell) -> str:
    found: str = office.json("certificate", "list")["certificates"][0]["number"]
    return found


def test_a_whole_audit_is_told_in_both_languages(office: Shell) -> None:
    told = office.json("audit", "verify")
    assert (told["intact"], told["difference"], told["unproven"]) == (True, None, [])
    assert told["entries"] > 20
    assert told["compared"]["snapshot"] >= 1
    zh, en = office("audit", "verify"), office("audit", "verify", "--lang", "en")
    assert (zh.code, en.code) == (0, 0)
    assert "审计链完整" in zh.out
    assert "The audit is whole" in en.out
    assert "核对审计" in zh.err


@pytest.mark.parametrize(
    ("statement", "fault", "zh", "en"),
    [
        ("UPDATE audit SET actor = 'x' WHERE id = 9", "altered", "第 9 条的内容被改动过", "entry 9 is not what"),
        ("DELETE FROM audit_chain WHERE ordinal = 9", "missing", "第 9 条不见了", "entry 9 is gone"),
    ],
)
def test_the_first_wrong_entry_is_named(office: Shell, statement: str, fault: str, zh: str, en: str) -> None:
    raw(office, statement)
    told = office("audit", "verify", "--json")
    assert (told.code, told.data["intact"]) == (1, False)
    found = told.data["difference"]
    assert (found["ordinal"], found["fault"], found["good_until"]) == (9, fault, 8)
    assert found["head"]["length"] > 9
    chinese, english = office("audit", "verify"), office("audit", "verify", "--lang", "en")
    assert (chinese.code, english.code) == (1, 1)
    assert zh in chinese.out
    assert f"所记的链头（{found['head']['length']} 条）矛盾" in chinese.out
    assert "备份" in chinese.err
    assert en in english.out
    assert "This contradicts the head of" in english.out
    assert "backup" in english.err


def test_a_head_is_exported_once_and_proves_later(office: Shell, tmp_path: Path) -> None:
    head = tmp_path / "head.jws"
    made = office.json("audit", "export", "--output", str(head))
    assert made["length"] > 20
    assert head.stat().st_mode & 0o777 == 0o600
    again = office("audit", "export", "--output", str(head), "--json")
    assert (again.code, again.data["error"]["code"]) == (1, "file_exists")
    assert office.json("audit", "verify", "--head", str(head))["compared"]["file"] >= 1
    raw(office, "DELETE FROM audit_chain WHERE ordinal = (SELECT max(ordinal) FROM audit_chain)")
    told = office("audit", "verify", "--head", str(head), "--json")
    assert (told.code, told.data["difference"]["fault"]) == (1, "missing")
    assert told.data["difference"]["head"]["name"] == "head.jws"


def test_a_witness_and_a_wrong_file(office: Shell, tmp_path: Path) -> None:
    made = office.json("audit", "export", "--output", str(tmp_path / "head.jws"))
    witness = tmp_path / "heads.txt"
    witness.write_text(f"{made['length']} {made['head']}\n", encoding="ascii")
    assert office.json("audit", "verify", "--witness", str(witness))["compared"]["witness"] == 1
    witness.write_text(f"{made['length']} {'0' * 64}\n", encoding="ascii")
    told = office("audit", "verify", "--witness", str(witness))
    assert told.code == 1
    assert "见证 heads.txt:1" in told.out
    assert "之间" in told.out
    wrong = office("audit", "verify", "--head", str(witness), "--json", "--lang", "en")
    assert (wrong.code, wrong.data["error"]["code"]) == (1, "bad_head_file")
    assert "audit export" in wrong.data["error"]["next"]


@pytest.mark.slow
def test_entries_are_told_in_words(office: Shell) -> None:
    number = number_of(office)
    office("suspend", number, "--basis", "核查", "--document", "示人社核〔2026〕8号", "--as", "chief1", "--yes")
    told = office.json("audit", "list", "--of", number)["entries"]
    suspended = told[0]
    assert (suspended["act"], suspended["act_name"], suspended["actor"]) == (
        "certificate.suspend",
        "暂停证书",
        "chief1",
    )
    assert suspended["statement"]
    assert len(suspended["statement_digest"]) == 64
    assert told[1]["act"] == "certificate.plan"
    assert len(office.json("audit", "list", "--limit", "3")["entries"]) == 3
    text = office("audit", "list", "--of", number, "--lang", "en").out
    assert "suspended a certificate" in text
    assert suspended["statement_digest"][:16] in text
    assert "暂停证书" in office("audit", "list", "--of", number).out


@pytest.mark.slow
def test_who_acted_is_shown_with_batch_and_certificate(office: Shell) -> None:
    batch = office.json("batch", "show", "sf-hrss-0001")
    assert [(each["act"], each["operator"], each["proven"]) for each in batch["acts"]][:2] == [
        ("submit", "clerk1", True),
        ("approve", "chief1", True),
    ]
    number = number_of(office)
    shown = office.json("certificate", "show", number)
    assert [each["act"] for each in shown["acts"]][:2] == ["submit", "approve"]
    assert {each["operator"] for each in shown["acts"] if each["act"] == "issue"} == {"chief1"}
    assert "批准" in office("certificate", "show", number).out
    assert "approved" in office("batch", "show", "sf-hrss-0001", "--lang", "en").out
    raw(office, "UPDATE statements SET operator = 'clerk1' WHERE act = 'approve'")
    acts = {each["act"]: each for each in office.json("batch", "show", "sf-hrss-0001")["acts"]}
    assert (acts["approve"]["proven"], acts["approve"]["wrong"], acts["approve"]["name"]) == (
        False,
        "bad_statement",
        None,
    )
    assert "不能证实" in office("batch", "show", "sf-hrss-0001").out


@pytest.mark.slow
def test_what_a_person_reads_is_listed_under_their_name(office: Shell) -> None:
    number = number_of(office)
    office("certificate", "show", number)
    office("batch", "show", "sf-hrss-0001", "--rows")
    acts = [each["act"] for each in office.json("audit", "list", "--limit", "3")["entries"]]
    assert acts == ["batch.open_rows", "certificate.open", "certificate.list"]
    assert all(each["actor"].startswith("os") for each in office.json("audit", "list", "--limit", "3")["entries"])


@pytest.mark.slow
def test_a_difference_found_in_publishing_is_said(office: Shell) -> None:
    raw(office, "UPDATE audit SET actor = 'x' WHERE id = 9")
    assert "审计记录与留存的不一致" in office("publish").err
    assert "the audit differs from what is kept" in office("publish", "--lang", "en").err


@pytest.mark.slow
def test_every_act_has_its_words() -> None:
    tags = set(_tags())
    assert {"batch.check", "certificate.open", "operators.accept"} <= tags
    tags |= {f"batch.{act}" for act in ("submit", "approve", "reject")}
    tags |= {f"certificate.{act}" for act in ("suspend", "reinstate", "withdraw", "cancel")}
    assert tags - set(ACT_WORDS) == set()
    assert all(zh and en for zh, en in (*ACT_WORDS.values(), *DONE_WORDS.values()))
    known = {Act.SUBMIT, Act.APPROVE, Act.REJECT, Act.SUSPEND, Act.REINSTATE, Act.WITHDRAW, Act.CANCEL}
    assert {each.value for each in known} <= set(DONE_WORDS)


def _tags() -> list[str]:
    """Every audit tag that production code writes as a text."""
    return [
        text
        for path in (ROOT / "issuer").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for text in _written(node, path.stem)
        if _TAG.fullmatch(text)
    ]


def _written(node: ast.AST, module: str) -> list[str]:
    named = isinstance(node, ast.AnnAssign) and module in {"opened", "operators"}
    given = isinstance(node, ast.keyword) and node.arg == "act"
    value = getattr(node, "value", None) if named or given else None
    return [value.value] if isinstance(value, ast.Constant) and isinstance(value.value, str) else []
