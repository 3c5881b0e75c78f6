"""What a clerk may type about a finding of a list: the option that gives what is missing.

Rules: the findings themselves name no command, because the marked copy goes back to an office that has none. A finding
that is not listed is mended in the list.

    remedies(found.findings)[0]
    ("整批相同时加 --set 系列=值，列名不同时加 --map 列名=系列", "add --set series=VALUE, or --map HEADING=series")
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from issuer.services.batches import Finding, field_name

Pair = tuple[str, str]

_HIDDEN: Final = (
    "隐藏或划掉的行：一并收加 --hidden take，一并不收加 --hidden leave",
    "rows that are hidden or crossed out: add --hidden take to take them, --hidden leave to leave them out",
)
_OPTIONS: Final[Mapping[str, Pair]] = {
    "batch_value_missing": (
        "{field}：整批相同时加 --set {field}=值；表中有而列名不同时加 --map 列名={field}",
        "{name}: add --set {name}=VALUE where it is the same for all, or --map HEADING={name} where a column has it",
    ),
    "no_header": (
        "列名不同时加 --map 列名=姓名、--map 列名=证件号码",
        "name other headings with --map HEADING=name and --map HEADING=id_number",
    ),
    "column_twice": (
        "{field}：不用的一列加 --map 列名=（等号后不写）",
        "{name}: leave a column out with --map HEADING= (nothing behind the sign)",
    ),
    "column_ignored": (
        "未使用的列若需要，加 --map 列名=字段",
        "a column that is not used and should be: add --map HEADING=FIELD",
    ),
    "map_unused": ("核对 --map 里的列名", "look at the heading given with --map"),
    "row_hidden": _HIDDEN,
    "row_struck": _HIDDEN,
    "sheet_ambiguous": (
        "用 --sheet 名称 指明一个工作表，或用 --all-sheets 每个工作表各收一批",
        "name one sheet with --sheet NAME, or make a batch of every sheet with --all-sheets",
    ),
    "sheet_hidden": ("要读隐藏的工作表，加 --sheet 名称", "to read a hidden sheet, add --sheet NAME"),
    "sheet_unknown": ("核对 --sheet 的名称", "look at the name given with --sheet"),
}


def remedies(findings: Iterable[Finding]) -> tuple[Pair, ...]:
    """Return what may be typed, each sentence once, in the order of the findings."""
    said = [_remedy(each) for each in findings if each.code in _OPTIONS]
    return tuple(dict.fromkeys(said))


def _remedy(finding: Finding) -> Pair:
    zh, en = _OPTIONS[finding.code]
    words = {"field": field_name(finding.field), "name": finding.field or ""}
    return zh.format(**words), en.format(**words)
