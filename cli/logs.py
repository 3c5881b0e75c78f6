"""Logs of the services as lines of JSON, for machines that collect them: no name, no number, no ``cti``, no sentence.

Rules: a line has ``event``, ``level``, ``time``, ``process`` and the fields in ``MAY_BE_SAID``; every other field is
dropped before the line is written, so that nothing of a person can come in by mistake. A text counts only where it is a
code, a word of this program or the name of a batch. Of another library's record the place in the program stays, of an
error its kind, places and code; their sentences are dropped. Without ``--log json`` people get sentences.

    line("published", sequence=7, certificates=24)
    '{"event": "published", "level": "info", ...}'
    with json_logs(): ...
"""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager, suppress
from datetime import date, datetime
from enum import Enum
from functools import cache
from types import TracebackType
from typing import Any, Final

from credential.errors import CodedError
from verifier.headers import ACCESS

MAY_BE_SAID: Final = frozenset(
    {
        *("event", "level", "time", "process", "logger", "code", "kind", "places"),
        *("topic", "batch", "sequence", "certificates", "sent", "failed", "given_up"),
        *("area", "method", "status", "milliseconds", "port", "errno", "state", "use", "version", "page", "tries"),
        *("since", "until", "last", "days", "count", "seconds", "ordinal", "workers"),
    }
)
"""All that a line may say."""
OWN: Final = frozenset({"event", "level", "time", "process"})
"""What every line says of itself."""
_WORD: Final = re.compile(r"[a-z][a-z_.]{0,60}", re.ASCII)
"""A code or the name of a logger: no digit, so no number of anybody, and no capital, so no claim code."""
_BATCH: Final = re.compile(r"[a-z][a-z-]{1,30}-[0-9]{4}", re.ASCII)
_FORMS: Final[Mapping[str, re.Pattern[str]]] = {
    "batch": _BATCH,
    "method": re.compile(r"[A-Z]{3,7}", re.ASCII),
    "area": re.compile(r"/(?:v|p|v1)/(?:verify|health|ready)?|other", re.ASCII),
    "kind": re.compile(r"[A-Z][A-Za-z]{2,60}", re.ASCII),
    "time": re.compile(r"[0-9T:.Z-]{20,30}", re.ASCII),
}
"""Of texts that are more than a word, by the field."""
_MOST_PLACES: Final = 12
_LEVELS: Final = frozenset({"debug", "info", "warning", "error", "critical"})


def is_batch(object: str) -> bool:
    """Whether the object of a piece of work is a batch: its name tells nothing of a person."""
    return _BATCH.fullmatch(object) is not None


def line(event: str, *, level: str = "info", **fields: object) -> str:
    """Return an event as a line of JSON."""
    written: str = getattr(_logger(), level)(event, **fields)
    return written


def write(event: str, fields: Mapping[str, object]) -> None:
    """Write an event to stderr."""
    say(line(event, level="info", **fields))


def say(written: str) -> None:
    """Write a line; where nobody hears it, it is lost."""
    with suppress(OSError):
        print(written, file=sys.stderr, flush=True)


def coded(error: CodedError) -> Mapping[str, object]:
    """Return what a line says of an error: its code, and of its values those that may be said."""
    return {name: value for name, value in error.fields.items() if name in MAY_BE_SAID - OWN} | {"code": error.code}


@contextmanager
def json_logs() -> Iterator[None]:
    """Write what other libraries log as lines of JSON too, during the block."""
    before = [(each, each.handlers[:], each.level, each.propagate) for each in _loggers()]
    json_lines()
    try:
        yield
    finally:
        for each, handlers, level, propagate in before:
            each.handlers[:], each.propagate = handlers, propagate
            each.setLevel(level)
        ACCESS.setLevel(logging.NOTSET)


def json_lines() -> None:
    """Write what is logged from now on as lines of JSON, to the end of this process.

    A library may have given a logger of its own a handler, or a level above ours: then its lines would miss this one.
    """
    root, *others = _loggers()
    for each in others:
        each.handlers[:], each.propagate = [], True
        if each.level > logging.WARNING:
            each.setLevel(logging.NOTSET)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines())
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    ACCESS.setLevel(logging.INFO)


def _loggers() -> list[logging.Logger]:
    """The root of all loggers, then those that there are by now."""
    named = logging.root.manager.loggerDict.values()
    return [logging.root, *(each for each in named if isinstance(each, logging.Logger))]


class _Lines(logging.Formatter):
    """A record of the standard library's logging as a line, without its sentence and its values."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        # Of the access log: method, area, status and milliseconds; a visitor chose nothing of it but the method.
        if record.name == ACCESS.name and isinstance(record.args, tuple) and len(record.args) == 4:
            method, area, status, took = record.args
            return line("answered", method=method, area=area, status=status, milliseconds=_rounded(took))
        level = record.levelname.lower()
        said: dict[str, object] = {"logger": record.name, "places": [f"{record.module}:{record.lineno}"]}
        error = None if record.exc_info is None else record.exc_info[1]
        if error is not None:
            said |= {"kind": type(error).__qualname__, "places": _places(error.__traceback__)}
        if isinstance(error, CodedError):
            said["code"] = error.code
        return line("log", level=level if level in _LEVELS else "info", **said)


def _rounded(value: object) -> object:
    return round(value, 1) if isinstance(value, float) else value


def _places(trace: TracebackType | None) -> list[str]:
    found: list[str] = []
    while trace is not None:
        found.append(f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}")
        trace = trace.tb_next
    return found[-_MOST_PLACES:]


def _only_what_may_be_said(_: Any, __: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {
        name: said for name, value in fields.items() if name in MAY_BE_SAID and (said := _said(name, value)) is not None
    }


def _said(name: str, value: object) -> object:
    """A value as a line says it, None where it may hold something of a person."""
    plain = value.value if isinstance(value, Enum) else value
    if isinstance(plain, datetime | date):
        return plain.isoformat()
    if isinstance(plain, bool | int | float) or (name == "places" and isinstance(plain, list)):
        return plain
    if not isinstance(plain, str):
        return None
    form = _FORMS.get(name, _WORD)
    return plain if form.fullmatch(plain) else None


def _process(_: Any, __: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    fields["process"] = os.getpid()
    return fields


def _level(_: Any, method: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    fields.setdefault("level", method)
    return fields


@cache
def _logger() -> Any:
    """What makes a line of an event; structlog is loaded when the first is made, and what it loads with it."""
    import structlog  # noqa: PLC0415 - a log for people needs none of it

    processors: list[Any] = [
        _level,
        _process,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        _only_what_may_be_said,
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]
    return structlog.wrap_logger(structlog.ReturnLogger(), processors=processors)
