"""Completion of commands and options by the shell, set up by Typer's own functions, explained in both languages.

titlecert --install-completion
titlecert --show-completion
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Final

import typer
from typer import completion

from cli.console import Console
from cli.errors import UsageError
from cli.helping import asked

PROGRAM: Final = "titlecert"
COMPLETE_VARIABLE: Final = "_TITLECERT_COMPLETE"
_SHELLS: Final = ("bash", "zsh", "fish")


def prepare() -> None:
    """Let Typer answer where a shell asks what may follow; otherwise do nothing."""
    if COMPLETE_VARIABLE in os.environ:
        completion.completion_init()  # type: ignore[attr-defined]


def _shell() -> str:
    found = Path(os.environ.get("SHELL", "")).name
    if found not in _SHELLS:
        raise UsageError(
            "no_shell",
            f"认不出终端程序（环境变量 SHELL），自动补全支持 {'、'.join(_SHELLS)}",
            f"SHELL names no shell that is known; completion works in {', '.join(_SHELLS)}",
        )
    return found


def _install(context: typer.Context, wanted: bool) -> None:
    if wanted:
        _, path = completion.install(  # type: ignore[attr-defined]
            shell=_shell(), prog_name=PROGRAM, complete_var=COMPLETE_VARIABLE
        )
        said = Console(language=asked(context), json=False)
        print(said.pick(f"已写入 {path}，重新打开终端后生效。", f"Wrote {path}; it works in the next terminal."))
        raise typer.Exit


def _show(wanted: bool) -> None:
    if wanted:
        script = completion.get_completion_script(  # type: ignore[attr-defined]
            prog_name=PROGRAM, complete_var=COMPLETE_VARIABLE, shell=_shell()
        )
        print(script)
        raise typer.Exit


Install = Annotated[
    bool,
    typer.Option(
        "--install-completion",
        callback=_install,
        is_eager=True,
        help="让终端按 Tab 键补全命令和选项。Let the shell complete commands and options.",
    ),
]
Show = Annotated[
    bool,
    typer.Option(
        "--show-completion",
        callback=_show,
        is_eager=True,
        help="只显示补全脚本，不安装。Print the completion script instead of installing it.",
    ),
]
