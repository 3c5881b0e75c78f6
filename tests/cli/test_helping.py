"""Help is in one language and as wide as the terminal; the shell completes what may follow, in one language too."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from cli.layout import width
from cli.main import root
from tests.cli.support import Shell, commands
from tests.support.loaded import loaded_python
from tests.support.tools import ROOT

COMMANDS = dict(commands(root()))


def told(page: str) -> str:
    """A page without its lines to be typed, which are the same in both languages."""
    joined = re.sub(r"\\\n\s*", "", page)
    return "\n".join(line for line in joined.splitlines() if not re.match(r" +titlecert \S", line))


@pytest.mark.slow
def test_help_is_in_one_language(shell: Shell) -> None:
    for words in [*COMMANDS, (), *{each[:1] for each in COMMANDS}]:
        chinese = told(shell("--lang", "zh", *words, "--help").out)
        english = told(shell(*words, "--help", "--lang", "en").out)
        assert (
            re.findall(r"[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}", chinese.replace("titlecert", "").replace("-", "")) == []
        ), words
        assert "用法：" in chinese
        assert "退出码" in chinese
        assert re.findall(r"[一-鿿]+", english) == [], words
        assert "Usage: " in english
        assert "Exit codes" in english
        parts = (chinese.partition("选项：")[2], english.partition("Options:")[2])
        assert len({part.count("\n  -") for part in parts}) == 1, words


def test_a_page_is_as_wide_as_the_terminal(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    for language in ("zh", "en"):
        page = told(shell("authority", "grant", "--help", "--lang", language).out)
        assert max(map(width, page.splitlines())) <= 60


@pytest.mark.slow
def test_what_may_follow_is_completed_and_explained() -> None:
    environment = {**os.environ, "_TITLECERT_COMPLETE": "complete_zsh", "TITLECERT_LANG": "zh"}
    for typed, name, text in (
        ("titlecert bat", "batch", "批次：从名单到证书。"),
        ("titlecert batch ch", "check", "核对名单，一次列出全部问题，无错误就存为批次。"),
        ("titlecert batch check --hid", "--hidden", "隐藏或划掉的行：take 收，leave 不收。"),
    ):
        done = subprocess.run(
            [*loaded_python(), "-m", "cli"],
            cwd=ROOT,
            env={**environment, "_TYPER_COMPLETE_ARGS": typed},
            check=True,
            capture_output=True,
            text=True,
        )
        assert f'"{name}":"{text}"' in done.stdout


def test_completion_is_set_up_for_the_shell(shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SHELL", "/bin/bash")
    ended = shell("--install-completion")
    assert (ended.code, "重新打开终端后生效" in ended.out) == (0, True)
    assert "titlecert" in (tmp_path / ".bash_completions" / "titlecert.sh").read_text("utf-8")
    assert "complete -o default" in shell("--show-completion").out
    monkeypatch.setenv("SHELL", "/bin/sh")
    ended = shell("--lang", "en", "--install-completion")
    assert (ended.code, "SHELL names no shell" in ended.err) == (2, True)
