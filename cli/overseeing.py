"""What every service has around it: its log's form, what systemd is told, and the port for those who watch.

Rules: a service takes its options from the command line or from the environment, which systemd reads from a file; each
option says its variable. A log in JSON holds nothing of a person (``cli.logs``).

    with overseen(tool, log, alive=lambda: answers(place, "/v1/health")):
        serve()
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Annotated

import typer

from cli.notifying import managed
from cli.tool import Tool


class LogForm(StrEnum):
    """How a service tells what it does."""

    TEXT = "text"
    JSON = "json"


Log = Annotated[
    LogForm,
    typer.Option(
        "--log",
        envvar="TITLECERT_LOG",
        metavar="text|json",
        help="日志的写法：text 给人看，json 每行一个对象，不含个人信息。Form of the log: text for people, json for "
        "machines, without personal data.",
    ),
]
WatchPort = Annotated[
    str | None,
    typer.Option(
        "--metrics",
        envvar="TITLECERT_METRICS",
        metavar="[HOST:]PORT",
        help="监控用的端口（健康、就绪、指标），默认只在本机。Port for health, readiness and metrics; loopback unless "
        "a host is named.",
    ),
]


@contextmanager
def overseen(tool: Tool, log: LogForm, *, alive: Callable[[], bool]) -> Iterator[None]:
    """Put around a service what it has around it.

    Args:
        tool: says what the service does.
        log: the form of that.
        alive: whether the service answers now, for systemd.
    """
    with log_in(tool, log), managed(alive, os.environ):
        yield


@contextmanager
def log_in(tool: Tool, log: LogForm) -> Iterator[None]:
    """Tell what happens in the block in a form; within another such block nothing changes."""
    if log is LogForm.TEXT or tool.console.structured:
        yield
        return
    from cli.logs import json_logs  # noqa: PLC0415 - a log for people needs no structlog

    tool.console.structured = True
    try:
        with json_logs():
            yield
    finally:
        tool.console.structured = False
