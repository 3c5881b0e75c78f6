"""Every code that the program raises or reports, read from its syntax trees: where, of which class, with which fields.

[each.code for each in raised()]
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from tests.support.tools import ROOT

PACKAGES: Final = ("credential", "keys", "templates", "issuer", "verifier", "cli")
REPORTS: Final[Mapping[str, str | int]] = {
    "HeldBack": "code",
    "Finding": "code",
    "Trouble": "code",
    "_told": 1,
    "_held": 0,
}
"""What reports a code without raising it: the keyword or the place of the code."""
OTHER_ARGUMENTS: Final = frozenset(
    {
        *(
            "DocumentError",
            "FaceDiffersError",
            "FontError",
            "QrTooLargeError",
            "RenderError",
            "SealError",
        ),
        *(
            "UnprintableNameError",
            "UnknownDesignError",
            "RecordedError",
            "StoppedError",
            "DecidedError",
            "ProblemError",
        ),
        *("FetchError", "NotFoundError", "UnreachableError", "OversizeError", "WrongDigestError", "TrustError"),
    }
)
"""Errors whose first argument is no code. The issuer's ``NotFoundError`` takes one, the verifier's a path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """One place that raises or reports a code."""

    code: str
    kind: str
    where: str
    fields: frozenset[str]
    any_field: bool
    """Whether fields come from elsewhere too, as ``**fields``."""


@cache
def raised() -> tuple[Raised, ...]:
    """Return every place that names a code."""
    return tuple(each for path in _sources() for each in _of(path))


@cache
def unresolved() -> frozenset[str]:
    """Return the places, ``file:expression``, whose code is worked out when it is raised."""
    found = ((path, call) for path in _sources() for call in _calls(path))
    return frozenset(
        f"{path.relative_to(ROOT).as_posix()}: {ast.unparse(code)}"
        for path, call in found
        if (code := _code_of(path, call)) is not None and not _constants(code)
    )


def _sources() -> Iterator[Path]:
    for package in PACKAGES:
        yield from sorted((ROOT / package).rglob("*.py"))


def _calls(path: Path) -> Iterator[ast.Call]:
    text = path.read_text(encoding="utf-8")
    if not any(f"{name}(" in text for name in (*REPORTS, "Error")):
        return iter(())
    return (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))


def _of(path: Path) -> Iterator[Raised]:
    for call in _calls(path):
        code = _code_of(path, call)
        for each in [] if code is None else _constants(code):
            yield Raised(
                code=each,
                kind=_name(call),
                where=f"{path.relative_to(ROOT).as_posix()}:{call.lineno}",
                fields=frozenset(key.arg for key in call.keywords if key.arg),
                any_field=any(key.arg is None for key in call.keywords),
            )


def _code_of(path: Path, call: ast.Call) -> ast.expr | None:
    name = _name(call)
    if name in REPORTS:
        return _reported(call, REPORTS[name])
    if not name.endswith("Error") or hasattr(builtins, name) or not call.args:
        return None
    is_other = name in OTHER_ARGUMENTS and not (name == "NotFoundError" and path.is_relative_to(ROOT / "issuer"))
    return None if is_other or isinstance(call.args[0], ast.Starred) else call.args[0]


def _reported(call: ast.Call, place: str | int) -> ast.expr | None:
    if isinstance(place, str):
        found = next((key.value for key in call.keywords if key.arg == place), None)
    else:
        found = call.args[place] if len(call.args) > place else None
    return found if found is not None and _constants(found) else None


def _constants(code: ast.expr) -> list[str]:
    if isinstance(code, ast.IfExp):
        return [*_constants(code.body), *_constants(code.orelse)]
    return [code.value] if isinstance(code, ast.Constant) and isinstance(code.value, str) else []


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
