"""``titlecert committee``: review committees and their filings (核准备案), at most three years each.

titlecert committee add sf-engineering-senior 示范省工程系列高级职称评审委员会 --authority sf-hrss --home ./office
titlecert committee file 示评备〔2025〕012号 --committee sf-engineering-senior ... --home ./office
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from cli import values
from cli.changes import LATER
from cli.commands import ending, tracing
from cli.framing import Run, command, group
from cli.opening import local_actor, open_home
from cli.options import OPERATOR, SERVICE, AuthorityId, RegionCode
from cli.tool import Tool
from cli.values import named
from credential.filings import Committee, Filing
from issuer.services import committees
from issuer.services.committees import CommitteeListing

app = group()

command(app, "trace", passphrases=(OPERATOR, SERVICE))(tracing.trace)


@command(app, "add")
def add(
    run: Run,
    committee_id: Annotated[str, typer.Argument(metavar="ID", help="评委会编号。Its id.")],
    name: Annotated[str, typer.Argument(metavar="NAME", help="评委会全称。Its full name.")],
    authority: AuthorityId,
) -> None:
    """登记评审委员会；之后还要用 committee file 登记核准备案。Add a committee; `committee file` puts it on file.

    \b
    例 Example:
      titlecert committee add sf-engineering-senior 示范省工程系列高级职称评审委员会 \\
        --authority sf-hrss --home ./office
    """
    tool = run.tool
    committee = Committee(id=committee_id, name=name)
    with open_home(run) as opened:
        committees.add(opened, local_actor(), committee, authority=authority)
    tool.finish(
        {"id": committee_id, "name": name, "authority": authority},
        tool.pick(f"已登记 {committee_id} {name}", f"Added {committee_id} {name}"),
    )
    tool.say(
        "还没有核准备案的评委会不能作为发证依据：接着用 titlecert committee file 登记。",
        "A committee that is not on file carries no award: next, `titlecert committee file`.",
    )


@command(app, "file")
def file(
    run: Run,
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
) -> None:
    """登记评审委员会的核准备案。Put a committee on file.

    \b
    例 Example:
      titlecert committee file 示评备〔2025〕012号 --committee sf-engineering-senior --authority sf-hrss \\
        --series 5 --levels 1,2 --region 990000 --from 2025-03-01 --until 2028-02-29 --home ./office
    """
    tool = run.tool
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
    with open_home(run) as opened:
        committees.put_on_file(opened, local_actor(), filing)
    tool.finish(_filing(filing), tool.pick(f"已登记核准备案 {number}", f"Put on file: {number}"))
    tool.say(*LATER)


@command(app, "list")
def list_all(run: Run) -> None:
    """列出评审委员会和核准备案。List committees with their filings.

    \b
    例 Example:
      titlecert committee list --home ./office
    """
    tool = run.tool
    with open_home(run) as opened:
        found = committees.listed(opened)
    data = {
        "committees": [
            {
                "id": each.committee.id,
                "name": each.committee.name,
                "filings": [_filing(filing) for filing in each.filings],
            }
            for each in found
        ]
    }
    tool.finish(data, _text(tool, found))


def _text(tool: Tool, found: Sequence[CommitteeListing]) -> str:
    pairs = (("编号", "id"), ("名称", "name"))
    names = tool.table(pairs, [(each.committee.id, each.committee.name) for each in found], kept=("id",))
    heads = (
        ("备案号", "filing"),
        ("评委会", "committee"),
        ("系列", "series"),
        ("级别", "levels"),
        ("有效期", "term"),
    )
    rows = [
        (f.number, f.committee, values.shown(f.series), named(tool, "levels", f.levels), f"{f.first}–{f.last}")
        for f in sorted((filing for each in found for filing in each.filings), key=lambda filing: filing.number)
    ]
    return f"{names}\n\n{tool.table(heads, rows, kept=('filing', 'term'))}"


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


command(app, "end", passphrases=(SERVICE,))(ending.committee)
