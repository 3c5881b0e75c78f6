"""What every command has around it: the options that all share, and the ``Run`` that its function is given.

Rules: a command's function takes a ``Run`` and its own options, nothing else; the shared options stand in the help
behind its own, in one order. A command says whose passphrase files may be named and whether it works on a home.

    app = group()

    @command(app, "submit", passphrases=(OPERATOR, SERVICE))
    def submit(run: Run, batch: BatchId, acting_as: ActingAs) -> None: ...
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Concatenate, Final, ParamSpec

import typer
from typer.core import TyperGroup

from cli import running
from cli.console import Console
from cli.errors import UsageError
from cli.exits import EPILOG
from cli.helping import SpokenCommand, SpokenGroup
from cli.options import PASSPHRASE_FILES, Home, Json, Language
from cli.tool import Tool

P = ParamSpec("P")
_HOME: Final = "home"
_JSON: Final = "json_output"
_LANGUAGE: Final = "language"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of a command, with what its shared options said."""

    tool: Tool
    home: Path | None
    """The directory that was named, if one was."""
    passphrase_files: Mapping[str, Path | None]
    """By whose passphrase it is (``cli.options``), for those that the command takes."""
    root: TyperGroup
    """All commands of this program."""

    @property
    def directory(self) -> Path:
        """The directory of the home that was asked for. Raises UsageError ``no_home_given``."""
        if self.home is None:
            raise UsageError(
                "no_home_given",
                "没有指明在哪个目录办理：请加 --home 目录，或设置环境变量 TITLECERT_HOME",
                "no home was named: add --home DIR or set TITLECERT_HOME",
            )
        return self.home.expanduser()

    def another(self, arguments: Sequence[str], tool: Tool) -> int:
        """Run another command line of this program and return its exit code."""
        return running.run(self.root, arguments, tool)


Body = Callable[Concatenate[Run, P], None]


def group() -> typer.Typer:
    """Return an empty group of commands; its help line stands in ``cli.tree``."""
    return typer.Typer(
        cls=SpokenGroup, epilog=EPILOG, no_args_is_help=True, add_completion=False, rich_markup_mode=None
    )


def command(
    app: typer.Typer, name: str, *, passphrases: Collection[str] = (), home: bool = True, epilog: str = EPILOG
) -> Callable[[Body[P]], Body[P]]:
    """Make a function a command of a group, with the shared options behind its own.

    Args:
        app: the group, or the Typer of this one command.
        name: as it is typed.
        passphrases: whose passphrase may be in a file that is named.
        home: whether it works on a home.
        epilog: what stands below its help.
    """

    def added(body: Body[P]) -> Body[P]:
        app.command(name, cls=SpokenCommand, epilog=epilog)(_framed(body, passphrases, home=home))
        return body

    return added


def group_itself(app: typer.Typer, *, passphrases: Collection[str] = ()) -> Callable[[Body[P]], Body[P]]:
    """As ``command``, for what a group does when it is called without the name of a command."""

    def added(body: Body[P]) -> Body[P]:
        app.callback(cls=SpokenGroup, invoke_without_command=True, no_args_is_help=False, epilog=EPILOG)(
            _framed(body, passphrases)
        )
        return body

    return added


def _framed(body: Body[P], passphrases: Collection[str], *, home: bool = True) -> Callable[..., None]:
    """The function that Typer sees: the body's own parameters, the shared ones, and the body's documentation."""

    def framed(context: typer.Context, *own: P.args, **given: P.kwargs) -> None:
        if context.invoked_subcommand is None:
            run = _run(context, given)
            body(run, *own, **given)

    context, *_ = inspect.signature(framed, eval_str=True).parameters.values()
    _, *own = inspect.signature(body, eval_str=True).parameters.values()
    named = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in own]
    framed.__signature__ = inspect.Signature([context, *named, *_shared(passphrases, home=home)])  # type: ignore[attr-defined]
    framed.__doc__ = body.__doc__
    return framed


def _shared(passphrases: Collection[str], *, home: bool) -> list[inspect.Parameter]:
    files = [option for whose, option in PASSPHRASE_FILES.items() if whose in passphrases]
    found = [(name, None, kind) for name, kind in files]
    found += [(_HOME, None, Home)] if home else []
    rest = ((_JSON, False, Json), (_LANGUAGE, None, Language))
    return [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
        for name, default, kind in (*found, *rest)
    ]


def _run(context: typer.Context, given: dict[str, Any]) -> Run:
    """The run, its shared options taken out of what was given."""
    root = context.find_root().command
    assert isinstance(root, TyperGroup)
    return Run(
        tool=_tool(context, json=given.pop(_JSON), language=given.pop(_LANGUAGE)),
        home=given.pop(_HOME, None),
        passphrase_files={w: given.pop(name) for w, (name, _) in PASSPHRASE_FILES.items() if name in given},
        root=root,
    )


def _tool(context: typer.Context, *, json: bool, language: str | None) -> Tool:
    tool = context.find_object(Tool)
    if tool is None:
        tool = context.obj = Tool()
    if not tool.console.quiet:
        tool.console = Console(language=language or tool.console.language, json=json)
    return tool
