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
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli import values
from cli.console import table
from cli.errors import RefusedError
from cli.exits import EPILOG
from cli.opening import open_home, register_of
from cli.options import AuthorityId, Home, Json, Language
from cli.tool import Tool, begin
from credential.catalogue import Specialty

if TYPE_CHECKING:
    from issuer.db.sessions import WriteSession

app = typer.Typer(help="专业目录。Specialties of an authority.", no_args_is_help=True, rich_markup_mode=None)

MAX_TABLE_BYTES: Final = 4 << 20
"""Fifty thousand specialties."""
_COLUMNS: Final = {"系列": "series", "专业": "name", "英文": "name_en", "起始": "from", "截止": "until"}


@app.command("add", epilog=EPILOG)
def add(
    context: typer.Context,
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="专业名称，可以多个。One or more names.")],
    authority: AuthorityId,
    series: Annotated[int, typer.Option("--series", metavar="N", help="系列编号。Number of the series.")],
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="起始日期。First day.")] = "2020-01-01",
    last: Annotated[str | None, typer.Option("--until", metavar="DATE", help="截止日期。Last day.")] = None,
    home: Home = None,
    json_output: Json = False,
    language: Language = None,
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
    _store(begin(context, json_output, language), home, found)


@app.command("import", epilog=EPILOG)
def import_file(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV（UTF-8）：系列,专业,起始[,截止]。CSV: series,name,from[,until].")
    ],
    authority: AuthorityId,
    home: Home = None,
    json_output: Json = False,
    language: Language = None,
) -> None:
    """从 CSV 文件登记专业，要么全部成功，要么都不登记。Add the specialties of a CSV file, all of them or none.

    \b
    例 Example:
      titlecert specialty import specialties.csv --authority sf-hrss --home ./office
    """
    text = file.read_bytes()[:MAX_TABLE_BYTES].decode("utf-8-sig")
    found = list(_read(text, authority, str(file)))
    _store(begin(context, json_output, language), home, found)


@app.command("list", epilog=EPILOG)
def list_all(
    context: typer.Context,
    authority: AuthorityId,
    home: Home = None,
    json_output: Json = False,
    language: Language = None,
) -> None:
    """列出一个发证机关的专业。List the specialties of an authority.

    \b
    例 Example:
      titlecert specialty list --authority sf-hrss --home ./office
    """
    from issuer.office import lists  # noqa: PLC0415

    tool = begin(context, json_output, language)
    with register_of(open_home(home)) as register, register.read() as session:
        lists.authority(session, authority)
        found = lists.specialties(session, authority)
    head = [tool.pick(*each) for each in (("系列", "series"), ("有效期", "term"), ("专业", "specialty"))]
    rows = [(each.series, f"{each.valid_from}–{each.valid_until or '…'}", each.name) for each in found]
    tool.finish({"authority": authority, "specialties": [_plain(each) for each in found]}, table(head, rows))


def _store(tool: Tool, home: Path | None, found: list[Specialty]) -> None:
    with register_of(open_home(home)) as register, register.write() as session:
        for specialty in found:
            _add(session, specialty, tool)
    said = tool.pick(f"已登记 {len(found)} 个专业", f"Added {len(found)} specialties")
    tool.finish({"specialties": [_plain(each) for each in found]}, said)


def _add(session: WriteSession, specialty: Specialty, tool: Tool) -> None:
    from issuer.office.service import add_specialty  # noqa: PLC0415

    add_specialty(session, specialty, actor=values.local_actor(), now=tool.now())


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
