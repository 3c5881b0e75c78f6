"""``titlecert committee trace``: a committee that loses its right, traced back to the last certificate.

Rules: without ``--suspend`` it only looks. With it the command shows what would be done, and does it with ``--yes``:
one order over all that are in force and were never suspended. What was reinstated since stays so.

    titlecert committee trace sf-engineering-senior --home ./office
    titlecert committee trace sf-engineering-senior --suspend --basis ... --document ... --as chief1 --count 24 --yes
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from cli import output, sortings, values
from cli.commands.orders import say_waiting
from cli.commands.status import Authority, Count, check_count
from cli.errors import RefusedError, UsageError
from cli.framing import Run
from cli.opening import local_actor, open_home
from cli.options import Yes
from cli.output import out_option
from cli.people import acted_json, people
from cli.tool import Tool
from cli.working import publish_changes
from credential.history import Act, Reason
from issuer.home.opened import Opened
from issuer.services import catalogue, tracing
from issuer.services import status as statuses
from issuer.services.certificates import Event
from issuer.services.status import Order, Whom
from issuer.services.tracing import Report, Session, Sought, Stands, Traced

STANDS: Final = {
    Stands.UNTOUCHED: ("未动", "untouched"),
    Stands.SUSPENDED: ("核查中", "suspended"),
    Stands.REINSTATED: ("已恢复", "reinstated"),
    Stands.WITHDRAWN: ("已撤销", "withdrawn"),
    Stands.CANCELLED: ("已注销", "cancelled"),
    Stands.SUPERSEDED: ("已更正换发", "superseded"),
}
_HEADS: Final = (
    ("证书编号", "number"),
    ("备案号", "filing"),
    ("取得时间", "awarded on"),
    ("批次", "batch"),
    ("行", "row"),
    ("现状", "stands"),
    ("暂停文号", "suspended by"),
    ("暂停日期", "suspended on"),
    ("处理文号", "decided by"),
    ("处理日期", "decided on"),
)


def trace(
    run: Run,
    committee: Annotated[
        str | None, typer.Argument(metavar="ID", help="评委会编号；也可只写 --filing。Its id, or --filing alone.")
    ] = None,
    filing: Annotated[
        str | None, typer.Option("--filing", metavar="NUMBER", help="只查这个备案号。Of this filing only.")
    ] = None,
    session: Annotated[
        str | None,
        typer.Option("--session", metavar="DATE", help="只查这次评审（取得时间）。Of this award date only."),
    ] = None,
    suspend: Annotated[
        bool,
        typer.Option("--suspend", help="暂停其中未动的证书。Suspend those that are in force and were never suspended."),
    ] = False,
    basis: Annotated[
        str | None, typer.Option("--basis", metavar="TEXT", help="暂停的依据；持证人可见。Basis; holders see it.")
    ] = None,
    document: Annotated[
        str | None, typer.Option("--document", metavar="NUMBER", help="暂停的文号；持证人可见。Its decision.")
    ] = None,
    acting_as: Annotated[
        str | None, typer.Option("--as", metavar="OPERATOR", help="办理人编号。The operator who acts.")
    ] = None,
    authority: Authority = None,
    count: Count = None,
    yes: Yes = False,
    out: Annotated[
        Path | None,
        out_option("--out", "", "逐张清单写到新文件（.csv 或 .xlsx）。Every certificate, a new .csv or .xlsx."),
    ] = None,
) -> None:
    """倒查一个评委会：它评出的全部证书、谁签的字、现在怎样。Trace a committee back: all it awarded, and who signed.

    加 --suspend 一次暂停全部未动的证书；以后再运行，清单写明每一张后来恢复还是撤销，直到最后一张。
    With --suspend all that are untouched are suspended by one order; run again later, the list says of each what was
    decided since, to the last one.

    \b
    例 Example:
      titlecert committee trace sf-engineering-senior --out trace.xlsx --home ./office
      titlecert committee trace sf-engineering-senior --suspend --basis 评审违规核查 \\
        --document 示人社核〔2026〕12号 --as chief1 --count 24 --yes
    """
    tool = run.tool
    _check_out(out)
    terms = _terms(basis, document, acting_as, authority) if suspend else None
    sought = Sought(committee=committee, filing=filing, session=values.optional_day(session, "--session"))
    with open_home(run) as opened:
        more: dict[str, Any] = {}
        found, told = tracing.trace(opened, sought), ""
        if terms is not None:
            more, told = _suspend(tool, opened, found, terms, count=count, yes=yes)
            found = tracing.trace(opened, sought) if yes else found
    data, text = _plain(found) | more, "\n\n".join(filter(None, (_text(tool, found), told)))
    if out is not None:
        rows = [[tool.pick(*pair) for pair in _HEADS], *(_cells(tool, each) for each in found.certificates)]
        output.write(out, sortings.table_file(rows, out.suffix.lower(), tool.pick("倒查清单", "trace")), option="--out")
    tool.finish(data, text)
    _say_end(tool, found, suspending=suspend, yes=yes)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Terms:
    """What was typed of the suspension."""

    basis: str
    document: str
    operator: str
    authority: str | None


def _terms(basis: str | None, document: str | None, operator: str | None, authority: str | None) -> _Terms:
    if basis is None or document is None or operator is None:
        raise UsageError(
            "suspend_terms",
            "暂停要写明 --basis、--document 和 --as",
            "a suspension needs --basis, --document and --as",
        )
    return _Terms(basis=basis, document=document, operator=operator, authority=authority)


def _check_out(out: Path | None) -> None:
    if out is not None:
        output.check(out, option="--out")
        sortings.check_kind(out, "--out")


def _suspend(
    tool: Tool, opened: Opened, found: Report, terms: _Terms, *, count: int | None, yes: bool
) -> tuple[dict[str, Any], str]:
    """Suspend by one order all that are in force and were never suspended, or say what it would do."""
    if not found.untouched:
        return {"done": yes}, tool.pick("没有未动的证书，不用暂停。", "None is untouched; there is nothing to suspend.")
    order = Order(
        act=Act.SUSPEND,
        numbers=(),
        authority=terms.authority or statuses.deciding_authority(opened, terms.operator, found.untouched),
        reason=Reason.UNDER_REVIEW,
        basis=terms.basis,
        document=terms.document,
        effective=tool.today(),
    )
    planned = statuses.sorted_out(opened, local_actor(), Whom.of_numbers(found.untouched), order)
    if yes:
        _check_all(planned.faults)
    plan = planned.plan
    if not plan.lines:
        data, text = sortings.told(tool, planned, catalogue.current(opened), cost=None, source="")
        return {"suspension": data, "done": False}, text
    statuses.draft(opened, terms.operator, plan)
    cost = statuses.cost(opened, plan)
    data, text = sortings.told(tool, planned, catalogue.current(opened), cost=cost, source="")
    waiting = None
    if yes:
        check_count(count, len(plan.lines))
        waiting = statuses.act_here(opened, terms.operator, plan).waiting
        if waiting is None:
            data |= publish_changes(tool, opened, [line.certificate.id for line in plan.lines])
        else:
            say_waiting(tool, waiting.number, waiting.until)
    data |= {"document": order.document, "basis": order.basis, "order": None if waiting is None else waiting.number}
    return {"suspension": data, "done": yes and waiting is None}, text


def _check_all(faults: int) -> None:
    """Refuse to suspend a part of them: whoever reads the list takes it for all."""
    if faults:
        raise RefusedError(
            "trace_has_faults",
            f"其中 {faults} 张不能由这个机关暂停，什么都没有办",
            f"{faults} of them cannot be suspended by this authority, and nothing was done",
        )


def _say_end(tool: Tool, found: Report, *, suspending: bool, yes: bool) -> None:
    if suspending and not yes:
        tool.say(
            "以上是将要办理的内容，现在什么都没有改动。确认后加 --yes 再运行一次。",
            "This is what would be done; nothing was changed. If it is right, run it again with --yes.",
        )
        return
    left = found.stands.get(Stands.SUSPENDED, 0)
    if left:
        tool.say(
            f"还有 {left} 张在核查，没有结论：恢复用 titlecert reinstate，撤销用 titlecert withdraw。",
            f"{left} are under review still: `titlecert reinstate` or `titlecert withdraw` decides on each.",
        )
    elif found.certificates and not found.untouched:
        tool.say("每一张都有了结论。", "Every one is decided.")


def _plain(found: Report) -> dict[str, Any]:
    return {
        "filings": list(found.filings),
        "stands": {each.value: found.stands.get(each, 0) for each in Stands},
        "sessions": [
            {
                "filing": each.filing,
                "awarded_on": each.awarded_on.isoformat(),
                "certificates": each.certificates,
                "stands": {stands.value: each.stands.get(stands, 0) for stands in Stands},
                "batches": list(each.batches),
            }
            for each in found.sessions
        ],
        "acts": {batch: [acted_json(each) for each in acts] for batch, acts in found.acts.items()},
        "certificates": [_certificate(each) for each in found.certificates],
    }


def _certificate(each: Traced) -> dict[str, Any]:
    return {
        "number": each.number,
        "filing": each.filing,
        "awarded_on": each.awarded_on.isoformat(),
        "batch": each.batch,
        "row": each.sheet_row,
        "stands": each.stands.value,
        "suspended": _event(each.suspended),
        "decided": _event(each.decided),
    }


def _event(event: Event | None) -> dict[str, str] | None:
    if event is None:
        return None
    return {"document": event.document, "effective": event.effective.isoformat(), "event": event.kind.word}


def _cells(tool: Tool, each: Traced) -> list[Any]:
    days = [
        ("", "") if event is None else (event.document, event.effective) for event in (each.suspended, each.decided)
    ]
    (suspended_by, suspended_on), (decided_by, decided_on) = days
    place = [each.number, each.filing, each.awarded_on, each.batch, each.sheet_row, tool.pick(*STANDS[each.stands])]
    return [*place, suspended_by, suspended_on, decided_by, decided_on]


def _text(tool: Tool, found: Report) -> str:
    if not found.certificates:
        return tool.pick("没有证书出自所写的评审。", "No certificate came of these sessions.")
    shown = [each for each in Stands if found.stands.get(each)]
    pairs = (("备案号", "filing"), ("取得时间", "awarded on"), ("张数", "certificates"))
    heads = (*pairs, *(STANDS[each] for each in shown), ("批次", "batches"))
    rows = [_row(each, shown) for each in found.sessions]
    parts = [tool.table(heads, rows, kept=("filing", "awarded on"))]
    for batch, acts in found.acts.items():
        parts.append(f"{tool.pick('批次', 'batch')} {batch}\n{people(tool, acts)}")
    return "\n\n".join(parts)


def _row(each: Session, shown: Sequence[Stands]) -> tuple[object, ...]:
    counts = [each.stands.get(stands, 0) for stands in shown]
    return (each.filing, each.awarded_on, each.certificates, *counts, " ".join(each.batches))
