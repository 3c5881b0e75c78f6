"""``titlecert review``: suspended certificates, and the day by which somebody decides what becomes of them.

titlecert review list --overdue --home ./office
"""

from __future__ import annotations

from typing import Annotated

import typer

from cli.console import local_time
from cli.framing import Run, command, group
from cli.opening import open_home
from issuer.services import reviews

app = group()


@command(app, "list")
def list_all(
    run: Run,
    overdue: Annotated[
        bool, typer.Option("--overdue", help="只列过了期还没有决定的。Only those whose day is over.")
    ] = False,
) -> None:
    """列出核查中的证书，期限近的在前。List suspended certificates, the nearest day first.

    \b
    例 Example:
      titlecert review list --overdue --home ./office
    """
    tool = run.tool
    with open_home(run) as opened:
        found = reviews.listed(opened, overdue=overdue)
    pairs = (
        ("证书编号", "certificate"),
        ("决定机关", "authority"),
        ("文号", "document"),
        ("暂停", "suspended"),
        ("最迟", "decide by"),
    )
    rows = [
        (
            each.number,
            each.authority,
            each.document,
            local_time(each.suspended.isoformat()),
            _day(tool.pick("没有写", "none"), tool.pick("已过期", "overdue"), each),
        )
        for each in found
    ]
    data = [
        {
            "number": each.number,
            "authority": each.authority,
            "document": each.document,
            "suspended": each.suspended.isoformat(),
            "review_by": None if each.review_by is None else each.review_by.isoformat(),
            "overdue": each.overdue,
        }
        for each in found
    ]
    text = tool.table(pairs, rows, kept=("certificate", "decide by"))
    tool.finish({"reviews": data}, text if found else tool.pick("没有", "none"))


def _day(none: str, late: str, each: reviews.Review) -> str:
    if each.review_by is None:
        return none
    return f"{each.review_by} {late}" if each.overdue else str(each.review_by)
