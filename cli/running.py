"""Running one command line: its errors end as a few lines with a next step, and every end is an exit code.

Rules: ``cli.errors`` words every error; Ctrl-C ends with 130, a hang-up with 129, SIGTERM with 143, and the same
command goes on where it stopped. An answer that nobody can read is no failure of what was done, and is told as that.

    code = run(root, ["verify", "certificate.pdf", "--home", "./office"], Tool())
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import suppress

from typer.core import TyperGroup
from typer.exceptions import TyperException

from cli import exits, signals
from cli.console import Console, give_up_stdout
from cli.errors import NOT_WRITTEN, CliError, Told, debugging, explain
from cli.tool import Tool


def run(root: TyperGroup, arguments: Sequence[str], tool: Tool) -> int:
    """Run one command with a tool, tell its errors, and return its exit code."""
    with signals.heard() as heard:
        try:
            code = root.main(list(arguments), prog_name="titlecert", standalone_mode=False, obj=tool)
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
            return heard.exit_code(exits.INTERRUPTED)
        except BrokenPipeError:  # help that nobody reads to its end
            give_up_stdout()
            return exits.FAILED
        except Exception as error:
            if debugging():
                raise
            told = explain(error)
            code = _tell(told, tool, list(arguments))
            return heard.exit_code(code) if code == exits.INTERRUPTED else code


def _tell(told: Told, tool: Tool, arguments: list[str]) -> int:
    language = _asked_language(arguments) or tool.console.language
    with suppress(OSError):  # a closed terminal: the exit code is all that is left to say
        print(told.text(language), file=sys.stderr, flush=True)
    if (tool.console.json or "--json" in arguments) and told.code != NOT_WRITTEN:
        with suppress(CliError):
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
