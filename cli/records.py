"""Integrity records as a terminal shows them: a list, one record with its history, and both as JSON.

records.table(tool, found), records.plain(found[0])
"""

from __future__ import annotations

from datetime import date
from typing import Any

from cli.console import local_time
from cli.tool import Tool
from issuer.services.integrity import ListedRecord, ShownRecord


def opened(tool: Tool, found: ShownRecord) -> tuple[dict[str, Any], str]:
    """Return a record with its history, for programs and for people."""
    each = found.record
    facts = [
        (tool.pick("编号", "Record"), each.id),
        (tool.pick("状态", "State"), tool.name("integrity", each.state)),
        (tool.pick("姓名", "Name"), found.name),
        (tool.pick("证件", "ID document"), f"{found.id_type} {found.id_number}"),
        (tool.pick("证书编号", "Certificate"), each.certificate or "—"),
        (tool.pick("机关", "Authority"), each.authority),
        (tool.pick("依据", "Basis"), each.basis),
        (tool.pick("文号", "Document"), each.document),
        (tool.pick("期限", "Term"), term(tool, each.term_from, each.term_until)),
    ]
    steps = [
        (
            local_time(step.at.isoformat()),
            tool.name("act", step.act),
            step.operator,
            step.under,
            term(tool, step.term_from, step.term_until),
            step.note,
        )
        for step in found.steps
    ]
    pairs = (
        ("时间", "when"),
        ("办理", "act"),
        ("办理人", "who"),
        ("文号", "document"),
        ("期限", "term"),
        ("说明", "text"),
    )
    history = tool.table(pairs, steps, kept=("when", "term"), flowing=True) if steps else ""
    data = plain(each) | {"name": found.name, "id_type": found.id_type, "id_number": found.id_number}
    data["steps"] = [
        {
            "at": step.at.isoformat(),
            "act": step.act,
            "operator": step.operator,
            "authority": step.authority,
            "under": step.under,
            "basis": step.basis,
            "document": step.document,
            "from": step.term_from.isoformat(),
            "until": day(step.term_until),
            "note": step.note,
        }
        for step in found.steps
    ]
    return data, "\n\n".join(filter(None, (tool.facts(facts), history)))


def table(tool: Tool, found: tuple[ListedRecord, ...]) -> str:
    """Return a list of records."""
    pairs = (
        ("编号", "record"),
        ("状态", "state"),
        ("文号", "document"),
        ("期限", "term"),
        ("证书编号", "certificate"),
        ("异议", "objections"),
    )
    rows = [
        (
            each.id,
            tool.name("integrity", each.state),
            each.document,
            term(tool, each.term_from, each.term_until),
            each.certificate or "—",
            each.objections,
        )
        for each in found
    ]
    return tool.table(pairs, rows, kept=("record", "term"))


def plain(each: ListedRecord) -> dict[str, Any]:
    """Return what a list says of a record, for programs."""
    return {
        "record": each.id,
        "state": each.state,
        "bars": each.bars,
        "authority": each.authority,
        "certificate": each.certificate,
        "basis": each.basis,
        "document": each.document,
        "from": each.term_from.isoformat(),
        "until": day(each.term_until),
        "recorded": each.recorded.isoformat(),
        "acts": each.acts,
        "objections": each.objections,
    }


def term(tool: Tool, begins: date, until: date | None) -> str:
    """Return a term; the last day is included."""
    return f"{begins}–{until}" if until is not None else tool.pick(f"{begins} 起", f"from {begins}")


def day(found: date | None) -> str | None:
    """Return a day for programs."""
    return None if found is None else found.isoformat()
