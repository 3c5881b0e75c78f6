"""What each process loads, and what each use case looks like: a process holds what its work needs, and no more.

A process is started in an interpreter of its own; its modules are compared with a table. What the command line loads
for one command is in ``test_cli_imports``. Every process is asked in every run: what one loads changes with any import.
"""

from __future__ import annotations

import ast
import dataclasses
import enum
import functools
import importlib
import inspect
import json
import pkgutil
import subprocess
import sys
import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from issuer import services
from issuer.home.opened import Actor, Opened
from tests.support.tools import ROOT

pytestmark = pytest.mark.slow

OURS: Final = frozenset({"credential", "keys", "templates", "issuer", "verifier", "cli", "tests", "bench"})
THEIRS: Final = frozenset(
    {"alembic", "fastapi", "pyhanko", "rich", "sqlalchemy", "typer", "typst", "uvicorn", "xlsxwriter"}
)
"""Of other people's packages those that say whose side a process is on."""

SERVICES: Final = "; ".join(f"import issuer.services.{each.name}" for each in pkgutil.iter_modules(services.__path__))

PROCESSES: Final[Mapping[str, tuple[str, frozenset[str]]]] = {
    "the public verifier": ("import verifier.app", frozenset({"credential", "verifier", "fastapi"})),
    "titlecert serve verifier": (
        "import cli.commands.serving",
        frozenset({"credential", "verifier", "cli", "fastapi", "typer", "uvicorn"}),
    ),
    "a home's paths, settings and protocol": (
        "import issuer.home.paths, issuer.home.settings, issuer.home.opened",
        frozenset({"credential", "issuer", "sqlalchemy"}),
    ),
    "the use cases": (SERVICES, frozenset({"credential", "issuer", "alembic", "sqlalchemy", "typst"})),
    "the worker": (
        "import issuer.worker.worker, issuer.worker.loop",
        frozenset({"credential", "issuer", "templates", "sqlalchemy"}),
    ),
    "the reader that a worker is given": (
        "import cli.checker",
        frozenset({"credential", "issuer", "templates", "verifier", "cli", "sqlalchemy"}),
    ),
    "titlecert serve, of a home": (
        "import cli.commands.serving_home",
        frozenset({"credential", "issuer", "keys", "templates", "verifier", "cli"})
        | {"fastapi", "pyhanko", "sqlalchemy", "typer", "typst", "uvicorn"},
    ),
    "the unlock service": (
        "import issuer.unlock.child, issuer.unlock.running",
        frozenset({"credential", "issuer", "sqlalchemy"}),
    ),
    "the side of those who ask the unlock service": (
        "import issuer.unlock.client",
        frozenset({"credential", "issuer"}),
    ),
    "the holder's desk": (
        "import issuer.desk.running",
        frozenset({"credential", "issuer", "templates", "rich", "sqlalchemy", "typst", "uvicorn"}),  # httpx loads rich
    ),
    "titlecert serve desk": (
        "import cli.commands.serving_desk",
        frozenset({"credential", "issuer", "templates", "cli", "rich", "sqlalchemy", "typer", "typst", "uvicorn"}),
    ),
    "a home opened with its keys": (
        "import issuer.home.opening",
        frozenset({"credential", "issuer", "keys", "sqlalchemy"}),
    ),
}
"""Process -> the statement that loads it, and all that it may hold of ours and of what tells sides apart."""

WITHOUT_A_KEY_STORE: Final = tuple(name for name, (_, holds) in PROCESSES.items() if "keys" not in holds)


@functools.cache
def loaded_by(statement: str) -> frozenset[str]:
    """The names of all modules of a fresh interpreter that ran ``statement``."""
    code = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return frozenset(json.loads(done.stdout))


def tops(modules: frozenset[str]) -> frozenset[str]:
    return frozenset(name.partition(".")[0] for name in modules)


@pytest.mark.parametrize("name", PROCESSES)
def test_a_process_loads_what_its_work_needs_and_no_more(name: str) -> None:
    statement, holds = PROCESSES[name]
    assert tops(loaded_by(statement)) & (OURS | THEIRS) == holds


@pytest.mark.parametrize("name", WITHOUT_A_KEY_STORE)
def test_what_keeps_no_keys_derives_none_from_a_passphrase(name: str) -> None:
    assert "cryptography.hazmat.primitives.kdf.scrypt" not in loaded_by(PROCESSES[name][0])


@pytest.mark.parametrize("name", ["the holder's desk", "titlecert serve desk"])
def test_the_desk_has_nothing_that_opens_a_register_or_makes_a_ticket(name: str) -> None:
    loaded = loaded_by(PROCESSES[name][0])
    assert "issuer.desk.app" in loaded
    opening = ("issuer.vault", "issuer.tickets", "issuer.db.engine", "issuer.db.models", "issuer.db.sessions")
    assert not loaded & {*opening, "issuer.home.opening", "issuer.home.ticketkey", "issuer.unlock.service"}


def test_the_look_at_what_a_process_loads_sees_a_key_store() -> None:
    assert "keys" in tops(loaded_by("import issuer.home.opening"))
    assert "cryptography.hazmat.primitives.kdf.scrypt" in loaded_by("import issuer.home.opening")


# The form of a use case

