"""The ``titlecert`` command: the one place where a run is put together.

Rules: importing this module loads neither the issuer's side nor a web framework; ``cli.tree`` names the commands, and
each is imported when it is wanted. ``cli.running`` makes an exit code of every end.

    sys.exit(main(["verify", "certificate.pdf", "--home", "./office"]))
"""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated

import typer
from typer.core import TyperGroup
from typer.main import get_group

from cli import completion, running, tree
from cli.completion import Install, Show
from cli.exits import EPILOG
from cli.helping import SpokenGroup
from cli.tool import Clock, Tool, system_clock

app = typer.Typer(
    name="titlecert",
    help=(
        "职称电子证书：签发、制作、撤销、查验。"
        "Issue, carry, withdraw and verify electronic professional-title certificates."
        "\n\n\b\n先看演示，再查验证书：To see it at work, then to check one:"
        "\n  titlecert demo"
        "\n  titlecert verify FILE --publication P --trust-root F"
    ),
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    cls=SpokenGroup,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 120},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        try:
            print(f"titlecert {version('titlecert')}")
        except PackageNotFoundError:
            print("titlecert (not installed)")
        raise typer.Exit


@app.callback()
def titlecert(
    show_version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="显示版本。Show the version.")
    ] = False,
    install_completion: Install = False,
    show_completion: Show = False,
) -> None:
    """职称电子证书。Electronic professional-title certificates."""


def root() -> TyperGroup:
    """Return the group of all commands, none of them loaded."""
    found = get_group(app)
    found.commands = tree.commands()
    return found


def main(arguments: Sequence[str] | None = None, *, clock: Clock = system_clock, tool: Tool | None = None) -> int:
    """Run one command and return its exit code.

    Args:
        arguments: without the program's name; None for those of the process.
        clock: gives aware UTC instants.
        tool: another setting than the usual one, for tests.
    """
    _write_any_character()
    completion.prepare()
    given = list(sys.argv[1:] if arguments is None else arguments)
    return running.run(root(), given, tool or Tool(clock=clock))


def _write_any_character() -> None:
    """Names hold any character; a terminal that cannot show one gets its code point instead of an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
