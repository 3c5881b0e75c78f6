"""The ``titlecert`` command: its tree, and the one place where a run is put together.

Rules: importing this module loads neither the issuer's side nor a web framework; each command imports what it needs.
Errors end as a few lines with a next step and an exit code (``cli.exits``); Ctrl-C ends with 130, and the same command
goes on where it stopped.

    sys.exit(main(["verify", "certificate.pdf", "--home", "./office"]))
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated

import typer
from typer.exceptions import TyperException
from typer.main import get_command

from cli import exits
from cli.commands import (
    authorities,
    batches,
    catalogue,
    certificates,
    committees,
    demonstration,
    keyring,
    operators,
    publishing,
    regions,
    serving,
    setup,
    specialties,
    status,
    verifying,
)
from cli.console import Console
from cli.errors import Told, debugging, explain
from cli.exits import EPILOG
from cli.tool import Clock, Tool, system_clock

app = typer.Typer(
    name="titlecert",
    help=(
        "职称电子证书：签发、制作、撤销、查验。"
        "Issue, carry, withdraw and verify electronic professional-title certificates."
        "\n\n\b\n先看演示 To see it at work:  titlecert demo"
        "\n查验证书 To check one:       titlecert verify FILE --publication P --trust-root F"
    ),
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
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
) -> None:
    """职称电子证书。Electronic professional-title certificates."""


demonstration.register(app)
verifying.register(app)
serving.register(app)
setup.register(app)
for _name, _group in (
    ("region", regions),
    ("authority", authorities),
    ("committee", committees),
    ("specialty", specialties),
    ("operator", operators),
    ("catalogue", catalogue),
    ("batch", batches),
    ("certificate", certificates),
):
    app.add_typer(_group.app, name=_name, epilog=EPILOG)
status.register(app)
publishing.register(app)
app.add_typer(keyring.app, name="keys", epilog=EPILOG)


def main(arguments: Sequence[str] | None = None, *, clock: Clock = system_clock, tool: Tool | None = None) -> int:
    """Run one command and return its exit code.

    Args:
        arguments: without the program's name; None for those of the process.
        clock: gives aware UTC instants.
        tool: another setting than the usual one, for tests.
    """
    _write_any_character()
    given = list(sys.argv[1:] if arguments is None else arguments)
    return run(given, tool or Tool(clock=clock))


def run(arguments: Sequence[str], tool: Tool) -> int:
    """Run one command with a tool, tell its errors, and return its exit code."""
    try:
        code = get_command(app).main(list(arguments), prog_name="titlecert", standalone_mode=False, obj=tool)
        if code == exits.INTERRUPTED:  # what Typer makes of Ctrl-C
            raise KeyboardInterrupt
        return code if isinstance(code, int) else tool.exit_code
    except TyperException as error:
        return _usage(error)
    except KeyboardInterrupt:
        tool.say(
            "已中断。没有办完的，重新运行同一条命令即可继续。",
            "Interrupted. Run the same command again to go on where it stopped.",
        )
        return exits.INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return exits.FAILED
    except Exception as error:
        if debugging():
            raise
        return _tell(explain(error), tool, list(arguments))


def _tell(told: Told, tool: Tool, arguments: list[str]) -> int:
    language = _asked_language(arguments) or tool.console.language
    print(told.text(language), file=sys.stderr, flush=True)
    if tool.console.json or "--json" in arguments:
        Console(language=language, json=True).answer(told.plain(language), "")
    return told.exit_code


def _asked_language(arguments: list[str]) -> str | None:
    """The language asked for, also when the error came before the command had read its options."""
    for place, word in enumerate(arguments[:-1]):
        if word == "--lang" and arguments[place + 1] in {"zh", "en"}:
            return arguments[place + 1]
    return None


def _usage(error: TyperException) -> int:
    show: Callable[[], None] | None = getattr(error, "show", None)
    if show is None:
        print(error.format_message(), file=sys.stderr)
    else:
        show()
    return int(getattr(error, "exit_code", exits.USAGE))


def _write_any_character() -> None:
    """Names hold any character; a terminal that cannot show one gets its code point instead of an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


if __name__ == "__main__":
    sys.exit(main())
