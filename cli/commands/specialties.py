"""``titlecert specialty``: the dated specialties (专业) that an authority uses in a series.

titlecert specialty add 人工智能 大数据 --authority sf-hrss --series 5 --home ./office
titlecert specialty import specialties.csv --authority sf-hrss --home ./office
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from cli import values
from cli.commands import ending
from cli.errors import RefusedError
from cli.framing import Run, command, group
from cli.opening import local_actor, open_home
from cli.options import SERVICE, AuthorityId
from credential.catalogue import Specialty
from issuer.services import specialties

app = group()

MAX_TABLE_BYTES: Final = 4 << 20
"""Fifty thousand specialties."""
_COLUMNS: Final = {"系列": "series", "专业": "name", "英文": "name_en", "起始": "from", "截止": "until"}


@command(app, "add")
def add(
    run: Run,
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="专业名称，可以多个。One or more names.")],
    authority: AuthorityId,
    series: Annotated[int, typer.Option("--series", metavar="N", help="系列编号。Number of the series.")],
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="起始日期。First day.")] = "2020-01-01",
    last: Annotated[str | None, typer.Option("--until", metavar="DATE", help="截止日期。Last day.")] = None,
) -> None:
    """登记专业。Add specialties of one series.

    \b
    例 Example:
      titlecert specialty add 人工智能 大数据 --authority sf-hrss --series 5 --home ./office
    """
    begins, ends = values.day(first, "--from"), values.optional_day(last, "--until")
    found = [
        Specialty(series=series, name=name, authority=authority, valid_from=begins, valid_until=ends) for name in names
    ]
    _store(run, found)


@command(app, "import")
def import_file(
    run: Run,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV（UTF-8）：系列,专业,起始[,截止]。CSV: series,name,from[,until].")
    ],
    authority: AuthorityId,
) -> None:
    """从 CSV 文件登记专业，要么全部成功，要么都不登记。Add the specialties of a CSV file, all of them or none.

    \b
    例 Example:
      titlecert specialty import specialties.csv --authority sf-hrss --home ./office
    """
    text = file.read_bytes()[:MAX_TABLE_BYTES].decode("utf-8-sig")
    found = list(_read(text, authority, str(file)))
    _store(run, found)


@command(app, "list")
def list_all(run: Run, authority: AuthorityId) -> None:
    """列出一个发证机关的专业。List the specialties of an authority.

    \b
    例 Example:
      titlecert specialty list --authority sf-hrss --home ./office
    """
    tool = run.tool
    with open_home(run) as opened:
        found = specialties.listed(opened, authority)
    pairs = (("系列", "series"), ("有效期", "term"), ("专业", "specialty"))
    rows = [(each.series, f"{each.valid_from}–{each.valid_until or '…'}", each.name) for each in found]
    text = tool.table(pairs, rows, kept=("series", "term"))
    tool.finish({"authority": authority, "specialties": [_plain(each) for each in found]}, text)


def _store(run: Run, found: list[Specialty]) -> None:
    tool = run.tool
    with open_home(run) as opened:
        specialties.add(opened, local_actor(), found)
    said = tool.pick(f"已登记 {len(found)} 个专业", f"Added {len(found)} specialties")
    tool.finish({"specialties": [_plain(each) for each in found]}, said)


def _read(text: str, authority: str, file: str) -> Iterator[Specialty]:
    """Yield the rows of a CSV file. Raises RefusedError with the line."""
    for number, row in enumerate(csv.DictReader(io.StringIO(text)), start=2):
        cells = {_COLUMNS.get(name.strip(), name.strip()): (value or "").strip() for name, value in row.items() if name}
        try:
            yield Specialty(
                series=int(cells["series"]),
                name=cells["name"],
                authority=authority,
                valid_from=date.fromisoformat(cells["from"]),
                valid_until=date.fromisoformat(cells["until"]) if cells.get("until") else None,
            )
        except (KeyError, ValueError) as error:
            raise RefusedError(
                "bad_row",
                f"{file} 第 {number} 行读不懂：要有 系列、专业、起始 三列，日期写成 2020-01-01",
                f"{file}, line {number} cannot be read: it takes series, name and from, dates like 2020-01-01",
            ) from error


def _plain(specialty: Specialty) -> dict[str, Any]:
    return {
        "series": specialty.series,
        "name": specialty.name,
        "from": specialty.valid_from.isoformat(),
        "until": specialty.valid_until and specialty.valid_until.isoformat(),
    }


command(app, "end", passphrases=(SERVICE,))(ending.specialty)
