"""Who acted on a batch or a certificate, as JSON and as a table: proven, claimed, or noted only by the audit.

data["acts"] = [acted_json(each) for each in found]
text += people(tool, found)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cli.acts import DONE_WORDS
from cli.console import local_time
from cli.hints import headline
from cli.tool import Tool
from credential.errors import CodedError
from issuer.services.acting import Acted


def acted_json(each: Acted) -> dict[str, Any]:
    """Return one act for ``--json``."""
    return {
        "act": each.act,
        "operator": each.operator,
        "name": each.name,
        "person": each.person,
        "at": each.at and each.at.isoformat(),
        "statement": each.statement,
        "digest": each.digest,
        "proven": each.wrong is None and each.statement is not None,
        "wrong": each.wrong,
    }


def people(tool: Tool, acts: Sequence[Acted]) -> str:
    """Return the table of who did what, or nothing where nobody did anything."""
    if not acts:
        return ""
    pairs = (("办理", "act"), ("办理人", "operator"), ("姓名", "name"), ("时间", "time"), ("凭据", "proof"))
    rows = [
        (
            tool.pick(*DONE_WORDS.get(each.act, (each.act, each.act))),
            each.operator,
            each.name,
            local_time(None if each.at is None else each.at.isoformat()),
            _proof(tool, each),
        )
        for each in acts
    ]
    return tool.table(pairs, rows, kept=("act", "operator", "time"))


def _proof(tool: Tool, each: Acted) -> str:
    if each.wrong is not None:
        return tool.pick(f"不能证实（{headline(each.wrong, CodedError)[0]}）", f"not proven ({each.wrong})")
    if each.digest is None:
        return tool.pick("审计记录", "the audit's entry")
    return tool.pick(f"签字 {each.digest[:16]}", f"statement {each.digest[:16]}")
