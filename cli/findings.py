"""The words of how things stand: levels, checks, findings, advice, from ``cli/words/standing.toml``.

Rules: a finding's text is a template over its subject and its numbers, as in ``cli.hints``. Beside the kinds of names
that those know, ``why`` takes codes of errors and shows their headlines, ``reason`` the code of a verdict, and sizes in
bytes are shown in GiB. What has no words is an error of this program, which a test finds.

    text(finding, "zh"), advice(finding, "zh")
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

from cli import hints
from credential.errors import CodedError
from issuer.services.standing import Finding

_SIZES: Final = frozenset({"free", "total"})
_CODES: Final = frozenset({"why", "reason"})
_GIB: Final = 1 << 30


@cache
def known() -> Mapping[str, Mapping[str, tuple[str, str]]]:
    """Return all words: by ``level``, ``check``, ``finding`` or ``advice``, then by code, Chinese and English."""
    return tomllib.loads(files("cli").joinpath("words", "standing.toml").read_text(encoding="utf-8"))


def word(kind: str, code: str, language: str) -> str:
    """Return the words of a level or a check. Raises KeyError for one that there is not."""
    return known()[kind][code][0 if language == "zh" else 1]


def text(finding: Finding, language: str) -> str:
    """Return what was found, in one sentence."""
    return hints.fill(word("finding", finding.code, language), _values(finding, language), language)


def advice(finding: Finding, language: str) -> str:
    """Return what to do next; empty where nothing is to be done."""
    if not finding.advice:
        return ""
    return hints.fill(word("advice", finding.advice, language), _values(finding, language), language)


def _values(finding: Finding, language: str) -> Mapping[str, object]:
    shown = {name: _shown(name, value, language) for name, value in finding.numbers.items()}
    return {"subject": finding.subject, **shown}


def _shown(name: str, value: object, language: str) -> object:
    if name in _SIZES and isinstance(value, int):
        return f"{value / _GIB:.1f} GiB"
    if name in _CODES and isinstance(value, str):
        place = 0 if language == "zh" else 1
        said = [hints.headline(code, CodedError)[place] for code in value.split(", ")]
        return ("；" if language == "zh" else "; ").join(said)
    return value
