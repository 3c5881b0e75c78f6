"""An order over a list or a description as it is told: what becomes of each row, counts, first rows, and what it costs.

Rules: the data holds every row; the text holds counts and the first rows of each kind that somebody has to look at. A
result of a row says the file, the row and the field. Results as a file are a table that can be read again as a list.

    data, text = told(tool, found, titles, cost=cost, source="list.xlsx")
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from cli import hints, output
from cli.errors import UsageError
from cli.tool import Tool
from credential.catalogue import Catalogue
from credential.statuslist import Status
from issuer.services import workbooks
from issuer.services.status import NOT_POSSIBLE, NUMBER_COLUMN, Became, Cost, Plan, Result, Sorted

FIRST_ROWS: Final = 10
"""Of each kind, in the text."""
WORDS: Final = {
    Became.TO_DO: ("将办理", "to do"),
    Became.BEFORE: ("以前已办", "done before"),
    Became.WAITS: ("等第二人签字", "waits for a second operator"),
    Became.LEFT: ("维持原状", "left as it is"),
    Became.REFUSED: ("办不了", "refused"),
    Became.UNKNOWN: ("没有这张证书", "unknown"),
}
_DONE: Final = ("已办理", "done")
_WAITING: Final = ("已签字，等第二人", "signed, waits for a second operator")
_HEADS: Final = (
    (NUMBER_COLUMN, "number"),
    ("行", "row"),
    ("结果", "result"),
    ("状态", "status"),
    ("原因", "why"),
    ("文号", "document"),
    ("日期", "date"),
)


def told(tool: Tool, found: Sorted, titles: Catalogue, *, cost: Cost | None, source: str) -> tuple[dict[str, Any], str]:
    """Return the data and the text of what would become of everybody that is named."""
    counts = found.counts()
    data: dict[str, Any] = {
        "counts": {each.value: counts.get(each, 0) for each in Became},
        "by": _by(found.plan, titles),
        "rows": [_plain(tool, each, source) for each in found.results],
        "cost": None if cost is None else _cost(cost),
    }
    parts = [_counted(tool, found), _groups(tool, found.plan, titles), _first(tool, found, titles)]
    parts += [_problems(tool, found, source), "" if cost is None else _cost_text(tool, cost)]
    return data, "\n\n".join(filter(None, parts))


def write_results(tool: Tool, found: Sorted, place: Path, *, done: bool, waiting: bool) -> None:
    """Write each row's result to a new file, as CSV or as a workbook by the file's name.

    Raises:
        RefusedError: ``file_exists``.
    """
    heads = [tool.pick(*pair) for pair in _HEADS]
    after = next((line.after for line in found.plan.lines), None)
    to_do = _DONE if done else _WAITING if waiting else WORDS[Became.TO_DO]
    rows = [_cells(tool, each, to_do, after if done else None) for each in found.results]
    output.write(
        place, table_file([heads, *rows], place.suffix.lower(), tool.pick("结果", "results")), option="--results"
    )


def check_kind(place: Path, option: str) -> None:
    """Refuse a name that says no kind of table. Raises UsageError ``results_kind``."""
    if place.suffix.lower() not in {".csv", ".xlsx"}:
        raise UsageError(
            "results_kind", f"{option}：文件名请以 .csv 或 .xlsx 结尾", f"{option}: end the name in .csv or .xlsx"
        )


def table_file(rows: Sequence[Sequence[Any]], suffix: str, name: str) -> bytes:
    """Return a table as a file: ``.xlsx``, else CSV in UTF-8 with the mark that spreadsheet programs look for."""
    if suffix == ".xlsx":
        return workbooks.table(name, rows)
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([_harmless(each) for each in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _harmless(cell: Any) -> Any:
    """Return a cell that no spreadsheet program takes for a formula: what stands in a list came from outside."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(workbooks.LIKE_A_FORMULA) else cell


def why(tool: Tool, each: Result) -> str:
    """Return why a row is not done, in the reader's language; empty where it is."""
    if each.order is not None:
        return tool.pick(f"待批件 {each.order}", f"order {each.order}")
    if each.error is None:
        return ""
    code, fields = each.error.code, each.error.fields
    headline = tool.pick(*hints.headline(code, type(each.error)))
    detail = hints.explanation(code, fields, "zh") if tool.console.language == "zh" else str(each.error)
    return tool.pick("：", ": ").join(filter(None, (headline, detail)))


