"""Every error of the packages has a code and fields, can be pickled, and names no command."""

from __future__ import annotations

import ast
import copy
import importlib
import inspect
import pickle
import pkgutil
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import pytest

from cli import hints
from cli.errors import CliError, RefusedError, UsageError
from credential.errors import CodedError, CredentialError
from credential.outcomes import Reason
from issuer.documents.glyphs import MissingGlyph
from issuer.errors import IssuerError
from keys.errors import KeysError
from tests.support.tools import ROOT
from verifier.check import DecidedError
from verifier.errors import FetchError, NotAtHandError, VerifierError
from verifier.problems import ProblemError

ROOTS: Final[dict[str, type[CodedError]]] = {
    "credential": CredentialError,
    "keys": KeysError,
    "issuer": IssuerError,
    "verifier": VerifierError,
}
GIVEN: Final[dict[str, Any]] = {
    "code": "a_code",
    "message": "a sentence",
    "detail": "a sentence",
    "path": "trust/list",
    "why": "no answer",
    "name": "某人",
    "missing": (MissingGlyph(char="𠮷", code_point="U+20BB7"),),
    "reason": Reason.ROLLBACK,
    "step": 7,
    "status": 422,
    "zh": "一句话",
    "en": "a sentence",
}
"""What constructors of errors take, by the parameter's name. A new one is added here."""
COMMAND: Final = re.compile(r"`|\btitlecert [a-z]|(?<!\w)--[a-z]|pip install")
NO_MESSAGES: Final = {("verifier/app.py", "titlecert verifier")}
"""The title of the API."""


def import_all() -> None:
    for root in ROOTS:
        package = importlib.import_module(root)
        for module in pkgutil.walk_packages(package.__path__, f"{root}."):
            if not module.name.endswith(".__main__") and ".migrations" not in module.name:
                importlib.import_module(module.name)


def exceptions() -> list[type[BaseException]]:
    """All exception classes that a module of the four packages defines."""
    import_all()
    modules = [each for name, each in sorted(sys.modules.items()) if name.partition(".")[0] in ROOTS]
    return [
        kind
        for module in modules
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, BaseException) and kind.__module__ == module.__name__
    ]


def made(kind: type[CodedError]) -> CodedError:
    """An instance with something in every field, made by the class's own constructor."""
    parameters = list(inspect.signature(kind).parameters.values())
    positional = [GIVEN[each.name] for each in parameters if each.kind < inspect.Parameter.VAR_POSITIONAL]
    keywords = any(each.kind is inspect.Parameter.VAR_KEYWORD for each in parameters)
    return kind(*positional, **({"number": 3, "levels": ("中级",)} if keywords else {}))


def name_of(kind: type[CodedError]) -> str:
    return f"{kind.__module__}.{kind.__name__}"


def seen(error: CodedError) -> tuple[object, ...]:
    rest = {name: value for name, value in vars(error).items() if name != "fields"}
    return type(error), error.code, str(error), error.args, dict(error.fields), rest


def test_every_error_stands_under_a_root() -> None:
    assert len(FOUND) >= 40
    others = [kind for kind in FOUND if not issubclass(kind, tuple(ROOTS.values()))]
    assert others == [CodedError, NotAtHandError], "the second says where to ask, and nobody is told of it"
    assert {root.__name__ for root in CodedError.__subclasses__()} == {
        "CliError",
        *(each.__name__ for each in ROOTS.values()),
    }


FOUND: Final = exceptions()
KINDS: Final = [kind for kind in FOUND if issubclass(kind, CodedError)] + [CliError, RefusedError, UsageError]
CAUGHT_INSIDE: Final = {DecidedError, ProblemError}
"""One becomes a verdict, the other an answer over HTTP: the command line never sees them."""


@pytest.mark.parametrize("kind", [each for each in KINDS if each is not FetchError], ids=name_of)
def test_every_error_can_be_pickled_and_copied(kind: type[CodedError]) -> None:
    error = made(kind)
    error.add_note("a note")
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):  # noqa: S301
        assert seen(again) == seen(error)
        assert isinstance(again.fields, MappingProxyType)


@pytest.mark.parametrize("kind", KINDS, ids=name_of)
def test_every_error_has_the_words_of_a_family(kind: type[CodedError]) -> None:
    assert (
        kind in {CodedError, *ROOTS.values(), CliError, RefusedError} | CAUGHT_INSIDE
        or hints.family_of(kind) is not hints.families()["CodedError"]
    )


def messages(source: str) -> Iterator[tuple[int, str]]:
    """The strings of a module that are not docstrings, with their lines."""
    tree = ast.parse(source)
    bare = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in bare:
            yield node.lineno, node.value


def naming(path: Path) -> list[str]:
    name = path.relative_to(ROOT).as_posix()
    found = messages(path.read_text(encoding="utf-8"))
    return [
        f"{name}:{line}: {text}" for line, text in found if COMMAND.search(text) and (name, text) not in NO_MESSAGES
    ]


@pytest.mark.slow
@pytest.mark.parametrize("room", sorted(ROOTS))
def test_no_message_of_the_services_names_a_command(room: str) -> None:
    paths = sorted((ROOT / room).rglob("*.py"))
    assert paths
    assert [each for path in paths for each in naming(path)] == []


@pytest.mark.parametrize(
    "source",
    [
        'raise E("no_batch", "none; `batch list` shows them")',
        'raise E("no_batch", f"none {name}; see titlecert batch list")',
        'message = "give " "--home"',
    ],
)
def test_the_search_for_commands_finds_them(source: str) -> None:
    assert any(COMMAND.search(text) for _, text in messages(source))
    assert any(COMMAND.search(text) for _, text in messages(f"def f():\n    '''Contract.'''\n    {source}"))


def test_docstrings_may_name_commands() -> None:
    assert not list(messages("'''Of `titlecert init`.'''\ndef f():\n    '''Run `titlecert init`.'''"))
