"""Running one command line: its errors end as a few lines with a next step, and every end is an exit code.

Rules: ``cli.errors`` words every error; Ctrl-C ends with 130, and the same command goes on where it stopped.
    code = run(root, ["verify", "certificate.pdf", "--home", "./office"], Tool())
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from typer.core import TyperGroup
from typer.exceptions import TyperException

from cli import exits
from cli.console import Console
from cli.errors import Told, debugging, explain
from cli.tool import Tool


def run(root: TyperGroup, arguments: Sequence[str], tool: Tool) -> int:
    """Run one command with a tool, tell its errors, and return its exit code."""
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
