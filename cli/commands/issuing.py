"""``titlecert batch issue``: an approved batch becomes certificates and a new publication, with documents where asked.

Rules: the worker signs; when a worker runs already, it gets the batch and this command waits. Interrupted at any
point, the same command goes on where it stopped, and issues nothing twice. A row that may not be issued is told and
stops no other. With a limit so many rows are issued and the rest stays approved.

    titlecert batch issue sf-hrss-0001 --home ./office
    titlecert batch issue sf-hrss-0001 --limit 500 --home ./office
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from cli import exits, names
from cli.errors import reported
from cli.framing import Run
from cli.opening import local_actor, open_home
from cli.options import Events
from cli.progress import Step, progress
from cli.stopping import Left, going_on
from cli.tool import Tool
from cli.working import recorded_of_batch, wait_for_batch, worker_of
from issuer.home.opened import Opened
from issuer.services import batches, work
from issuer.services.batches import Batch
from issuer.worker.worker import Refused, Report


def issue(
    run: Run,
    batch: Annotated[str, typer.Argument(metavar="BATCH", help="批次编号。The batch; see `titlecert batch list`.")],
    documents: Annotated[
        bool,
        typer.Option(
            "--documents",
            help="也制作全部 PDF；不写时，要哪张才做哪张。Make all PDFs too; else each when asked for.",
        ),
    ] = False,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit", metavar="N", min=1, help="这次只发 N 张，其余以后再发。Issue N rows now, and the rest later."
        ),
    ] = None,
    events: Events = False,
) -> None:
    """给批准过的批次发证：签名、公布；中断后重跑即可继续。Issue an approved batch: sign and publish.

    \b
    例 Example:
      titlecert batch issue sf-hrss-0001 --home ./office
      titlecert batch issue sf-hrss-0001 --documents --home ./office
      titlecert batch issue sf-hrss-0001 --limit 500 --home ./office
    """
    tool = run.tool
    tool.console.events = events
    with open_home(run) as opened:
        report = _issue(run, opened, batch, documents=documents, limit=limit)
        found = batches.shown(opened, batch)
    data = _counts(found) | {"limit": limit}
    data |= {"refused": [] if report is None else [_refused(each) for each in report.refused]}
    data |= {"new": None if report is None else len(report.issued)}
    data |= {"checked": None if report is None or report.checked is None else report.checked.outcome}
    _say_refused(tool, () if report is None else report.refused)
    _say(tool, data, disputed=report is not None and report.is_disputed)
    _say_left(tool, found)


def _issue(run: Run, opened: Opened, batch: str, *, documents: bool, limit: int | None) -> Report | None:
    tool = run.tool
    work.request_issue(opened, local_actor(), batch, documents=documents, limit=limit)
    before = batches.shown(opened, batch)
    words = ("batch", "issue", batch, *(["--documents"] if documents else []))
    shown = progress(tool, "issue", "publish", "documents", of=batch)
    with going_on(run, *words, done=lambda: _left(opened, batch)), shown as (step, publish_step, document_step):
        limited = _up_to(step, before)
        with worker_of(opened) as worker:
            if worker is not None:
                worker.show_publishing(publish_step)
                with recorded_of_batch(opened, batch):
                    return worker.issue(batch, limited, document_step, with_documents=documents)
        return wait_for_batch(tool, opened, batch, documents=documents, step=limited)


def _up_to(step: Step, before: Batch) -> Step:
    """Show how far it is on the way to the limit, where there is one: the other rows are not begun."""
    up_to = before.issue_up_to
    if up_to is None:
        return step
    return lambda done, of: step(min(done, up_to), min(of, up_to))


def _left(opened: Opened, batch: str) -> Left:
    """What is done of a batch, and the limit that is left of the one that was asked for."""
    found = batches.shown(opened, batch)
    waiting = found.rows_waiting + found.rows_reserved
    unpublished = work.unpublished_of_batch(opened, batch)
    zh = f"{batch} 已发 {found.rows_issued} 张，未发 {waiting} 行"
    en = f"{batch}: {found.rows_issued} issued, {waiting} rows not issued"
    if unpublished:
        zh, en = f"{zh}；其中 {unpublished} 张还没有公布", f"{en}; {unpublished} of them are not public yet"
    left = None if found.issue_up_to is None else found.issue_up_to - found.rows_issued
    return Left(zh=zh, en=en, words=["--limit", str(left)] if left is not None and left > 0 else ())


def _counts(found: Batch) -> dict[str, Any]:
    return {
        "batch": found.id,
        "state": found.state.value,
        "rows": found.rows_total,
        "issued": found.rows_issued,
        "waiting": found.rows_waiting + found.rows_reserved,
        "rejected": found.rows_rejected,
        "paused": found.paused_at is not None,
    }


def _refused(each: Refused) -> dict[str, Any]:
    return {"sheet_row": each.sheet_row, "code": each.code, "message": each.message}


def _say_refused(tool: Tool, refused: Sequence[Refused]) -> None:
    for each in refused:
        zh, en = reported(each.code, each.fields, each.message)
        tool.say(f"第 {each.sheet_row} 行没有发证：{zh}", f"Row {each.sheet_row}: {en}")


def _say(tool: Tool, data: dict[str, Any], *, disputed: bool) -> None:
    new, issued, waiting = data["new"], data["issued"], data["waiting"]
    if new == 0 and not waiting:
        text = tool.pick(
            f"{data['batch']} 早已发完（{issued} 张），没有新发", f"{data['batch']} was issued before; nothing new"
        )
    else:
        count = issued if new is None else new
        text = tool.pick(
            f"{data['batch']}：新发 {count} 张，累计 {issued} 张，未发 {waiting} 行",
            f"{data['batch']}: {count} issued now, {issued} in all, {waiting} rows not issued",
        )
    left = waiting and (data["limit"] is None or data["paused"])
    failed = bool(data["refused"] or left or disputed)
    tool.finish(data, text, exit_code=exits.FAILED if failed else exits.DONE)
    if disputed:
        outcome = names.name("outcome", str(data["checked"]), "zh")
        tool.say(
            f"注意：按公众的方法查验新发的第一张证书，结果是“{outcome}”。请先检查公布目录，不要继续发证。",
            f"Beware: anyone who checks the first new certificate finds {data['checked']}. Look into the publication "
            "before anything else is issued.",
        )


def _say_left(tool: Tool, found: Batch) -> None:
    """Say why rows are left, where somebody wanted it so."""
    waiting = found.rows_waiting + found.rows_reserved
    if not waiting:
        return
    if found.paused_at is not None:
        tool.say(
            f"批次已暂停，还有 {waiting} 行未发。接着办：titlecert batch resume {found.id}",
            f"The batch is paused, and {waiting} rows are not issued. To go on: titlecert batch resume {found.id}",
        )
    elif found.issue_up_to is not None:
        tool.say(
            f"按 --limit 停下，还有 {waiting} 行未发。接着发：titlecert batch issue {found.id}",
            f"It stopped at --limit; {waiting} rows are not issued. The rest: titlecert batch issue {found.id}",
        )
