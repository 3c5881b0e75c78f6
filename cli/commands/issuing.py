"""``titlecert batch issue``: an approved batch becomes certificates and a new publication, with documents where asked.

Rules: the worker signs; when a worker runs already, it gets the batch and this command waits. Interrupted at any
point, the same command goes on where it stopped, and issues nothing twice.

    titlecert batch issue sf-hrss-0001 --home ./office
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from cli import exits, names
from cli.errors import reported
from cli.framing import Run
from cli.opening import local_actor, open_home
from cli.progress import progress
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
) -> None:
    """给批准过的批次发证：签名、公布；中断后重跑即可继续。Issue an approved batch: sign and publish.

    \b
    例 Example:
      titlecert batch issue sf-hrss-0001 --home ./office
      titlecert batch issue sf-hrss-0001 --documents --home ./office
    """
    tool = run.tool
    with open_home(run) as opened:
        report = _issue(tool, opened, batch, documents=documents)
        data = _counts(batches.shown(opened, batch))
    data |= {"refused": [] if report is None else [_refused(each) for each in report.refused]}
    data |= {"new": None if report is None else len(report.issued)}
    data |= {"checked": None if report is None or report.checked is None else report.checked.outcome}
    _say_refused(tool, () if report is None else report.refused)
    _say(tool, data, disputed=report is not None and report.is_disputed)


def _issue(tool: Tool, opened: Opened, batch: str, *, documents: bool) -> Report | None:
    work.request_issue(opened, local_actor(), batch, documents=documents)
    with worker_of(opened) as worker:
        if worker is not None:
            shown = progress(tool.console, ("发证", "Issuing"), ("制作 PDF", "Documents"))
            with shown as (step, document_step), recorded_of_batch(opened, batch):
                return worker.issue(batch, step, document_step, with_documents=documents)
    return wait_for_batch(tool, opened, batch, documents=documents)


def _counts(found: Batch) -> dict[str, Any]:
    return {
        "batch": found.id,
        "state": found.state.value,
        "rows": found.rows_total,
        "issued": found.rows_issued,
        "waiting": found.rows_waiting + found.rows_reserved,
        "rejected": found.rows_rejected,
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
    failed = bool(data["refused"] or waiting or disputed)
    tool.finish(data, text, exit_code=exits.FAILED if failed else exits.DONE)
    if disputed:
        outcome = names.name("outcome", str(data["checked"]), "zh")
        tool.say(
            f"注意：按公众的方法查验新发的第一张证书，结果是“{outcome}”。请先检查公布目录，不要继续发证。",
            f"Beware: anyone who checks the first new certificate finds {data['checked']}. Look into the publication "
            "before anything else is issued.",
        )
