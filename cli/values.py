"""Reading what is typed: days, lists of numbers, identifiers. Refused with the option's name and an example.

>>> sorted(numbers("5,22", "--series"))
[5, 22]
>>> numbers("*", "--series") is None
True
"""

from __future__ import annotations

import re
from datetime import date

from cli.errors import UsageError
from cli.tool import Tool
from credential import days
from credential.errors import CredentialError
from credential.words import words as words_for_people

_NUMBERS = re.compile(r"[0-9]{1,5}(,[0-9]{1,5})*", re.ASCII)


def day(text: str, option: str) -> date:
    """Return the civil day of ``YYYY-MM-DD``. Raises UsageError ``bad_date``."""
    try:
        return days.parse_date(text)
    except CredentialError as error:
        raise UsageError(
            "bad_date",
            f"{option}：{text!r} 不是日期，请写成 2026-06-30",
            f"{option}: {text!r} is no date; write it like 2026-06-30",
        ) from error


def optional_day(text: str | None, option: str) -> date | None:
    """As ``day``, None for nothing."""
    return None if text is None else day(text, option)


def numbers(text: str, option: str) -> frozenset[int] | None:
    """Return the numbers of ``5,22``; None, which means all, for ``*``. Raises UsageError ``bad_numbers``."""
    if text == "*":
        return None
    if not _NUMBERS.fullmatch(text):
        raise UsageError(
            "bad_numbers",
            f"{option}：{text!r} 应是用逗号隔开的编号（如 5,22），或 '*' 表示全部",
            f"{option}: {text!r} is neither numbers with commas (5,22) nor '*' for all",
        )
    return frozenset(int(each) for each in text.split(","))


def some_numbers(text: str, option: str) -> frozenset[int]:
    """As ``numbers``, where none is possible (empty text) and all is not."""
    if not text:
        return frozenset()
    found = numbers(text, option)
    if found is None:
        raise UsageError(
            "bad_numbers", f"{option}：这里要逐一写出编号", f"{option}: the numbers are named one by one here"
        )
    return found


def words(text: str) -> tuple[str, ...]:
    """Return the words of ``issue,suspend``."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


def shown(found: frozenset[int] | None) -> str:
    """Return numbers as they are typed."""
    return "*" if found is None else ",".join(map(str, sorted(found)))


def named(tool: Tool, section: str, found: frozenset[int] | None) -> str:
    """Return levels or ways by their names (``credential.words``)."""
    if found is None:
        return tool.pick("全部", "all")
    told = words_for_people()[section]
    return tool.pick("、", ", ").join(told[str(each)][tool.console.language]["title"] for each in sorted(found))


def listed(found: frozenset[int] | None) -> str | list[int]:
    """Return numbers as JSON holds them."""
    return "*" if found is None else sorted(found)
