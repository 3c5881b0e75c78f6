"""Where the work on a batch stands, in words: public, documents, paused, by whom it is worked on, what failed last.

data |= plain(tool, found)
parts.append(told(tool, found))
"""

from __future__ import annotations

from typing import Any

from cli.console import local_time
from cli.errors import noted
from cli.hints import entries, next_step
from cli.tool import Tool
from issuer.services.batches import Batch
from issuer.services.pacing import Failed, Pending, Standing


def rows_left(batch: Batch) -> int:
    """Return how many rows are not issued and may be."""
    return batch.rows_waiting + batch.rows_reserved


def plain(tool: Tool, found: Standing) -> dict[str, Any]:
    """Return where it stands for ``--json``."""
    batch = found.batch
    return {
        "published": found.published,
        "documents": found.documents,
        "paused_at": batch.paused_at and batch.paused_at.isoformat(),
        "limit_left": found.left_now,
        "work": [
            {
                "topic": each.topic.value,
                "asked_at": each.asked_at.isoformat(),
                "worker": each.taken_by,
                "since": each.taken_at and each.taken_at.isoformat(),
            }
            for each in found.works
        ],
        "failed": [_failed_json(tool, each) for each in found.failed],
    }


def told(tool: Tool, found: Standing) -> str:
    """Return where it stands as labels with their values; what nobody asked for is left out."""
    batch = found.batch
    if not (batch.rows_issued or batch.rows_reserved or found.works or batch.paused_at):
        return ""
    pairs: list[tuple[str, object]] = [
        (tool.pick("已公布", "published"), f"{found.published}/{batch.rows_issued}"),
        (tool.pick("PDF", "documents"), f"{found.documents}/{batch.rows_issued}"),
    ]
    if batch.paused_at is not None:
        since = local_time(batch.paused_at.isoformat())
        pairs.append((tool.pick("暂停", "paused"), tool.pick(f"自 {since} 起", f"since {since}")))
    if found.left_now is not None and rows_left(batch):
        left = found.left_now
        zh, en = (f"还发 {left} 张", f"{left} more are issued now") if left else ("已发够", "reached")
        pairs.append((tool.pick("限发", "limit"), tool.pick(zh, en)))
    pairs += [(tool.name("topic", each.topic.value), _worker(tool, each)) for each in found.works]
    lines = [tool.facts(pairs)]
    for each in found.failed:
        zh, en = noted(each.reason)
        step = tool.pick(*_step(each))
        topic = tool.name("topic", each.topic.value)
        lines.append(tool.pick(f"上次{topic}没有办成：{zh}\n  下一步：{step}", f"Last {topic}: {en}\n  Next: {step}"))
    return "\n".join(lines)


def _worker(tool: Tool, each: Pending) -> str:
    if each.taken_by is None or each.taken_at is None:
        at = local_time(each.asked_at.isoformat())
        return tool.pick(f"{at} 要求，等后台服务办理", f"asked for at {at}, waits for a worker")
    since = local_time(each.taken_at.isoformat())
    return tool.pick(f"由进程 {each.taken_by} 自 {since} 起办理", f"process {each.taken_by} is at it since {since}")


def _failed_json(tool: Tool, each: Failed) -> dict[str, Any]:
    code, _, _ = each.reason.partition(": ")
    known = code if code in entries() else None
    message = tool.pick(*noted(each.reason))
    return {"topic": each.topic.value, "code": known, "message": message, "next": tool.pick(*_step(each))}


def _step(each: Failed) -> tuple[str, str]:
    code, _, _ = each.reason.partition(": ")
    return next_step(code)
