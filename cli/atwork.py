"""Who works on what, in words: the pieces that processes have just now.

tool.say(*2 * [told(tool, work.held(opened))])
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cli import names
from cli.tool import Tool
from issuer.services.work import Lease


def told(tool: Tool, held: Sequence[Lease]) -> str:
    """Return a table; empty where nobody works on anything."""
    if not held:
        return ""
    pairs = (
        ("事项", "work"),
        ("对象", "on"),
        ("行", "rows"),
        ("办理进程", "process"),
        ("开始", "since"),
        ("无消息则到期", "until, unless it goes on"),
    )
    language = tool.console.language
    cells = [
        (
            tool.name("topic", each.topic),
            each.object,
            _rows(each),
            each.owner,
            names.shown(each.since, "second", language),
            names.shown(each.until, "second", language),
        )
        for each in held
    ]
    return tool.table(pairs, cells, kept=("work", "on", "rows", "since", "until, unless it goes on"))


def plain(held: Sequence[Lease]) -> list[dict[str, Any]]:
    """Return the same for ``--json``; rows are counted from 1 among those that passed the check."""
    return [
        {
            "topic": each.topic,
            "object": each.object,
            "piece": each.piece,
            "first_row": each.first + 1 if each.last else None,
            "last_row": each.last or None,
            "process": each.owner,
            "since": each.since.isoformat(),
            "until": each.until.isoformat(),
            "fence": each.fence,
        }
        for each in held
    ]


def _rows(lease: Lease) -> str:
    return f"{lease.first + 1}–{lease.last}" if lease.last else "—"
