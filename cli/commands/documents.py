"""``titlecert document``: sealed PDFs are made when somebody asks for them, one or those of a whole batch.

Rules: the worker makes them; when a worker runs already, it gets the work and this command waits. Interrupted at any
point, the same command goes on where it stopped: what is made is not made again.

    titlecert document make 99000020262000001 --home ./office
    titlecert document make --batch sf-hrss-0001 --jobs 2 --home ./office
"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli.console import local_time
from cli.errors import UsageError, noted
from cli.framing import Run, command, group
from cli.opening import local_actor, open_home
from cli.options import SERVICE, Events
from cli.progress import progress
from cli.stopping import Left, going_on
from cli.tool import Tool
from cli.working import make_document, make_documents, no_documents, paused
from issuer.home.opened import Opened
from issuer.services import batches, work

app = group()

MOST_JOBS = 256
"""More processors than any machine that this runs on."""


@command(app, "make", passphrases=(SERVICE,))
def make(
    run: Run,
    number: Annotated[
        str | None, typer.Argument(metavar="NUMBER", help="证书编号。Number of the certificate.", show_default=False)
    ] = None,
    batch: Annotated[
        str | None,
        typer.Option("--batch", metavar="BATCH", help="制作这个批次所缺的全部 PDF。All that this batch lacks."),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs",
            metavar="N",
            min=1,
            max=MOST_JOBS,
            help="最多同时用几个进程；不写就与处理器个数相同。At most so many processes; as many as processors.",
        ),
    ] = None,
    events: Events = False,
) -> None:
    """制作盖章 PDF：一张证书的，或一个批次所缺的全部；中断后重跑即可继续。Make sealed PDFs: one, or all a batch lacks.

    一份约 0.15 MB；磁盘空间不够时一份也不做。One has about 0.15 MB; where the disk has no room none is made.

    \b
    例 Example:
      titlecert document make 99000020262000001 --home ./office
      titlecert document make --batch sf-hrss-0001 --jobs 4 --home ./office
    """
    tool = run.tool
    tool.console.events = events
    if (number is None) == (batch is None):
        raise UsageError(
            "number_or_batch",
            "写一个证书编号，或者用 --batch 写一个批次",
            "give the number of a certificate, or a batch with --batch",
        )
    with open_home(run) as opened:
        if number is not None:
            path = make_document(tool, opened, number)
            data: dict[str, Any] = {"number": number, "document": str(path)}
            tool.finish(data, tool.pick(f"已制作 {path}", f"Made {path}"))
            return
        assert batch is not None
        made = _of_batch(run, opened, batch, jobs)
    tool.finish({"batch": batch, "made": made}, _told(tool, batch, made))


@command(app, "waiting", passphrases=(SERVICE,))
def waiting(run: Run) -> None:
    """列出等待制作的文件：从什么时候起，为什么。List the documents that wait: since when, and why.

    \b
    例 Example:
      titlecert document waiting --home ./office
    """
    tool = run.tool
    with open_home(run) as opened:
        found = work.documents_waiting(opened)
    rows = [(each.object, local_time(each.since.isoformat()), _why(tool, each)) for each in found]
    pairs = (("批次或证书", "batch or certificate"), ("开始等待", "since"), ("原因", "reason"))
    data = [
        {"object": e.object, "since": e.since.isoformat(), "reason": e.reason.partition(": ")[0], "late": e.is_late}
        for e in found
    ]
    nothing = tool.pick("没有等待制作的文件", "No documents wait")
    tool.finish({"waiting": data}, tool.table(pairs, rows, kept=("batch or certificate", "since")) if rows else nothing)


def _why(tool: Tool, each: work.WaitingDocuments) -> str:
    late = tool.pick("已等了一天以上", "for more than a day") if each.is_late else ""
    why = tool.pick(*noted(each.reason)) if each.reason else tool.pick("还没有办到", "its turn has not come")
    return tool.pick("；", "; ").join(filter(None, (why, late)))


def _told(tool: Tool, batch: str, made: int | None) -> str:
    if made is None:
        return tool.pick(
            f"{batch} 的 PDF 已由后台服务制作齐全", f"the worker made the documents of {batch}; none is missing"
        )
    if not made:
        return tool.pick(f"{batch} 的 PDF 早已齐全", f"the documents of {batch} were all made before")
    return tool.pick(
        f"{batch} 的 PDF 已齐全，新做 {made} 份", f"documents of {batch}: {made} made now, none is missing"
    )


def _of_batch(run: Run, opened: Opened, batch: str, jobs: int | None) -> int | None:
    """Make what a batch lacks; returns how many were made, None when a running worker did it."""
    tool = run.tool
    work.request_documents(opened, local_actor(), batch)
    words = ("document", "make", "--batch", batch, *(["--jobs", str(jobs)] if jobs is not None else []))
    shown = progress(tool, "documents", of=batch)
    with going_on(run, *words, done=lambda: _left(opened, batch)), shown as (step,):
        made = make_documents(tool, opened, batch, lambda worker: worker.make_documents(batch, step, jobs=jobs))
    missing = work.documents_missing(opened, batch)
    if missing and batches.shown(opened, batch).paused_at is not None:
        raise paused(batch, missing)
    if missing:
        raise no_documents(batch, missing)
    return made


def _left(opened: Opened, batch: str) -> Left:
    missing = work.documents_missing(opened, batch)
    return Left(zh=f"{batch} 还有 {missing} 份 PDF 没有制作", en=f"{missing} documents of {batch} are still to be made")
