"""What people call what the program stores: roles, states, acts, uses of keys, outcomes, in the reader's language.

Rules: the names stand in ``cli/words/names.toml``, and nowhere else. A word that has no name there is shown as it is
stored, which is what a later program's words are to this one.

    >>> name("role", "clerk", "zh"), name("state", "issued", "en")
    ('经办', 'issued')
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Set
from datetime import datetime
from enum import Enum
from functools import cache
from importlib.resources import files
from typing import Final

from credential import days

_FORMS: Final = {"time": "%Y-%m-%d %H:%M", "second": "%Y-%m-%d %H:%M:%S"}


@cache
def known() -> Mapping[str, Mapping[str, tuple[str, str]]]:
    """Return all names: by kind, by the stored word, Chinese and English."""
    return tomllib.loads(files("cli").joinpath("words", "names.toml").read_text(encoding="utf-8"))


def name(kind: str, word: str, language: str) -> str:
    """Return the name of a stored word, or the word."""
    found = known()[kind].get(word)
    return word if found is None else found[0 if language == "zh" else 1]


def shown(value: object, kind: str, language: str) -> str:
    """Return a value of an error as a sentence shows it.

    Args:
        value: a field of an error.
        kind: empty for the value itself, ``time`` for an instant, ``second`` for one to the second, else a kind of
            names.
        language: ``zh`` or ``en``.
    """
    plain = value.value if isinstance(value, Enum) else value
    if kind in _FORMS:
        instant = plain if isinstance(plain, datetime) else datetime.fromisoformat(str(plain))
        return format(instant.astimezone(days.SHANGHAI), _FORMS[kind])
    if isinstance(plain, list | tuple | Set):
        return ("、" if language == "zh" else ", ").join(shown(each, kind, language) for each in plain)
    if kind:
        return name(kind, str(plain), language)
    return "".join(each if each.isprintable() else "�" for each in str(plain))
