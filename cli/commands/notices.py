"""``titlecert notice``: notices to holders of what happened to their certificates.

Rules: the worker makes a notice of each change, and writes to holders who can be written to. The others' notices are
printed. The PDFs hold personal data: they are written into a new private folder.

    titlecert notice list --to-print --home ./office
    titlecert notice print --out 通知书 --home ./office
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cli import output
from cli.console import local_time
from cli.framing import Run, command, group
from cli.opening import local_actor, open_home
from cli.options import SERVICE
from cli.tool import Tool
from issuer.services import notices
from issuer.services.notices import ListedNotice

app = group()

ToPrint = Annotated[
    bool, typer.Option("--to-print", help="只列要打印的：没有联系方式，或寄不到。Those that wait for paper only.")
]
Certificate = Annotated[
    str | None, typer.Option("--certificate", metavar="NUMBER", help="只要这张证书的。Of this certificate only.")
]


@command(app, "list")
def list_all(run: Run, certificate: Certificate = None, to_print: ToPrint = False) -> None:
    """列出通知书和送达情况，新的在前。List notices and how each reached its holder, newest first.

    \b
    例 Example:
      titlecert notice list --to-print --home ./office
    """
    tool = run.tool
    with open_home(run) as opened:
        found = notices.listed(opened, number=certificate, unprinted=to_print)
    none = tool.pick("没有通知书。", "There is no notice.")
    tool.finish({"notices": [_plain(each) for each in found]}, _table(tool, found) if found else none)


@command(app, "print", passphrases=(SERVICE,))
def print_them(
    run: Run,
    out: Annotated[Path, output.out_option("--out", "", "写进这个新文件夹。Write them into this new folder.")],
    wanted: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NOTICE]...", help="通知编号；默认全部要打印的。By default all that wait for paper."),
    ] = None,
    certificate: Certificate = None,
) -> None:
    """把通知书写成 PDF 和文本，供打印、送达；谁打印了会记入审计。Write notices as PDF and text, for paper.

    \b
    例 Example:
      titlecert notice print --out 通知书 --home ./office
    """
    tool = run.tool
    output.check(out, option="--out")
    with open_home(run) as opened:
        listed = notices.listed(opened, number=certificate, unprinted=certificate is None)
        chosen = wanted or [each.id for each in listed]
        made = notices.printed(opened, local_actor(), chosen) if chosen else ()
        if made:
            out.mkdir(mode=0o700)
        for each in made:
            for ending, file in (("pdf", each.pdf), ("txt", each.text.encode())):
                output.write(out / f"{each.number}-{each.id[:8]}.{ending}", file, option="--out")
    data = {"notices": [each.id for each in made], "folder": str(out) if made else None}
    none = tool.pick("没有要打印的通知书。", "No notice waits for paper.")
    done = tool.pick(f"写出 {len(made)} 份：{out}", f"Wrote {len(made)} notices: {out}")
    tool.finish(data, done if made else none)


def _table(tool: Tool, found: tuple[ListedNotice, ...]) -> str:
    pairs = (
        ("通知编号", "notice"),
        ("证书编号", "certificate"),
        ("事项", "what"),
        ("时间", "made"),
        ("送达", "reached"),
    )
    rows = [
        (
            each.id,
            each.number,
            tool.name("state", each.kind),
            local_time(each.made.isoformat()),
            tool.name("reaching", each.reaching.value),
        )
        for each in found
    ]
    return tool.table(pairs, rows, kept=("notice", "certificate"))


def _plain(each: ListedNotice) -> dict[str, Any]:
    return {
        "notice": each.id,
        "certificate": each.number,
        "kind": each.kind,
        "made": each.made.isoformat(),
        "reaching": each.reaching.value,
        "attempts": each.attempts,
        "last_error": each.last_error,
        "sent": None if each.sent is None else each.sent.isoformat(),
        "printed": None if each.printed is None else each.printed.isoformat(),
    }
