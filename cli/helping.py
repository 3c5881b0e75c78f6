"""Help in the reader's language: each text is written once in both, and one of them is shown.

Rules: a help text is Chinese, then English, in one line or in a paragraph each. Lines to be typed are for both. What
Typer itself says (headings, defaults) is put into Chinese here. Lines are as wide as the terminal, at most 100 columns.

    >>> spoken("语言。Language.", "zh"), spoken("语言。Language.", "en")
    ('语言。', 'Language.')
"""

from __future__ import annotations

import inspect
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from typer.core import TyperCommand, TyperGroup

from cli.console import language_of
from cli.layout import GAP, width, wrapped
from cli.tool import Tool

WIDEST: Final = 100
"""Longer lines are hard to read."""
_NAMES: Final = 30
"""Columns of the longest option or command that its text stands beside."""
_CHINESE: Final = re.compile(r"[⺀-\U0003ffff…“”‘’—]")
_NUMBERED: Final = re.compile(r"\s*(?:\d+(?:\s+\d+)*\s+)?")
_TYPED: Final = re.compile(r"\s+titlecert \S")
_EXTRA: Final = re.compile(r"(?:^|\s+)(\[[^\[\]]*\])$")
_TYPERS: Final = (
    ("Usage", "用法"),
    ("Options", "选项"),
    ("Arguments", "参数"),
    ("Commands", "命令"),
    ("[OPTIONS]", "[选项]"),
    ("COMMAND [ARGS]...", "命令 [参数]..."),
    ("Show this message and exit.", "显示本说明。"),
    ("<int range>", "<整数>"),
    ("<int>", "<整数>"),
)
_OF_EXTRAS: Final = (("env var: ", "环境变量 "), ("default: ", "默认 "), ("required", "必填"), ("; ", "；"))
"""What stands in brackets behind the text of an option."""


def spoken(text: str, language: str) -> str:
    """Return the part of a help text that is in a language; lines to be typed are in both."""
    extra = _EXTRA.search(text)
    if extra is not None:
        said = spoken(text[: extra.start()], language)
        return f"{said}  {_put(extra[1], _OF_EXTRAS, language)}".strip()
    lines = list(_lines(text, language))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def typers(text: str, language: str) -> str:
    """Return what Typer says by itself in a language."""
    return _put(text, _TYPERS, language)


def _put(text: str, words: Sequence[tuple[str, str]], language: str) -> str:
    if language == "zh":
        for english, chinese in words:
            text = text.replace(english, chinese)
    return text


def _lines(text: str, language: str) -> Iterator[str]:
    typed = False
    for line in text.split("\n"):
        typed = bool(_TYPED.match(line)) or (typed and line.startswith("    "))
        if typed or not line.strip("\b "):
            yield line
            continue
        chinese, english = _parted(line)
        start = _NUMBERED.match(line)[0]  # type: ignore[index]  # it matches the empty text too
        colon = "：" if english.endswith(":") and not chinese.endswith("：") else ""
        found = chinese[len(start) :] + colon if language == "zh" else english
        if found.strip():
            yield start + found.strip()


def _parted(line: str) -> tuple[str, str]:
    """A line as its Chinese beginning and its English end; either may be empty."""
    last = max((found.end() for found in _CHINESE.finditer(line)), default=0)
    if not last and typers(line, "zh") != line and line.endswith("exit."):
        return typers(line, "zh"), line
    return line[:last], line[last:]


class Page:
    """The page of a help, written by Typer's own functions as into its ``HelpFormatter``."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.width = min(shutil.get_terminal_size().columns, WIDEST)
        self.current_indent = 0
        self._lines: list[str] = []

    def getvalue(self) -> str:
        """Return the page."""
        return "\n".join(self._lines)

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write how the command is typed."""
        colon = "：" if self.language == "zh" else ": "
        usage = f"{typers(prefix or 'Usage', self.language)}{colon}{prog} {typers(args, self.language)}"
        self._lines.append(wrapped(usage, self.width, hanging=width(prog) + 2))

    def write_paragraph(self) -> None:
        """Write an empty line."""
        if self._lines:
            self._lines.append("")

    def write_text(self, text: str) -> None:
        """Write paragraphs; those that begin with a backspace keep their lines."""
        for number, paragraph in enumerate(spoken(_joined(text), self.language).split("\n\n")):
            self._lines += [""] if number else []
            self._lines += self._paragraph(paragraph.replace("\b\n", "").replace("\b", ""))

    def write_dl(self, rows: Sequence[tuple[str, str]]) -> None:
        """Write names with their explanations beside them."""
        named = [(typers(name, self.language), spoken(_joined(text), self.language)) for name, text in rows]
        most = min(max(width(name) for name, _ in named), _NAMES)
        beside = self.current_indent + most + GAP
        for name, text in named:
            first = " " * self.current_indent + name
            if width(name) > most:
                self._lines.append(first)
                first = ""
            line = first + " " * (beside - width(first)) + text
            self._lines.append(wrapped(line, self.width, hanging=beside).rstrip())

    @contextmanager
    def section(self, name: str) -> Iterator[None]:
        """Write a heading; what follows is indented."""
        self.write_paragraph()
        self._lines.append(typers(name, self.language) + ("：" if self.language == "zh" else ":"))
        with self.indentation():
            yield

    @contextmanager
    def indentation(self) -> Iterator[None]:
        """Indent what follows."""
        self.current_indent += 2
        yield
        self.current_indent -= 2

    def _paragraph(self, text: str) -> Iterator[str]:
        """The lines, wrapped, but for those to be typed."""
        typed = False
        for line in text.split("\n"):
            indented = " " * self.current_indent + line
            typed = bool(_TYPED.match(line)) or (typed and line.startswith("    "))
            yield indented if typed else wrapped(indented, self.width, hanging=len(indented) - len(indented.lstrip()))


def _joined(text: str) -> str:
    """A text whose paragraphs are one line for each language, but for those that keep their lines."""
    paragraphs = inspect.cleandoc(text).split("\n\n")
    return "\n\n".join(each if each.startswith("\b") else _unwrapped(each) for each in paragraphs)


def _unwrapped(paragraph: str) -> str:
    lines = paragraph.split("\n")
    joined = lines[0]
    for line in lines[1:]:
        new_language = _CHINESE.search(joined) and not _CHINESE.search(line) and joined[-1:] in "。！"
        joined += ("\n" if new_language else " ") + line
    return joined


class _Spoken:
    """What commands and groups have in common."""

    help: str | None

    def get_help(self, context: Any) -> str:
        """Return the page in the language that was asked for."""
        page = Page(asked(context))
        self.format_help(context, page)  # type: ignore[attr-defined]
        return page.getvalue()

    def get_short_help_str(self, limit: int = 45) -> str:
        """Return the whole first paragraph in both languages; the page takes one of them and wraps it."""
        del limit
        return inspect.cleandoc(self.help or "").split("\n\n")[0]

    def shell_complete(self, context: Any, incomplete: str) -> list[Any]:
        """Return what may follow, explained in the language of the environment."""
        found: list[Any] = super().shell_complete(context, incomplete)  # type: ignore[misc]
        for each in found:
            each.help = each.help and spoken(_joined(each.help), language_of(os.environ))
        return found


class SpokenCommand(_Spoken, TyperCommand):
    """A command whose help is in the reader's language."""


class SpokenGroup(_Spoken, TyperGroup):
    """A group whose help is in the reader's language."""


def asked(context: Any) -> str:
    """Return the language of this run; that of the environment where none was asked for."""
    tool = context.find_object(Tool)
    return language_of(os.environ) if tool is None else tool.console.language
