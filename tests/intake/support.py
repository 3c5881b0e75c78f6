"""The demonstration register as an intake context, and lists built in memory."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from credential import jsonform
from credential.catalogue import Catalogue, Specialty
from credential.filings import Filing, parse_filings
from credential.grants import read_grant
from issuer.intake import CheckedBatch, Finding, IntakeContext, annotate, check, read_list

TODAY = date(2026, 11, 21)
SAMPLES = Path(__file__).parents[2] / "cli" / "demo" / "data"
DECISION = "示区人社〔2026〕19号"

HEADINGS = [
    "序号",
    "姓名",
    "性别",
    "证件类型",
    "身份证号",
    "工作单位",
    "系列",
    "专业",
    "评审资格",
    "级别",
    "取得方式",
    "通过时间",
    "评委会核准备案号",
    "批准文号",
    "备注",
]
GOOD = [
    1, "王䶮", "女", "居民身份证", "13990119760512380X", "示范大学", "工程技术人员", "建筑施工", "高级工程师", "副高",
    "评审", "2026-10-30", "示评备〔2025〕012号", "示职改办字〔2026〕31号", None,
]  # fmt: skip


def demo() -> dict[str, Any]:
    plain: dict[str, Any] = json.loads((SAMPLES / "demo.json").read_text(encoding="utf-8"))
    return plain


def _filings(facts: dict[str, Any]) -> tuple[Filing, ...]:
    committees = [{"id": c["id"], "name": c["name"]} for c in facts["committees"]]
    file = {"committees": committees, "ext": {}, "filings": facts["filings"], "v": 1}
    return parse_filings(jsonform.encode(file)).filings


def context(authority: str = "sf-hrss", **changes: Any) -> IntakeContext:
    """What the demonstration register knows for one authority; ``changes`` replace single facts."""
    facts = demo()
    specialties = [
        Specialty(
            series=s["series"], name=s["name"], authority=s["authority"], valid_from=date.fromisoformat(s["from"])
        )
        for s in facts["specialties"]
    ]
    issuer = next(a for a in facts["authorities"] if a["id"] == authority)
    values: dict[str, Any] = {
        "authority": authority,
        "catalogue": Catalogue.load_builtin(),
        "specialties": specialties,
        "filings": _filings(facts),
        "grants": [read_grant(grant) for grant in issuer["grants"]],
        "region": issuer["region"],
        "regions": {r["code"]: r["name"] for r in facts["regions"]},
        "missing_glyphs": lambda _name: (),
    }
    return IntakeContext(**(values | changes))


def annotated(data: bytes, findings: Sequence[Finding]) -> bytes:
    """The marked copy of a file."""
    return annotate(read_list(data), findings)


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def workbook(*rows: Sequence[Any], headings: Sequence[Any] = HEADINGS, above: int = 0) -> bytes:
    """A workbook with ``above`` title rows, the headings, and the rows."""
    book = Workbook()
    sheet = book.worksheets[0]
    for number in range(above):
        sheet.append([f"示范名单第 {number + 1} 行说明"])
    for row in [headings, *rows]:
        sheet.append(list(row))
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def repacked(data: bytes, parts: Mapping[str, bytes], names: Mapping[str, str] | None = None) -> bytes:
    """A zip with some parts replaced or added, and some renamed."""
    target = io.BytesIO()
    source = zipfile.ZipFile(io.BytesIO(data))
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for part in source.namelist():
            packed.writestr((names or {}).get(part, part), parts.get(part, source.read(part)))
        for part in parts.keys() - set(source.namelist()):
            packed.writestr(part, parts[part])
    return target.getvalue()


def sheet_xml(cells: str, tail: str = "") -> bytes:
    """A sheet's part with these rows, and what comes behind them."""
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{space}"><sheetData>{cells}</sheetData>{tail}</worksheet>'.encode()


def saved(book: Workbook) -> bytes:
    """The bytes of a workbook."""
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def changed(**fields: Any) -> list[Any]:
    """The good row with some cells changed, by heading."""
    return [fields.get(heading, value) for heading, value in zip(HEADINGS, GOOD, strict=True)]


def check_rows(*rows: Sequence[Any], **changes: Any) -> CheckedBatch:
    return check(read_list(workbook(*rows)).rows, context(**changes), TODAY)
