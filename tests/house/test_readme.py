"""What README and CONTRIBUTING tell people to type exists."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.support.loaded import loaded_python
from tests.support.tools import ROOT, require_tool

CHINESE = ROOT / "README.zh.md"
DOCUMENTS = [ROOT / "README.md", CHINESE, ROOT / "CONTRIBUTING.md"]
TARGETS = {"help", "demo", "test", "browser", "lint", "page", "report", "system", "bench", "soak", "lock", "clean"}


def command_lines(document: Path) -> list[str]:
    """The lines of a document's sh blocks, without prompts and comments, continuations joined."""
    blocks = re.findall(r"^```sh\n(.*?)^```", document.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    return [line.removeprefix("$ ").strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]


def words(line: str) -> list[str]:
    return shlex.split(line, comments=True)


LINES = list(dict.fromkeys(line for document in DOCUMENTS for line in command_lines(document)))
MAKE_LINES = [line for line in LINES if words(line)[0] == "make"]
TITLECERT_LINES = [line for line in LINES if words(line)[0] in {"titlecert", ".venv/bin/titlecert"}]


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def test_the_readme_shows_the_two_commands() -> None:
    first_block = command_lines(ROOT / "README.md")[:2]
    assert [words(line)[:2] for line in first_block] == [["make", "demo"], ["make", "test"]]
    assert TITLECERT_LINES


def typed(document: Path) -> list[list[str]]:
    return [words(line) for line in command_lines(document)]


def headings(document: Path) -> list[str]:
    blocks = re.sub(r"^```.*?^```", "", document.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"^#+(?= )", blocks, re.MULTILINE)


def links(document: Path) -> set[str]:
    return set(re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text("utf-8")))


def test_the_chinese_readme_says_the_same() -> None:
    english = ROOT / "README.md"
    assert typed(CHINESE) == typed(english)
    assert headings(CHINESE) == headings(english)
    assert links(CHINESE) - {"README.md"} == links(english) - {"README.zh.md"}
    assert "README.zh.md" in links(english)


def test_every_target_is_there_and_explained() -> None:
    assert make_targets() == TARGETS
    shown = subprocess.run(
        [require_tool("make"), "--no-print-directory", "help"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    assert {line.split()[1] for line in shown.splitlines()} == TARGETS


@pytest.mark.parametrize("line", MAKE_LINES)
def test_every_make_line_names_a_target(line: str) -> None:
    named = {word for word in words(line)[1:] if "=" not in word}
    assert named <= make_targets()


@pytest.mark.slow
@pytest.mark.parametrize("line", TITLECERT_LINES)
def test_the_command_accepts_every_line(line: str) -> None:
    # --help is answered before arguments are used, and after the words and options were understood.
    start = "import sys; sys.argv[0] = 'titlecert'; from cli.main import main; sys.exit(main())"
    arguments = [*words(line)[1:], "--help"]
    done = subprocess.run(
        [*loaded_python(), "-c", start, *arguments], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "用法：" in done.stdout or "Usage: " in done.stdout


def test_every_file_a_line_names_is_there() -> None:
    named = {word for line in LINES for word in words(line) if re.search(r"\.(lock|md|sh|toml)$|^tools/", word)}
    assert named
    assert {name for name in named if not (ROOT / name).exists()} == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_into_the_repository_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text(encoding="utf-8"))
    assert [link for link in links if not (ROOT / link).exists()] == []
