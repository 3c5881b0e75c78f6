"""``titlecert batch issue``: an approved batch becomes certificates, sealed documents and a new publication.

Rules: the worker signs; when a worker runs already, it gets the batch and this command waits. Interrupted at any
point, the same command goes on where it stopped, and issues nothing twice.

    titlecert batch issue sf-hrss-0001 --home ./office
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import exits
from cli.opening import OpenOffice, open_home, open_office
from cli.options import Home, Json, Language, ServicePassphraseFile
from cli.tool import Tool, begin
from cli.working import wait_for_worker, worker_of

if TYPE_CHECKING:
    from issuer.issuing.service import Report


def issue(
    context: typer.Context,
    batch: Annotated[str, typer.Argument(metavar="BATCH", help="批次编号。The batch; see `titlecert batch list`.")],
    service_passphrase_file: ServicePassphraseFile = None,
    home: Home = None,
    json_output: Json = False,
    language: Language = None,
) -> None:
    """给批准过的批次发证：签名、制作 PDF、公布；中断后重跑即可继续。Issue an approved batch: sign, make PDFs, publish.

    \b
    例 Example:
      titlecert batch issue sf-hrss-0001 --home ./office
    """
    tool = begin(context, json_output, language)
    with open_office(tool, open_home(home), service_passphrase_file) as opened:
        report = _issue(opened, batch)
        data = _counts(opened, batch)
    data |= {"refused": [] if report is None else [_refused(each) for each in report.refused]}
    data |= {"new": None if report is None else len(report.issued)}
    _tell(tool, data)


def _issue(opened: OpenOffice, batch: str) -> Report | None:
    from issuer.worker.run import ISSUE, leave_batch  # noqa: PLC0415

    console = opened.tool.console
    with worker_of(opened) as worker:
        if worker is not None:
            with console.progress(("发证", "Issuing"), ("制作 PDF", "Documents")) as (step, document_step):
                return worker.issue(batch, step, document_step)
    leave_batch(opened.office, batch)
    wait_for_worker(opened, ISSUE, [batch])
    return None


def _counts(opened: OpenOffice, batch: str) -> dict[str, Any]:
    from issuer.batches.rows import batch as read_batch  # noqa: PLC0415

    with opened.office.register.read() as session:
        found = read_batch(session, batch)
    return {
        "batch": batch,
        "state": found.state.value,
        "rows": found.rows_total,
        "issued": found.rows_issued,
        "waiting": found.rows_waiting + found.rows_reserved,
        "rejected": found.rows_rejected,
    }


def _refused(each: Any) -> dict[str, Any]:
    return {"sheet_row": each.sheet_row, "code": each.code, "message": each.message}


def _tell(tool: Tool, data: dict[str, Any]) -> None:
    new, issued, waiting = data["new"], data["issued"], data["waiting"]
    for each in data["refused"]:
        tool.say(f"第 {each['sheet_row']} 行没有发证：{each['message']}", f"Row {each['sheet_row']}: {each['message']}")
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
    tool.finish(data, text, exit_code=exits.FAILED if data["refused"] or waiting else exits.DONE)
