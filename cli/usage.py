"""What was typed and cannot be read, in the reader's language: an unknown option, a missing argument, a wrong value.

Rules: Typer's errors are known by the names of their classes and by what they carry; where only its English sentence
says what is wrong, what stands in quotes in it is taken, and nothing else is shown in Chinese. ``--json`` and
``--lang`` may stand before the command too.

    told = usage.told(error)
    arguments = usage.ordered(["--json", "batch", "list"])
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from typing import Final

from typer.exceptions import TyperException

from cli import exits
from cli.errors import Told
from cli.helping import typers

CODE: Final = "usage"
HELP: Final = "NoArgsIsHelpError"
_COMMAND_WORDS: Final = 2
"""A command has a name, or the name of its group and its own."""
HELP_OPTIONS: Final = frozenset({"--help", "-h"})
_QUOTED: Final = re.compile(r"'([^']*)'")
_LIMIT: Final = re.compile(r"should be (greater|less) than or equal to (\S+)")
_EXTRA: Final = re.compile(r"unexpected extra arguments? \((.*)\)")


def told(error: TyperException) -> Told:
    """Return how an error of usage is told: the sentence, the usage line, and where the help is."""
    context = getattr(error, "ctx", None)
    command = "titlecert" if context is None else context.command_path
    usage = "" if context is None else " ".join(context.get_usage().split())
    chinese = usage.replace("Usage: ", "用法：", 1)
    return Told(
        code=CODE,
        headline=(_sentence(error), error.format_message().rstrip(".")),
        detail=usage,
        detail_zh=typers(chinese, "zh"),
        next_step=(f"运行 `{command} --help` 查看写法", f"`{command} --help` shows how it is written"),
        exit_code=int(getattr(error, "exit_code", exits.USAGE)),
    )


def ordered(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with ``--json`` and ``--lang`` behind the command's name, where they stood before it.

    Where help is asked for they are left out, and ``--lang`` where there is no command: groups have no such options.
    """
    if HELP_OPTIONS & set(arguments):
        return _without_shared(arguments, {"--json"})
    names, moved, rest = 0, list[str](), list(arguments)
    place = 0
    while place < len(rest) and names < _COMMAND_WORDS:
        word = rest[place]
        taken = 1 if word == "--json" or word.startswith("--lang=") else 2 if word == "--lang" else 0
        if taken:
            moved += rest[place : place + taken]
            del rest[place : place + taken]
        elif word.startswith("-"):
            break
        else:
            names, place = names + 1, place + 1
    if not names:
        # An option that cannot stand there is what is wrong, not the ones that could.
        return _without_shared(rest or arguments, set())
    return [*rest[:place], *moved, *rest[place:]]


def _without_shared(arguments: Sequence[str], flags: Set[str]) -> list[str]:
    """The arguments without ``--lang`` and its word, and without these flags."""
    found, skip = list[str](), False
    for word in arguments:
        if not skip and word not in {"--lang", *flags} and not word.startswith("--lang="):
            found.append(word)
        skip = word == "--lang"
    return found


def _sentence(error: TyperException) -> str:
    hint = _hint(error)
    match type(error).__name__:
        case "NoSuchOption":
            return f"没有选项 {getattr(error, 'option_name', '')}{_perhaps(getattr(error, 'possibilities', None))}"
        case "MissingParameter":
            return f"缺少 {hint}" if hint else "缺少一项"
        case "BadOptionUsage":
            return f"选项 {getattr(error, 'option_name', '')} 的写法不对：要么缺值，要么不该带值"
        case "BadParameter":
            return _bad_value(hint, error.message)
    return _plain(error.format_message())


def _bad_value(hint: str, message: str) -> str:
    quoted = _QUOTED.findall(message)
    if limit := _LIMIT.search(message):
        return f"{hint}：不能{'小' if limit[1] == 'greater' else '大'}于 {limit[2]}"
    if "valid integer" in message:
        return f"{hint}：应是整数"
    value = f"“{quoted[0]}”不能用" if quoted else "值不能用"
    choices = f"，可用 {'、'.join(quoted[1:])}" if quoted[1:] else ""
    return f"{hint}：{value}{choices}" if hint else f"{value}{choices}"


def _plain(sentence: str) -> str:
    if extra := _EXTRA.search(sentence):
        return f"多写了 {extra[1]}"
    quoted = _QUOTED.findall(sentence)
    if sentence.startswith("No such command"):
        return f"没有命令 {quoted[0] if quoted else ''}{_perhaps(quoted[1:])}"
    if sentence.startswith("Missing command"):
        return "没有写命令"
    return f"用法有误：{'、'.join(quoted)}" if quoted else "用法有误"


def _perhaps(words: Sequence[str] | None) -> str:
    return f"（可能是 {'、'.join(sorted(words))}）" if words else ""


def _hint(error: TyperException) -> str:
    """What the error is about, as the help writes it: ``--role``, ``THING...``."""
    hint = getattr(error, "param_hint", None)
    parameter = getattr(error, "param", None)
    if hint is None and parameter is not None:
        hint = parameter.get_error_hint()
    words = [hint] if isinstance(hint, str) else list(hint or ())
    return " / ".join(word.strip("'") for word in words)