def _plain(tool: Tool, each: Result, source: str) -> dict[str, Any]:
    found: dict[str, Any] = {"number": each.number, "became": each.became.value}
    if each.row is not None:
        found |= {"row": each.row, "field": NUMBER_COLUMN} | ({"file": source} if source else {})
    if each.state is not None:
        found["status"] = each.state.word
    if each.code is not None:
        found |= {"code": each.code, "why": why(tool, each)}
    if each.order is not None:
        found["order"] = each.order
    if each.before is not None:
        found |= {"document": each.before.document, "effective": each.before.effective.isoformat()}
    return found


def _cells(tool: Tool, each: Result, to_do: tuple[str, str], after: Status | None) -> list[Any]:
    planned = each.became is Became.TO_DO
    seen = after if planned and after is not None else each.state
    state = "" if seen is None else tool.name("state", seen.word)
    before = ("", "") if each.before is None else (each.before.document, each.before.effective.isoformat())
    row, word = "" if each.row is None else each.row, to_do if planned else WORDS[each.became]
    return [each.number, row, tool.pick(*word), state, why(tool, each), *before]


def _counted(tool: Tool, found: Sorted) -> str:
    counts = found.counts()
    rows = [(tool.pick(*WORDS[each]), counts[each]) for each in Became if counts.get(each)]
    more = len(found.plan.lines) - counts.get(Became.TO_DO, 0)
    if more:
        rows.append((tool.pick("随之撤销的原证书", "withdrawn with them: what they replaced"), more))
    return tool.table((("结果", "result"), ("张数", "certificates")), rows)


def _by(plan: Plan, titles: Catalogue) -> dict[str, dict[str, int]]:
    return {
        "title": dict(Counter(titles.title(line.title).name for line in plan.lines)),
        "level": dict(Counter(titles.level(line.level).name for line in plan.lines)),
        "authority": dict(Counter(line.certificate.authority for line in plan.lines)),
    }


def _groups(tool: Tool, plan: Plan, titles: Catalogue) -> str:
    names = {"title": ("资格", "title"), "level": ("级别", "level"), "authority": ("发证机关", "authority")}
    rows = [
        (tool.pick(*names[kind]), name, count)
        for kind, counted in _by(plan, titles).items()
        for name, count in sorted(counted.items(), key=lambda each: (-each[1], each[0]))
    ]
    return tool.table((("分项", "by"), ("名称", "name"), ("张数", "certificates")), rows) if rows else ""


def _first(tool: Tool, found: Sorted, titles: Catalogue) -> str:
    lines = found.plan.lines[:FIRST_ROWS]
    if not lines:
        return ""
    pairs = ((NUMBER_COLUMN, "number"), ("持证人", "holder"), ("资格", "title"), ("状态", "status"))
    rows = [
        (
            line.number,
            line.holder_masked,
            titles.title(line.title).name,
            f"{tool.name('state', line.before.word)} → {tool.name('state', line.after.word)}",
        )
        for line in lines
    ]
    more = len(found.plan.lines) - len(lines)
    tail = "\n" + tool.pick(f"……还有 {more} 张", f"... and {more} more") if more else ""
    return tool.table(pairs, rows, kept=("number", "status")) + tail


def _problems(tool: Tool, found: Sorted, source: str) -> str:
    told_of = [each for each in found.results if each.became in NOT_POSSIBLE]
    if not told_of:
        return ""
    pairs = (("行", "row"), (NUMBER_COLUMN, "number"), ("原因", "why"))
    rows = [("" if each.row is None else each.row, each.number, why(tool, each)) for each in told_of[:FIRST_ROWS]]
    more = len(told_of) - len(rows)
    tail = "\n" + tool.pick(f"……还有 {more} 行", f"... and {more} more rows") if more else ""
    head = tool.pick(f"{source or '所列'}：", f"{source or 'what was named'}:")
    return f"{head}\n{tool.table(pairs, rows, kept=('row', 'number'), flowing=True)}{tail}"


def _cost(cost: Cost) -> dict[str, Any]:
    return {"certificates": cost.certificates, "shards": cost.shards, "bytes": cost.bytes, "seconds": cost.seconds}


def _cost_text(tool: Tool, cost: Cost) -> str:
    size = f"{cost.bytes / 1_000_000:.1f} MB" if cost.bytes >= 1_000_000 else f"{max(1, cost.bytes // 1000)} kB"
    return tool.pick(
        f"公布约需写 {cost.shards} 个分片、{size}，约 {cost.seconds:g} 秒。",
        f"To publish it takes about {cost.shards} shards, {size} and {cost.seconds:g} s.",
    )
