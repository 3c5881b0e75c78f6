"""``titlecert committee``: review committees and their filings (核准备案), at most three years each.

titlecert committee add sf-engineering-senior 示范省工程系列高级职称评审委员会 --authority sf-hrss --home ./office
titlecert committee file 示评备〔2025〕012号 --committee sf-engineering-senior ... --home ./office
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import values
from cli.commands.authorities import LATER, RegionCode
from cli.console import table
from cli.exits import EPILOG
from cli.opening import open_home, register_of
from cli.options import AuthorityId, Home, Json, Language
from cli.tool import Tool, begin

if TYPE_CHECKING:
    from credential.filings import Committee, Filing

app = typer.Typer(
    help="评审委员会和核准备案。Committees and their filings.", no_args_is_help=True, rich_markup_mode=None
)


@app.command("add", epilog=EPILOG)
def add(
    context: typer.Context,
    committee_id: Annotated[str, typer.Argument(metavar="ID", help="评委会编号。Its id.")],
    name: Annotated[str, typer.Argument(metavar="NAME", help="评委会全称。Its full name.")],
    authority: AuthorityId,
    home: Home = None,
    json_output: Json = False,
    language: Language = None,
) -> None:
    """登记评审委员会；之后还要用 committee file 登记核准备案。Add a committee; `committee file` puts it on file.

    \b
    例 Example:
      titlecert committee add sf-engineering-senior 示范省工程系列高级职称评审委员会 \\
        --authority sf-hrss --home ./office
    """
    from credential.filings import Committee  # noqa: PLC0415
    from issuer.office.service import add_committee  # noqa: PLC0415

    tool = begin(context, json_output, language)
    committee = Committee(id=committee_id, name=name)
    with register_of(open_home(home)) as register, register.write() as session:
        add_committee(session, committee, authority=authority, actor=values.local_actor(), now=tool.now())
    tool.finish(
        {"id": committee_id, "name": name, "authority": authority},
        tool.pick(f"已登记 {committee_id} {name}", f"Added {committee_id} {name}"),
    )
    tool.say(
        "还没有核准备案的评委会不能作为发证依据：接着用 titlecert committee file 登记。",
        "A committee that is not on file carries no award: next, `titlecert committee file`.",
    )


@app.command("file", epilog=EPILOG)
def file(
    context: typer.Context,
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="核准备案号。Number of the filing.")],
    committee: Annotated[str, typer.Option("--committee", metavar="ID", help="评委会编号。The committee.")],
    authority: AuthorityId,
    series: Annotated[str, typer.Option("--series", help="系列编号，如 5。Series numbers, like 5.")],
    levels: Annotated[str, typer.Option("--levels", help="级别，如 1,2。Levels, like 1,2.")],
    region: RegionCode,
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="起始日期。First day.")],
    last: Annotated[
        str, typer.Option("--until", metavar="DATE", help="截止日期，最长三年。Last day, at most 3 years.")
    ],
    scope: Annotated[
        str | None, typer.Option("--scope", metavar="CODE", help="定向评价的区划。Region of targeted titles.")
    ] = None,
    home: Home = None,
    json_output: Json = False,
    language: Language = None,
) -> None:
    """登记评审委员会的核准备案。Put a committee on file.

    \b
    例 Example:
      titlecert committee file 示评备〔2025〕012号 --committee sf-engineering-senior --authority sf-hrss \\
        --series 5 --levels 1,2 --region 990000 --from 2025-03-01 --until 2028-02-29 --home ./office
    """
    from credential.filings import Filing  # noqa: PLC0415
    from issuer.office.service import add_filing  # noqa: PLC0415

    tool = begin(context, json_output, language)
    filing = Filing(
        number=number,
        committee=committee,
        authority=authority,
        series=values.numbers(series, "--series"),
        levels=values.numbers(levels, "--levels"),
        region=region,
        scope=scope,
        first=values.day(first, "--from"),
        last=values.day(last, "--until"),
    )
    with register_of(open_home(home)) as register, register.write() as session:
        add_filing(session, filing, actor=values.local_actor(), now=tool.now())
    tool.finish(_filing(filing), tool.pick(f"已登记核准备案 {number}", f"Put on file: {number}"))
    tool.say(*LATER)


@app.command("list", epilog=EPILOG)
def list_all(context: typer.Context, home: Home = None, json_output: Json = False, language: Language = None) -> None:
    """列出评审委员会和核准备案。List committees with their filings.

    \b
    例 Example:
      titlecert committee list --home ./office
    """
    from issuer.office import lists  # noqa: PLC0415

    tool = begin(context, json_output, language)
    with register_of(open_home(home)) as register, register.read() as session:
        committees, filings = lists.committees(session), lists.filings(session)
    data = {
        "committees": [
            {
                "id": each.id,
                "name": each.name,
                "filings": [_filing(filing) for filing in filings if filing.committee == each.id],
            }
            for each in committees
        ]
    }
    tool.finish(data, _text(tool, committees, filings))


def _text(tool: Tool, committees: list[Committee], filings: list[Filing]) -> str:
    head = [tool.pick(*each) for each in (("编号", "id"), ("名称", "name"))]
    names = table(head, [(each.id, each.name) for each in committees])
    head = [
        tool.pick(*each)
        for each in (
            ("备案号", "filing"),
            ("评委会", "committee"),
            ("系列", "series"),
            ("级别", "levels"),
            ("有效期", "term"),
        )
    ]
    rows = [
        (f.number, f.committee, values.shown(f.series), values.shown(f.levels), f"{f.first}–{f.last}") for f in filings
    ]
    return f"{names}\n\n{table(head, rows)}"


def _filing(filing: Filing) -> dict[str, Any]:
    return {
        "number": filing.number,
        "committee": filing.committee,
        "authority": filing.authority,
        "series": values.listed(filing.series),
        "levels": values.listed(filing.levels),
        "region": filing.region,
        "scope": filing.scope,
        "from": filing.first.isoformat(),
        "until": filing.last.isoformat(),
    }
