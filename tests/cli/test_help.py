"""Every command explains itself: sentences in two languages, an example that parses, exit codes; quickly and alone."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys

import pytest

from cli.exits import CRITICAL, EPILOG, OF_OUTCOME, STANDING_EPILOG, VERIFY_EPILOG, WARNING, worst
from cli.main import root
from tests.cli.support import Shell, commands, loaded
from tests.support.tools import ROOT

ISSUERS_SIDE = {
    "alembic",
    "fastapi",
    "issuer",
    "keys",
    "pyhanko",
    "rich",
    "sqlalchemy",
    "templates",
    "typst",
    "uvicorn",
}


COMMANDS = dict(commands(root()))
NAMES = [" ".join(words) for words in COMMANDS]


def examples(help_text: str) -> list[str]:
    """The lines of a help text that are to be typed, continuations joined."""
    joined = re.sub(r"\\\n\s*", "", help_text)
    return [line.strip() for line in joined.splitlines() if re.match(r" +titlecert \S", line)]


def test_the_tree_holds_what_was_promised() -> None:
    promised = {
        "init",
        "demo",
        "verify",
        "publish",
        "withdraw",
        "suspend",
        "reinstate",
        "cancel",
        "order list",
        "order show",
        "order approve",
        "order refuse",
        "order take-back",
        "annotate",
        "correct",
        "set-aside",
        "reissue",
        "holder erase",
        "review list",
        "keys list",
        "keys rotate",
        "keys end",
        "keys compromise",
        "keys passphrase",
        "grant list",
        "grant end",
        "filing list",
        "filing end",
        "authority end",
        "committee end",
        "specialty end",
        "catalogue end",
        "document waiting",
        "home timestamps",
        "keys request",
        "keys import-certificate",
        "root make-key",
        "root request",
        "root sign",
        "root import",
        "root show",
        "region add",
        "region list",
        "authority add",
        "authority list",
        "authority contact",
        "authority grant",
        "committee add",
        "committee list",
        "committee file",
        "committee trace",
        "specialty add",
        "specialty import",
        "specialty list",
        "operator add",
        "operator list",
        "operator end",
        "operator show",
        "catalogue import",
        "catalogue publish",
        "catalogue show",
        "batch check",
        "batch submit",
        "batch take-back",
        "batch approve",
        "batch reject",
        "batch issue",
        "batch pause",
        "batch resume",
        "batch show",
        "batch list",
        "certificate show",
        "certificate list",
        "case appeal",
        "case decide",
        "case link",
        "case list",
        "case open",
        "case show",
        "integrity add",
        "integrity correct",
        "integrity end",
        "integrity expire",
        "integrity export",
        "integrity import",
        "integrity list",
        "integrity object",
        "integrity receive",
        "integrity reconcile",
        "integrity show",
        "notice list",
        "notice print",
        "claim collected",
        "holder merge",
        "claim end",
        "claim list",
        "claim make",
        "claim replace",
        "certificate document",
        "document make",
        "serve unlock",
        "request list",
        "request show",
        "request answer",
        "serve desk",
        "serve verifier",
        "audit verify",
        "audit list",
        "audit export",
        "home move",
        "home downgrade",
        "home upgrade",
        "home workers",
        "status",
        "doctor",
        "home moved",
        "backup make-key",
        "backup use-key",
        "backup journal",
        "backup list",
        "restore",
        "register verify",
        "register found",
    }
    assert set(NAMES) == promised


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_help_has_an_example_that_parses(shell: Shell, words: tuple[str, ...]) -> None:
    ended = shell(*words, "--help")
    assert ended.code == 0
    found = [line for line in examples(ended.out) if line.startswith(f"titlecert {' '.join(words)}")]
    assert found, ended.out
    for line in found:
        parse(line)


def parse(line: str) -> None:
    """Parse a line as the shell would hand it over; raises what a wrong word or option raises."""
    arguments, command, context = shlex.split(line)[1:], root(), None
    while hasattr(command, "commands") and arguments and not arguments[0].startswith("-"):
        name, arguments = arguments[0], arguments[1:]
        command = loaded(command.commands[name])
    command.make_context("titlecert", arguments, parent=context)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_takes_json_and_language(words: tuple[str, ...]) -> None:
    options = {name for parameter in COMMANDS[words].params for name in parameter.opts}
    assert {"--json", "--lang"} <= options


@pytest.mark.parametrize(
    "words", [("batch", "submit"), ("batch", "approve"), ("batch", "reject"), ("withdraw",), ("cancel",)], ids=" ".join
)
def test_who_acts_says_so(words: tuple[str, ...]) -> None:
    options = {name for parameter in COMMANDS[words].params for name in parameter.opts}
    assert {"--as", "--passphrase-file", "--home"} <= options


@pytest.mark.parametrize("words", [("withdraw",), ("suspend",), ("reinstate",), ("cancel",), ("publish",)])
def test_what_cannot_be_undone_waits_for_yes(words: tuple[str, ...]) -> None:
    (yes,) = [parameter for parameter in COMMANDS[words].params if "--yes" in parameter.opts]
    assert yes.default is False


def test_exit_codes_in_help_are_those_of_the_program() -> None:
    told = {int(number) for number in re.findall(r"^ +(\d+) ", VERIFY_EPILOG, re.MULTILINE)}
    assert told == {*OF_OUTCOME.values(), 1, 2}
    assert {int(number) for number in re.findall(r"^ +(\d+) ", EPILOG, re.MULTILINE)} == {0, 1, 2, 3, 129, 130, 143}
    of_standing = {int(number) for number in re.findall(r"^ +(\d+) ", STANDING_EPILOG, re.MULTILINE)}
    assert of_standing == {0, 1, 2, WARNING, CRITICAL}


def test_the_worst_of_several_counts() -> None:
    assert worst([0, 11, 10]) == 11
    assert worst([30, 0]) == 30
    assert worst([11, 20, 30]) == 20
    assert worst([]) == 0


@pytest.mark.parametrize("name", root().commands)
def test_the_list_says_of_a_command_what_its_own_help_begins_with(name: str) -> None:
    listed = root().commands[name]
    assert str(loaded(listed).help).splitlines()[0] == listed.help


@pytest.mark.slow
def test_importing_the_command_loads_neither_issuer_nor_service() -> None:
    code = "import cli.main, json, sys; print(json.dumps(sorted({n.partition('.')[0] for n in sys.modules})))"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=ROOT, check=True, capture_output=True)
    assert not set(__import__("json").loads(done.stdout)) & ISSUERS_SIDE


DOCUMENT_LINES = [
    line
    for block in re.findall(
        r"^```sh\n(.*?)^```", (ROOT / "docs" / "CLI.md").read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    for line in block.splitlines()
    if line.startswith("titlecert ")
]


@pytest.mark.parametrize("line", DOCUMENT_LINES)
def test_every_line_of_the_manual_parses(line: str) -> None:
    parse(line)


def test_the_manual_names_every_exit_code() -> None:
    text = (ROOT / "docs" / "CLI.md").read_text("utf-8")
    table = "\n".join(line.split("|")[1] for line in text.splitlines() if re.match(r"\| *\d", line))
    assert {int(number) for number in re.findall(r"\d+", table)} == {
        0,
        1,
        2,
        3,
        40,
        41,
        129,
        130,
        143,
        *OF_OUTCOME.values(),
    }