NO_HOME: Final[Mapping[str, str]] = {
    "batches.annotated": "it changes a copy of a file that a person holds, and no home",
    "restoring.plan": "it reads a backup that a person brings, and no home",
    "restoring.restore": "it makes a home where none is",
    "roots.changes_of": "who holds a root key sees what is to be signed on a machine without a home",
    "standing.examine_closed": "the register of the home does not open, and the rest is looked at",
    "status.read_list": "it reads a file that a person brings, and no home",
    "workbooks.table": "it writes a file for a person, and looks at no home",
    "seals.pem_of_root": "it reads a file that a person brings, and no home",
}
VALUES: Final[tuple[type, ...]] = (str, bytes, int, float, bool, types.NoneType, date, datetime, Path)


def modules() -> Iterator[types.ModuleType]:
    for each in pkgutil.iter_modules(services.__path__):
        yield importlib.import_module(f"issuer.services.{each.name}")


def cases(module: types.ModuleType) -> Iterator[tuple[str, Callable[..., Any]]]:
    """The public functions that a module of services defines itself."""
    for name, found in vars(module).items():
        if inspect.isfunction(found) and found.__module__ == module.__name__ and not name.startswith("_"):
            yield f"{module.__name__.rpartition('.')[2]}.{name}", found


ALL: Final = {name: case for module in modules() for name, case in cases(module)}


def is_value(annotation: Any) -> bool:
    """Whether what is described can be kept, shown and sent: frozen, of values only, and no row or session."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is not None:
        if origin in {tuple, frozenset, typing.Union, types.UnionType}:
            return all(each is Ellipsis or is_value(each) for each in arguments)
        return False
    if not isinstance(annotation, type):
        return False
    if issubclass(annotation, VALUES) or issubclass(annotation, enum.Enum):
        return True
    return dataclasses.is_dataclass(annotation) and annotation.__dataclass_params__.frozen  # type: ignore[attr-defined]


def functions_in(case: Callable[..., Any]) -> dict[str, ast.FunctionDef]:
    return functions_of(case.__module__)


@functools.cache
def functions_of(module: str) -> dict[str, ast.FunctionDef]:
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {each.name: each for each in tree.body if isinstance(each, ast.FunctionDef)}


def opens(function: ast.FunctionDef, functions: Mapping[str, ast.FunctionDef], kind: str) -> bool:
    """Whether a function, or one of its module that it calls, opens a unit of work of this kind."""
    calls = [node.func for node in ast.walk(function) if isinstance(node, ast.Call)]
    named = {call.id for call in calls if isinstance(call, ast.Name)} & functions.keys() - {function.name}
    return any(ast.unparse(call) == f"opened.register.{kind}" for call in calls) or any(
        opens(functions[each], functions, kind) for each in named
    )


def changes(case: Callable[..., Any]) -> bool:
    functions = functions_in(case)
    return opens(functions[case.__name__], functions, "write")


@pytest.mark.parametrize("name", ALL)
def test_a_use_case_takes_an_opened_home_first(name: str) -> None:
    parameters = list(inspect.signature(ALL[name]).parameters)
    if name in NO_HOME:
        assert "opened" not in parameters
        return
    assert parameters[0] == "opened"
    assert typing.get_type_hints(ALL[name])["opened"] is Opened


@pytest.mark.parametrize("name", [name for name, case in ALL.items() if changes(case)])
def test_what_changes_something_names_who_acts(name: str) -> None:
    """By an actor, by an operator's id, or by a statement that an operator signed."""
    hints = typing.get_type_hints(ALL[name])
    second = list(inspect.signature(ALL[name]).parameters)[1]
    assert (second, hints[second]) in {("actor", Actor), ("operator_id", str), ("token", str)}


@pytest.mark.parametrize("name", ALL)
def test_a_use_case_uses_all_that_it_takes(name: str) -> None:
    function = functions_in(ALL[name])[ALL[name].__name__]
    read = {node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    assert read >= set(inspect.signature(ALL[name]).parameters)


@pytest.mark.parametrize("name", ALL)
def test_a_use_case_returns_a_frozen_value(name: str) -> None:
    assert is_value(typing.get_type_hints(ALL[name])["return"])


def test_the_look_at_use_cases_sees_those_that_change_and_those_that_do_not() -> None:
    assert {name for name, case in ALL.items() if changes(case)} >= {
        "regions.add", "batches.check", "batches.act_here", "operators.end_here", "status.accept", "trust.publish_here",
    }  # fmt: skip
    assert not changes(ALL["batches.listed"])
    assert not changes(ALL["status.plan"])


def test_a_list_or_an_open_session_is_no_value() -> None:
    from issuer.db.models import BatchRow
    from issuer.db.sessions import ReadSession, Register

    for each in (list[str], Sequence[str], BatchRow, ReadSession, Register, Any, tuple[BatchRow, ...], str | BatchRow):
        assert not is_value(each)
    assert is_value(tuple[str, ...])
    assert is_value(Path | None)


def test_every_process_that_may_hold_secrets_belongs_to_the_one_that_started_it() -> None:
    """It leaves no core, and ends with its parent: the programs of children, but for those that only read a file."""
    readers = {"issuer/sheets", "issuer/photos"}
    programs = [
        path
        for path in sorted((ROOT / "issuer").rglob("*.py"))
        if "options = json.loads(arguments[0])" in path.read_text("utf-8")
        and str(path.parent.relative_to(ROOT)) not in readers
    ]
    assert [path.name for path in programs] == ["child.py", "child.py", "maker.py", "workerprocess.py"]
    assert [path for path in programs if 'belong_to(options["parent"])' not in path.read_text("utf-8")] == []
