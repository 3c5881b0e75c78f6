"""The end of an entry of the office on the command line: authority, grant, committee, filing, specialty.

Rules: what would end and what would fall with it is shown first, and done with ``--yes``. Where registered certificates
would fall, their number is typed with it, as the dry run said.

titlecert committee end sf-engineering-senior --from 2027-01-01 --basis 示人社函〔2027〕4号 --home ./office
titlecert filing end 示评备〔2025〕012号 --from 2026-06-01 --basis 示人社函〔2027〕4号 --falls 3 --yes --home ./office
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Annotated, Any

import typer

from cli import values
from cli.changes import LATER
from cli.commands.keychange import say_run_again
from cli.framing import Run
from cli.opening import local_actor, open_home
from cli.options import AuthorityId, Yes
from cli.tool import Tool
from issuer.home.opening import OpenedHome
from issuer.services import ends
from issuer.services.ends import Ended, EndPlan, EntryKind, Span

FirstDay = Annotated[
    str, typer.Option("--from", metavar="DATE", help="从哪一天起停用（当天已不算）。First day without it.")
]
Basis = Annotated[str, typer.Option("--basis", metavar="TEXT", help="依据。The legal basis or decision.")]
Falls = Annotated[
    int,
    typer.Option(
        "--falls",
        metavar="N",
        min=0,
        help="会失去依据的已登记证书数，照不加 --yes 时所列的写。How many registered certificates fall, as shown "
        "without --yes.",
    ),
]
Id = Annotated[str, typer.Argument(metavar="ID", help="编号。Its id.")]
Number = Annotated[str, typer.Argument(metavar="NUMBER", help="核准备案号。Number of the filing.")]
GrantNumber = Annotated[
    int, typer.Argument(metavar="NUMBER", min=1, help="授权的序号，见 grant list。Its number; see `grant list`.")
]
SpecialtyName = Annotated[str, typer.Argument(metavar="NAME", help="专业名称，照登记的写。As it is registered.")]
Series = Annotated[int, typer.Option("--series", metavar="N", help="系列编号。Number of the series.")]
Begun = Annotated[
    str | None,
    typer.Option("--first", metavar="DATE", help="同名登记过几次时，写起始日期。Its first day, of several of a name."),
]


def authority(run: Run, authority_id: Id, first: FirstDay, basis: Basis, falls: Falls = 0, yes: Yes = False) -> None:
    """从某天起停用发证机关，它的授权一并截止。End an authority with its grants. Dry run until --yes.

    \b
    例 Example:
      titlecert authority end sf-hrss --from 2027-01-01 --basis 示政发〔2026〕9号 --home ./office
    """
    done = _end(run, EntryKind.AUTHORITY, lambda _: authority_id, first, basis, falls, yes=yes)
    if done:
        run.tool.say(
            "它的密钥到那一天用 titlecert keys end 停用。",
            "End its keys on that day with `titlecert keys end`.",
        )


def grant(run: Run, number: GrantNumber, first: FirstDay, basis: Basis, falls: Falls = 0, yes: Yes = False) -> None:
    """从某天起停用一项授权，由它委托出去的一并截止。End a grant, with what was delegated from it. Dry run until --yes.

    \b
    例 Example:
      titlecert grant end 3 --from 2027-01-01 --basis 示政发〔2026〕9号 --home ./office
    """
    _end(run, EntryKind.GRANT, lambda _: str(number), first, basis, falls, yes=yes)


def committee(run: Run, committee_id: Id, first: FirstDay, basis: Basis, falls: Falls = 0, yes: Yes = False) -> None:
    """从某天起停用评委会，它的备案一并截止；以前的评审不受影响。End a committee's filings; earlier awards stand.

    \b
    例 Example:
      titlecert committee end sf-engineering-senior --from 2027-01-01 --basis 示人社函〔2027〕4号 --home ./office
    """
    _end(run, EntryKind.COMMITTEE, lambda _: committee_id, first, basis, falls, yes=yes)


def filing(run: Run, number: Number, first: FirstDay, basis: Basis, falls: Falls = 0, yes: Yes = False) -> None:
    """从某天起停用一项核准备案；以前的评审不受影响。End a filing; earlier awards stand. Dry run until --yes.

    \b
    例 Example:
      titlecert filing end 示评备〔2025〕012号 --from 2027-01-01 --basis 示人社函〔2027〕4号 --home ./office
    """
    _end(run, EntryKind.FILING, lambda _: number, first, basis, falls, yes=yes)


def specialty(
    run: Run,
    name: SpecialtyName,
    authority: AuthorityId,
    series: Series,
    first: FirstDay,
    basis: Basis,
    begun: Begun = None,
    yes: Yes = False,
) -> None:
    """从某天起停用一个专业；写错的，从它的起始日期起停用。End a specialty; a mistyped one from its first day on.

    \b
    例 Example:
      titlecert specialty end 人工只能 --authority sf-hrss --series 5 --from 2020-01-01 --basis 名称登记有误 \\
        --home ./office
    """
    day = values.optional_day(begun, "--first")

    def entry(opened: OpenedHome) -> str:
        return ends.specialty(opened, authority, series, name, first=day)

    _end(run, EntryKind.SPECIALTY, entry, first, basis, 0, yes=yes)


def _end(
    run: Run,
    kind: EntryKind,
    entry: Callable[[OpenedHome], str],
    first: str,
    basis: str,
    falls: int,
    *,
    yes: bool,
) -> bool:
    tool, day = run.tool, values.day(first, "--from")
    with open_home(run) as opened:
        order = Ended(kind=kind, entry=entry(opened), first=day, basis=basis)
        found = ends.end(opened, local_actor(), order, falls=falls) if yes else ends.plan(opened, order)
    tool.finish(_plain(found) | {"done": yes}, "\n".join(_lines(tool, found)))
    _warn(tool, found)
    if yes:
        tool.say(*LATER)
    else:
        say_run_again(tool)
    return yes


def _lines(tool: Tool, found: EndPlan) -> list[str]:
    pairs = (("种类", "kind"), ("名称", "name"), ("现在截止", "ends now"), ("改为截止", "would end"), ("说明", "of"))
    rows = [
        (tool.name("entry", each.kind.value), each.entry, each.last or "…", _last(tool, each), each.of)
        for each in found.spans
    ]
    return [tool.table(pairs, rows, kept=("kind", "name", "ends now", "would end"))]


def _last(tool: Tool, span: Span) -> str:
    never = tool.pick("从未有效", "never in force")
    return never if span.becomes < span.begins else span.becomes.isoformat()


def _warn(tool: Tool, found: EndPlan) -> None:
    falls, first = found.falls, found.order.first
    if falls.count:
        named = _some(falls.numbers, falls.count)
        tool.say(
            f"注意：{first} 起取得或签发的 {falls.count} 张已登记证书会失去依据，查验结果变为“超出发证权限”：{named}。"
            f"确实要这样办，同时写 --falls {falls.count}。",
            f"Beware: {falls.count} registered certificates, awarded or issued from {first} on, would not be "
            f"authorised any more: {named}. If this is meant, give --falls {falls.count} too.",
        )
    elif found.is_past:
        tool.say(
            f"{first} 已经到了或过去；没有已登记的证书会失去依据。",
            f"{first} is today or over; no registered certificate loses its ground.",
        )
    for each in found.batches:
        tool.say(
            f"注意：批次 {each.batch} 还没有办完，其中 {each.rows} 行到那时不能签发或用了这个名称。",
            f"Beware: batch {each.batch} is open, and {each.rows} of its rows could not be issued then, or use the "
            "name.",
        )


def _some(numbers: Sequence[str], count: int) -> str:
    return ", ".join(numbers) + (" …" if count > len(numbers) else "")


def _plain(found: EndPlan) -> dict[str, Any]:
    return {
        "kind": found.order.kind.value,
        "entry": found.order.entry,
        "from": found.order.first.isoformat(),
        "basis": found.order.basis,
        "ends": [
            {
                "kind": each.kind.value,
                "entry": each.entry,
                "of": each.of,
                "until_now": _day(each.last),
                "until": _day(each.becomes),
            }
            for each in found.spans
        ],
        "falls": {"count": found.falls.count, "numbers": list(found.falls.numbers)},
        "batches": [{"batch": each.batch, "rows": each.rows} for each in found.batches],
    }


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
