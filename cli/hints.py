"""The words around errors, by the code that the services raise: a headline, an explanation, and the next step.

Rules: the words stand in data files, ``cli/words/*.toml``, in Chinese and English; no code has words in two files. An
explanation is a template over the ``fields`` of the error: ``{number}`` takes a field, ``{state:state}`` the word for
one (``cli.names``), ``{last:time}`` a clock's time; what stands in ``[ ]`` is left out where a field of it is missing.
A code without a headline or step of its own has those of its family: the error's class, or the nearest above it with
words. The codes of verdicts have the words of verdicts. In English the explanation is the sentence of what raised
the error, unless the files have one. Commands are named in the files, in backticks, and nowhere in the services.

    >>> explanation("no_batch", {"batch": "sf-hrss-0009"}, "zh")
    '登记簿里没有批次 sf-hrss-0009'
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

from cli import names
from credential.errors import CodedError
from credential.words import words as verdict_words

Pair = tuple[str, str]
Entry = Mapping[str, Mapping[str, str]]
"""By language (``zh``, ``en``), then ``headline``, ``text``, ``next``, each of which may be missing, and ``report``,
the headline where nothing was stopped."""

LANGUAGES: Final = ("zh", "en")
_FAMILIES: Final = "families.toml"
_NAMES: Final = "names.toml"
_STANDING: Final = "standing.toml"
OPTIONAL: Final = re.compile(r"\[([^\[\]]*)\]")
FIELD: Final = re.compile(r"\{([a-z_]+)(?::([a-z]+))?\}")


@cache
def entries() -> Mapping[str, Entry]:
    """Return the words of all codes. Raises ValueError when a code has words in two files."""
    found: dict[str, Entry] = {}
    for file in sorted(files("cli").joinpath("words").iterdir(), key=lambda each: each.name):
        if not file.name.endswith(".toml") or file.name in {_FAMILIES, _NAMES, _STANDING}:
            continue
        read = tomllib.loads(file.read_text(encoding="utf-8"))
        if twice := found.keys() & read.keys():
            raise ValueError(f"cli/words has words in two files for {', '.join(sorted(twice))}")
        found |= read
    return found


@cache
def families() -> Mapping[str, Entry]:
    """Return the words of families, by the name of the class: the issuer's side may not be loaded."""
    return tomllib.loads(files("cli").joinpath("words", _FAMILIES).read_text(encoding="utf-8"))


def headline(code: str, kind: type[CodedError]) -> Pair:
    """Return the headline of a code, or that of its family; Chinese, English."""
    return _pair("headline", _own(code), family_of(kind))


def next_step(code: str, kind: type[CodedError] = CodedError) -> Pair:
    """Return what to do next, by the code or its family; Chinese, English."""
    return _pair("next", _own(code), family_of(kind))


def report(code: str) -> Pair:
    """Return the headline of what is found and reported and stops nothing, by its code; Chinese, English."""
    found = _pair("report", _own(code))
    return found if all(found) else headline(code, CodedError)


def explanation(code: str, fields: Mapping[str, object], language: str) -> str:
    """Return the explanation of a code with the error's values; empty where there is none in the language."""
    return fill(_own(code).get(language, {}).get("text", ""), fields, language)


def family_of(kind: type[CodedError]) -> Entry:
    """Return the words of a class of errors, or of the nearest above it."""
    known = families()
    return next(known[each.__name__] for each in (*kind.__mro__, CodedError) if each.__name__ in known)


def fill(template: str, fields: Mapping[str, object], language: str) -> str:
    """Return a template with values; empty when a value is missing that does not stand in brackets."""
    told: list[str] = []
    for place, part in enumerate(OPTIONAL.split(template)):
        filled = _filled(part, fields, language)
        if filled is None and place % 2 == 0:
            return ""
        told.append(filled or "")
    return "".join(told)


def _own(code: str) -> Entry:
    """The words of a code: from the files, else a verdict's."""
    found = entries().get(code)
    if found is not None:
        return found
    said = verdict_words()["reasons"].get(code)
    if said is None:
        return {}
    return {each: {"headline": said[each]["title"], **_without_title(said[each])} for each in LANGUAGES}


def _without_title(said: Mapping[str, str]) -> dict[str, str]:
    return {part: said[part] for part in ("text", "next") if said[part]}


def _pair(part: str, *places: Entry) -> Pair:
    def first(language: str) -> str:
        return next((each[language][part] for each in places if part in each.get(language, {})), "")

    return first("zh"), first("en")


def _filled(part: str, fields: Mapping[str, object], language: str) -> str | None:
    wanted = FIELD.findall(part)
    if any(fields.get(name) in (None, "") for name, _ in wanted):
        return None
    return FIELD.sub(lambda found: names.shown(fields[found[1]], found[2], language), part)
