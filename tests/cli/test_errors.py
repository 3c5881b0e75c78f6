"""Whatever goes wrong is told in a few lines, with what to do next, and ends with the code that the help names."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cli.errors import CliError, explain
from cli.main import main, root
from cli.running import run
from cli.tool import Tool
from cli.tree import Later
from issuer.errors import ConflictError, TamperedError
from keys.errors import PassphraseError
from tests.cli.support import Shell
from tests.support.tools import ROOT

OPERATOR = ("batch", "submit", "sf-hrss-0001", "--as")


def test_without_home_the_option_is_named(shell: Shell) -> None:
    ended = shell("batch", "list")
    assert ended.code == 2
    assert "--home" in ended.err
    assert "TITLECERT_HOME" in ended.err
    assert ended.out == ""


def test_a_directory_that_is_no_home_is_told_with_init(shell: Shell, tmp_path: Path) -> None:
    shell.home = tmp_path
    ended = shell("batch", "list", "--lang", "en")
    assert ended.code == 1
    assert "titlecert init" in ended.err
    assert ended.err.startswith("Error: ")


def test_with_json_the_error_is_the_one_object(reader: Shell) -> None:
    ended = reader("batch", "show", "nothing-0001", "--json", "--lang", "en")
    error = ended.data["error"]
    assert (ended.code, error["exit_code"], error["code"]) == (1, 1, "no_batch")
    assert "titlecert batch list" in error["next"]


def test_a_wrong_passphrase_is_told_as_one(reader: Shell, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("not the passphrase\n", encoding="utf-8")
    wrong.chmod(0o600)
    ended = reader("certificate", "list", "--service-passphrase-file", str(wrong), "--json")
    assert (ended.code, ended.data["error"]["code"]) == (1, "wrong_passphrase")
    assert "not the passphrase" not in ended.err + ended.out


def test_a_passphrase_file_open_to_others_is_refused(reader: Shell, tmp_path: Path) -> None:
    open_file = tmp_path / "open"
    open_file.write_text("whatever it is\n", encoding="utf-8")
    open_file.chmod(0o644)
    ended = reader("certificate", "list", "--service-passphrase-file", str(open_file))
    assert ended.code == 1
    assert "chmod 600" in ended.err


def test_without_terminal_and_file_the_passphrase_is_asked_for_by_name(office: Shell) -> None:
    assert office.home is not None
    (office.home / "secrets" / "chief1.passphrase").unlink()
    number = office.json("certificate", "list")["certificates"][0]["number"]
    words = ("suspend", number, "--basis", "核查", "--document", "示人社核〔2026〕8号", "--as", "chief1")
    ended = office(*words, "--yes", "--json")
    assert (ended.code, ended.data["error"]["code"]) == (1, "no_terminal")
    assert "chief1" in ended.err


def test_a_passphrase_is_asked_on_the_terminal(office: Shell) -> None:
    assert office.home is not None
    kept = office.home / "secrets" / "service.passphrase"
    secret = kept.read_text(encoding="utf-8").strip()
    kept.unlink()
    asked: list[str] = []
    office.ask = lambda prompt: asked.append(prompt) or secret  # type: ignore[func-returns-value]
    assert len(office.json("certificate", "list")["certificates"]) == 24
    assert len(asked) == 1
    assert "service" in asked[0]


@pytest.mark.parametrize("yes", [(), ("--yes",)], ids=["dry run", "for good"])
def test_a_dry_run_refuses_whom_the_act_would_refuse(office: Shell, yes: tuple[str, ...]) -> None:
    number = office.json("certificate", "list")["certificates"][0]["number"]
    words = ("suspend", number, "--basis", "核查", "--document", "示人社核〔2026〕8号", "--as", "clerk1")
    ended = office(*words, *yes, "--json")
    assert (ended.code, ended.data["error"]["code"]) == (1, "role")


def test_an_unknown_operator_is_told_with_the_list(reader: Shell) -> None:
    ended = reader(*OPERATOR, "nobody")
    assert ended.code == 1
    assert "titlecert operator list" in ended.err


def test_a_wrong_word_is_usage(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    assert shell("batch", "frobnicate").code == 2
    assert shell("batch", "list", "--no-such-option").code == 2
    assert main(["verify"]) == 2
    assert "THING" in capsys.readouterr().err


def without(library: str, *words: str) -> subprocess.CompletedProcess[str]:
    """A command line, run where a library is not installed."""
    start = f"import sys; sys.modules[{library!r}] = None; from cli.main import main; sys.exit(main())"
    return subprocess.run([sys.executable, "-c", start, *words], cwd=ROOT, check=False, capture_output=True, text=True)


@pytest.mark.slow
@pytest.mark.parametrize("library", ["sqlalchemy", "alembic"])
def test_a_missing_extra_is_named_before_anything_is_asked_or_made(library: str, tmp_path: Path) -> None:
    words = ("init", "--deployment", "shifan", "--origin", "https://zc.example", "--home", str(tmp_path / "home"))
    ended = without(library, *words, "--json")
    assert ended.returncode == 1
    assert "pip install 'titlecert[issuer]'" in ended.stderr
    assert json.loads(ended.stdout)["error"]["code"] == "missing_extra"
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.parametrize("words", [("withdraw", "--help"), ("batch", "submit", "-h")], ids=" ".join)
def test_help_of_what_is_not_installed_names_the_extra(words: tuple[str, ...]) -> None:
    ended = without("sqlalchemy", *words)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert str(root().commands[words[0]].help).partition("。")[0] in ended.stdout
    assert "pip install 'titlecert[issuer]'" in ended.stdout


@pytest.mark.slow
def test_checking_and_serving_a_publication_need_nothing_of_the_issuers_side() -> None:
    for words in (("verify", "--help"), ("serve", "verifier", "--help")):
        assert without("sqlalchemy", *words).stdout.startswith(f"用法：titlecert {' '.join(words[:-1])} [选项]")
    served = without("sqlalchemy", "serve", "--home", "nowhere")
    assert (served.returncode, "titlecert[issuer]" in served.stderr) == (1, True)


def test_a_fault_of_our_own_is_not_taken_for_a_missing_extra() -> None:
    with pytest.raises(ModuleNotFoundError):
        Later("verify", "cli.commands.no_such_module", "").make_context("verify", ["--help"])


@pytest.mark.parametrize(
    ("address", "code", "hint"),
    [
        ("mysql://clerk:Geheim9@db.example/x", "database_dialect", "postgresql://USER@HOST/NAME"),
        ("postgresql://clerk:Geheim9", "database_address", "sqlite:///FILE"),
        ("postgresql://clerk:Geheim9@127.0.0.1:1/x", "database_unreachable", ".pgpass"),
        ("sqlite:///empty.sqlite3", "no_register", "TITLECERT_DATABASE"),
    ],
)
def test_the_database_of_the_environment_is_the_one_opened(
    office: Shell, monkeypatch: pytest.MonkeyPatch, address: str, code: str, hint: str
) -> None:
    monkeypatch.setenv("TITLECERT_DATABASE", address)
    ended = office("region", "list", "--json", "--lang", "en")
    assert (ended.code, ended.data["error"]["code"]) == (1, code)
    assert hint in ended.data["error"]["next"]
    assert "Geheim9" not in ended.out + ended.err


def test_without_psycopg_its_extra_is_named(office: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TITLECERT_DATABASE", "postgresql://clerk@127.0.0.1:1/x")
    monkeypatch.setitem(sys.modules, "psycopg", None)
    ended = office("region", "list", "--json")
    assert (ended.code, ended.data["error"]["code"]) == (1, "missing_extra")
    assert "pip install 'titlecert[postgres]'" in ended.err


def test_what_nobody_foresaw_is_told_without_traceback(reader: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    from issuer.batches import rows

    def fail(*_arguments: Any) -> None:
        raise ZeroDivisionError("unlucky")

    monkeypatch.setattr(rows, "batches", fail)
    ended = reader("batch", "list")
    assert ended.code == 1
    assert "TITLECERT_DEBUG=1" in ended.err
    monkeypatch.setenv("TITLECERT_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        reader("batch", "list")


def test_an_interrupted_command_says_that_it_can_be_run_again(reader: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    from issuer.batches import rows

    def interrupted(*_arguments: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(rows, "batches", interrupted)
    ended = reader("batch", "list")
    assert ended.code == 130
    assert "继续" in ended.err


@pytest.mark.parametrize(
    ("error", "headline"),
    [
        (ConflictError("something_new", "a sentence"), "与登记簿现有内容冲突"),
        (TamperedError("something_else", "a sentence"), "登记簿与签名不一致，已停止办理"),
        (PassphraseError("something_third", "a sentence"), "口令有问题"),
        (OSError(28, "No space left on device"), "磁盘已满"),
        (OSError(40, "Too many levels of symbolic links"), "本机的文件或磁盘操作没有成功"),
        (CliError("own", "自己的话", "own words"), "自己的话"),
    ],
)
def test_every_family_has_words(error: Exception, headline: str) -> None:
    assert explain(error).headline[0] == headline
    assert explain(error).headline[1]


def test_the_language_follows_the_locale(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for value, expected in (("en_GB.UTF-8", "Error"), ("zh_CN.UTF-8", "错误"), ("C.UTF-8", "错误")):
        monkeypatch.setenv("TITLECERT_LANG", value)
        assert run(root(), ["batch", "list"], Tool()) == 2
        assert capsys.readouterr().err.startswith(expected)


def test_json_is_one_object_on_one_line(reader: Shell) -> None:
    for words in (("batch", "list"), ("authority", "list"), ("keys", "list"), ("operator", "list"), ("region", "list")):
        out = reader(*words, "--json").out
        assert out.count("\n") == 1
        assert isinstance(json.loads(out), dict)
