"""Running one command line: its errors end as a few lines with a next step, and every end is an exit code.

Rules: ``cli.errors`` words every error; Ctrl-C ends with 130, a hang-up with 129, SIGTERM with 143, and the same
command goes on where it stopped. An answer that nobody can read is no failure of what was done, and is told as that.

    code = run(root, ["verify", "certificate.pdf", "--home", "./office"], Tool())
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Final

from typer.core import TyperGroup
from typer.exceptions import TyperException

from cli import exits, signals, usage
from cli.console import Console, give_up_stdout, talk_columns
from cli.errors import NOT_WRITTEN, CliError, Told, debugging, explain
from cli.layout import prose
from cli.tool import Tool

_INTERRUPTED: Final = Told(
    code="interrupted",
    headline=("已中断", "Interrupted"),
    detail="what is done is kept",
    detail_zh="已办的不会丢失",
    next_step=("重新运行同一条命令即可继续", "run the same command again to go on where it stopped"),
    exit_code=exits.INTERRUPTED,
)


def run(root: TyperGroup, arguments: Sequence[str], tool: Tool) -> int:
    """Run one command with a tool, tell its errors, and return its exit code."""
    given = usage.ordered(arguments)
    tool.console.language = _asked_language([*arguments]) or tool.console.language
    with signals.heard() as heard:
        try:
            code = root.main(given, prog_name="titlecert", standalone_mode=False, obj=tool)
            if code == exits.INTERRUPTED:  # what Typer makes of Ctrl-C
                raise KeyboardInterrupt
            return code if isinstance(code, int) else tool.exit_code
        except TyperException as error:
            return _usage(error, tool, given)
        except KeyboardInterrupt:
            return _tell(replace(_INTERRUPTED, exit_code=heard.exit_code(exits.INTERRUPTED)), tool, given)
        except BrokenPipeError:  # help that nobody reads to its end
            give_up_stdout()
            return exits.FAILED
        except Exception as error:
            if debugging():
                raise
            told = explain(error)
            code = _tell(told, tool, given)
            return heard.exit_code(code) if code == exits.INTERRUPTED else code


def _tell(told: Told, tool: Tool, arguments: list[str]) -> int:
    language = _asked_language(arguments) or tool.console.language
    with suppress(OSError):  # a closed terminal: the exit code is all that is left to say
        print(prose(told.text(language), talk_columns()), file=sys.stderr, flush=True)
    wanted = (tool.console.json or "--json" in arguments) and not tool.console.quiet
    if wanted and told.code != NOT_WRITTEN and not tool.console.answered:
        with suppress(CliError):
            Console(language=language, json=True).answer(told.plain(language), "")
    return told.exit_code


def _asked_language(arguments: list[str]) -> str | None:
    """The language asked for, also when the error came before the command had read its options."""
    for word, following in zip(arguments, [*arguments[1:], ""], strict=False):
        asked = following if word == "--lang" else word.removeprefix("--lang=")
        if word.startswith("--lang") and asked in {"zh", "en"}:
            return asked
    return None


def _usage(error: TyperException, tool: Tool, arguments: list[str]) -> int:
    show: Callable[[], None] | None = getattr(error, "show", None)
    if type(error).__name__ == usage.HELP and show is not None:
        show()
        return int(getattr(error, "exit_code", exits.USAGE))
    return _tell(usage.told(error), tool, arguments)
