"""The command line's modules form no circle, and a command loads what it needs and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter

import grimp
import pytest

from tests.support.tools import ROOT

ISSUERS_SIDE = {"alembic", "fastapi", "issuer", "keys", "sqlalchemy", "templates", "typst", "uvicorn"}


def order(imports: dict[str, set[str]]) -> list[str]:
    """The modules, each behind those that it imports. Raises CycleError."""
    return list(TopologicalSorter(imports).static_order())


def imports_in(package: str) -> dict[str, set[str]]:
    graph = grimp.build_graph(package, cache_dir=None)
    return {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}


def test_no_module_of_the_command_line_imports_itself_by_way_of_others() -> None:
    found = order(imports_in("cli"))
    assert found.index("cli.running") < found.index("cli.framing") < found.index("cli.demo.command")


def test_a_circle_is_seen() -> None:
    with pytest.raises(CycleError):
        order({"cli.errors": {"cli.tool"}, "cli.tool": {"cli.console"}, "cli.console": {"cli.errors"}})


def loaded_by(*words: str) -> set[str]:
    """The top-level names in sys.modules when a command line has ended, in a fresh interpreter."""
    code = (
        "import json, sys; from cli.main import main\n"
        f"code = main({list(words)!r})\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})), file=sys.stderr)\n"
        "sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.slow
@pytest.mark.parametrize("words", [("--version",), ("--help",), ("verify", "--help")], ids=" ".join)
def test_what_needs_the_base_install_only_loads_nothing_else(words: tuple[str, ...]) -> None:
    assert not loaded_by(*words) & ISSUERS_SIDE


@pytest.mark.slow
def test_the_list_of_commands_loads_none_of_them() -> None:
    assert not loaded_by("--help") & {"pydantic", "pyhanko", "rich", "verifier"}


@pytest.mark.slow
def test_the_look_at_what_a_command_loads_sees_it() -> None:
    assert {"issuer", "keys", "sqlalchemy"} <= loaded_by("batch", "list", "--help")
    assert {"fastapi", "verifier"} <= loaded_by("serve", "verifier", "--help")
    assert "issuer" not in loaded_by("serve", "verifier", "--help")
