"""What is signed with a batch, in words: counts, findings, the phrase, and the rows in full.

tool.say(*2 * [told(tool, seen)])
data |= plain(seen)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from cli import layout
from cli.errors import RefusedError
from cli.tool import Tool
from issuer.services.batches import (
    FIELDS,
    HAS_PHOTO,
    KIND_NAMES,
    PHOTO,
    STATE_NAMES,
    Catalogue,
    Counted,
    Overview,
    StoredRow,
    row_texts,
    same_phrase,
)

_FOUND: Final = (("行", "row"), ("状态", "state"), ("核对时的问题和提示", "found by the check"))


def told(tool: Tool, seen: Overview) -> str:
    """Return counts, findings and the phrase as text."""
    pairs = (("分项", "of what"), ("内容", "which"), ("行数", "rows"))
    cells = [(tool.pick(*KIND_NAMES[kind]), tool.pick(each.zh, each.en), each.rows) for kind, each in _counted(seen)]
    parts = [tool.table(pairs, cells, kept=("of what", "rows"))] if cells else []
    if seen.unreadable:
        parts.append(
            tool.pick(
                f"另有 {seen.unreadable} 行打不开，没有计入", f"{seen.unreadable} rows do not open and are not counted"
            )
        )
    found = [
        (_row(each.sheet_row), _standing(tool, each.state and each.state.value), tool.pick(said.zh, said.en))
        for each in seen.findings
        for said in each.findings
    ]
    if found:
        parts.append(tool.table(_FOUND, found, kept=("row", "state"), flowing=True))
    if seen.twice:
        pairs = (("行", "row"), ("也在批次", "also in"), ("该批次的行", "row there"))
        twice = [(each.sheet_row, each.batch, each.row) for each in seen.twice]
        parts.append(tool.table(pairs, twice, kept=("row", "also in", "row there")))
    parts.append(layout.wrapped(_phrase(tool, seen), tool.console.columns, hanging=2))
    return "\n\n".join(parts)


def plain(seen: Overview) -> dict[str, Any]:
    """Return the same for ``--json``."""
    return {
        "phrase": seen.phrase,
        "counts": {
            kind: [{"zh": each.zh, "en": each.en, "rows": each.rows} for each in counted]
            for kind, counted in seen.counts.items()
        },
        "unreadable": seen.unreadable,
        "twice": [{"sheet_row": each.sheet_row, "batch": each.batch, "row": each.row} for each in seen.twice],
        "found": [{"sheet_row": each.sheet_row, **asdict(said)} for each in seen.findings for said in each.findings],
    }


def require_phrase(seen: Overview, phrase: str | None) -> None:
    """Refuse to sign something else than what another person read out.

    Raises:
        RefusedError: ``other_phrase``.
    """
    if phrase is not None and (seen.phrase is None or not same_phrase(phrase, seen.phrase)):
        raise RefusedError(
            "other_phrase",
            "将要签署的名单的核对码与给出的不同，没有签署",
            "the list that would be signed has another phrase than the one given; nothing was signed",
        )


def plain_row(row: StoredRow, catalogue: Catalogue) -> dict[str, Any]:
    """Return a row in full for ``--json``; ``award`` is null where nothing of it is kept or it does not open."""
    award = None if row.award is None else row_texts(row.award, catalogue)
    return {
        "sheet_row": row.sheet_row,
        "state": row.state,
        "name": row.name if award is None else award["name"],
        "award": award,
        "findings": [asdict(said) for said in row.findings],
    }


def rows_table(tool: Tool, rows: Sequence[StoredRow], catalogue: Catalogue) -> str:
    """Return the rows in full, below each other where a table is too wide; a column without any value is left out."""
    texts = [row_texts(row.award, catalogue) if row.award else {} for row in rows]
    used = [name for name in FIELDS if any(each.get(name) for each in texts)]
    head = [tool.pick("行", "row"), tool.pick("状态", "state"), *(tool.pick(*FIELDS[name]) for name in used)]
    for text in filter(None, texts):
        text[PHOTO] = tool.pick(*HAS_PHOTO[bool(text[PHOTO])])
    cells = [
        [
            row.sheet_row,
            award_name(tool, row.state),
            *(text.get(name, "") for name in used),
            tool.pick("；", "; ").join(tool.pick(said.zh, said.en) for said in row.findings),
        ]
        for row, text in zip(rows, texts, strict=True)
    ]
    return layout.records([*head, tool.pick("说明", "note")], cells, columns=tool.console.columns)


def award_name(tool: Tool, state: str) -> str:
    """Return the word for where a row stands."""
    return tool.pick(*STATE_NAMES.get(state, (state, state)))


def _counted(seen: Overview) -> list[tuple[str, Counted]]:
    return [(kind, each) for kind, counted in seen.counts.items() for each in counted]


def _standing(tool: Tool, state: str | None) -> str:
    """Where the row of a finding stands: one with errors is not taken; the list as a whole stands nowhere."""
    return "—" if state is None else award_name(tool, state)


def _row(sheet_row: int | None) -> str:
    return "—" if sheet_row is None else str(sheet_row)


def _phrase(tool: Tool, seen: Overview) -> str:
    if seen.phrase is None:
        return tool.pick(
            "没有核对码：登记簿中的行与核对时的不一致，或有行打不开",
            "No phrase: the rows in the register are not those that were checked, or some do not open",
        )
    return tool.pick(
        f"核对码：{seen.phrase}（两位办理人互相读出，一致才签）",
        f"Phrase: {seen.phrase} (both operators read it to each other before the second signs)",
    )
