"""``titlecert claim``: claim codes, with which holders sign in: made, sent, printed, replaced, ended, collected.

Rules: a code is printed once and shown never again. Slips are files in a new folder, private. A code that was lost is
replaced, after the counter looked at an ID document.

    titlecert claim make --batch sf-hrss-0001 --send --slips slips --home ./office
    titlecert claim replace 99000020262000001 --slips slip --home ./office
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import hints, names, output
from cli.errors import UsageError
from cli.framing import Run, command, group
from cli.opening import local_actor, open_home
from cli.options import SERVICE, Yes
from cli.tool import Tool
from credential.days import day_of
from credential.errors import CodedError
from issuer.home.opened import Opened
from issuer.services import claims
from issuer.services.claims import MAX_CLAIMS, ListedClaim, MadeCodes, Slip, Wanted
from issuer.worker.delivering import Delivered, Delivering
from issuer.worker.worker import WorkerRunningError, standstill

app = group()

Number = Annotated[str, typer.Argument(metavar="NUMBER", help="证书编号。Number of the certificate.")]
Send = Annotated[
    bool,
    typer.Option(
        "--send", help="寄给登记有手机或邮箱的持证人。Send it to holders whose mobile number or e-mail is known."
    ),
]
Slips = Annotated[
    Path | None,
    output.out_option(
        "--slips", "", "其余的印成领取单，写进这个新文件夹。Print slips for the others, into this new folder."
    ),
]


@command(app, "make", passphrases=(SERVICE,))
def make(
    run: Run,
    batch: Annotated[
        str | None, typer.Option("--batch", metavar="BATCH", help="这个批次的全部持证人。All holders of this batch.")
    ] = None,
    certificate: Annotated[
        str | None,
        typer.Option("--certificate", metavar="NUMBER", help="这张证书的持证人。The holder of this certificate."),
    ] = None,
    employer: Annotated[
        str | None,
        typer.Option(
            "--employer", metavar="NAME", help="只要这个工作单位的，写法同名单。Of this employer only, as in the list."
        ),
    ] = None,
    send: Send = False,
    slips: Slips = None,
) -> None:
    """为还没有领取码的持证人制作领取码，寄出或印成领取单。Make claim codes for holders who have none.

    \b
    例 Example:
      titlecert claim make --batch sf-hrss-0001 --send --slips slips --home ./office
      titlecert claim make --certificate 99000020262000001 --slips slip --home ./office
    """
    if (batch is None) == (certificate is None) or (employer is not None and batch is None):
        raise UsageError(
            "claim_whose",
            "请用 --batch 或 --certificate 二者之一指明是谁的；--employer 只与 --batch 合用",
            "name whose they are by one of --batch and --certificate; --employer goes with --batch",
        )
    _give_out(run, Wanted(batch=batch, number=certificate, employer=employer), send=send, slips=slips)


@command(app, "replace", passphrases=(SERVICE,))
def replace(run: Run, number: Number, send: Send = False, slips: Slips = None) -> None:
    """在窗口核对证件后，换一个领取码；以前的作废。Make another claim code at the counter; those before it end.

    \b
    例 Example:
      titlecert claim replace 99000020262000001 --slips slip --home ./office
    """
    _give_out(run, number, send=send, slips=slips)


@command(app, "list")
def list_all(
    run: Run,
    batch: Annotated[
        str | None, typer.Option("--batch", metavar="BATCH", help="只列这个批次的。Of this batch only.")
    ] = None,
    certificate: Annotated[
        str | None,
        typer.Option("--certificate", metavar="NUMBER", help="只列这个持证人的。Of the holder of this certificate."),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="最多几个。At most so many.")] = MAX_CLAIMS,
) -> None:
    """列出领取码的情况，新的在前；不含领取码本身。List claim codes and where they stand, newest first.

    \b
    例 Example:
      titlecert claim list --batch sf-hrss-0001 --home ./office
    """
    tool = run.tool
    with open_home(run) as opened:
        found = claims.listed(opened, batch=batch, number=certificate, limit=limit)
    none = tool.pick("没有领取码。", "There is no claim code.")
    tool.finish({"claims": [_plain(each) for each in found]}, _table(tool, found) if found else none)


@command(app, "end")
def end(run: Run, number: Number, yes: Yes = False) -> None:
    """作废一个持证人的领取码；不加 --yes 只说明。End the claim codes of a holder; dry run until --yes.

    \b
    例 Example:
      titlecert claim end 99000020262000001 --yes --home ./office
    """
    tool = run.tool
    with open_home(run) as opened:
        if yes:
            ended = claims.end(opened, local_actor(), number)
        else:
            ended = sum(each.state is claims.ClaimState.OPEN for each in claims.listed(opened, number=number))
    done = tool.pick(f"作废了 {ended} 个领取码。", f"Ended {ended} claim codes.")
    would = tool.pick(f"将作废 {ended} 个领取码。", f"Would end {ended} claim codes.")
    tool.finish({"number": number, "ended": ended if yes else 0, "would_end": ended}, done if yes else would)
    if not yes:
        tool.say("没有改动。加 --yes 就照此作废。", "Nothing was changed. With --yes it ends them.")


@command(app, "collected", passphrases=(SERVICE,))
def collected(
    run: Run,
    number: Number,
    by: Annotated[
        str, typer.Option("--by", metavar="NAME", help="领取人姓名，加密保存。Who collected it; kept sealed.")
    ],
    relation: Annotated[
        str,
        typer.Option(
            "--relation",
            metavar="WHO",
            help="与持证人的关系，如 本人、配偶。Relation to the holder, such as self, spouse.",
        ),
    ],
) -> None:
    """记下谁领走了领取单；审计里不写姓名。Record who collected a slip; the audit holds no name.

    \b
    例 Example:
      titlecert claim collected 99000020262000001 --by 示范乙 --relation 配偶 --home ./office
    """
    tool = run.tool
    with open_home(run) as opened:
        claims.collected(opened, local_actor(), number, by=by, relation=relation)
    tool.finish({"number": number, "collected": True}, tool.pick("已记录。", "Recorded."))


def _give_out(run: Run, whose: Wanted | str, *, send: bool, slips: Path | None) -> None:
    """Make codes, write the slips before anything else, and send what is to be sent where nobody else does."""
    tool, sent = run.tool, None
    if not send and slips is None:
        raise UsageError(
            "claim_way",
            "请说明领取码怎样交给持证人：--send 寄出，--slips 文件夹 印成领取单，或者两个都要",
            "say how codes reach their holders: --send, --slips FOLDER, or both",
        )
    if slips is not None:
        output.check(slips, option="--slips")
    with open_home(run) as opened:
        if isinstance(whose, str):
            made = claims.replace(opened, local_actor(), whose, send=send, slips=slips is not None)
        else:
            made = claims.make(opened, local_actor(), whose, send=send, slips=slips is not None)
        if slips is not None and made.slips:
            _write(opened, slips, made.slips)
        if made.sent:
            sent = _sent(opened)
    _tell(tool, made, slips, sent)


def _write(opened: Opened, folder: Path, slips: Sequence[Slip]) -> None:
    """Write each slip as text first: a code that was made and not written down is lost."""
    folder.mkdir(mode=0o700)
    for slip in slips:
        output.write(folder / f"{slip.number}.txt", _text(slip).encode(), option="--slips")
    for file in claims.printed(opened, tuple(slips)):
        output.write(folder / file.name, file.data, option="--slips")


def _text(slip: Slip) -> str:
    """A slip as text, in both languages: who reads it is the holder."""
    id_type = " ".join(names.name("id_type", slip.id_type, language) for language in hints.LANGUAGES)
    lines = (
        ("姓名 Name", slip.name),
        (f"证件 ID document ({id_type})", slip.id_shown),
        ("证书编号 Certificate", slip.number),
        ("工作单位 Employer", slip.employer),
        ("发证机关 Authority", slip.authority),
        ("领取码 Claim code", slip.code),
        ("在此登录 Sign in at", slip.address),
        ("在此日之前 Before", _day(slip.expires)),
    )
    return "".join(f"{label}: {value}\n" for label, value in lines if value)


def _sent(opened: Opened) -> Delivered | None:
    """Send what waits, unless a running worker does."""
    with suppress(WorkerRunningError), standstill(opened.home):
        return Delivering.of(opened, os.environ).send_due()
    return None


def _tell(tool: Tool, made: MadeCodes, folder: Path | None, sent: Delivered | None) -> None:
    data = {
        "slips": len(made.slips),
        "folder": str(folder) if made.slips else None,
        "to_send": list(made.sent),
        "sent": None if sent is None else sent.sent,
        "unreachable": list(made.unreachable),
        "kept": list(made.kept),
    }
    lines = [
        tool.pick(f"领取单 {len(made.slips)} 份", f"{len(made.slips)} slips")
        + (tool.pick(f"，在 {folder}", f", in {folder}") if made.slips else ""),
        tool.pick(f"寄送 {len(made.sent)} 个", f"{len(made.sent)} codes to be sent"),
    ]
    if made.kept:
        lines.append(tool.pick(f"已有领取码的 {len(made.kept)} 人，没有重做", f"{len(made.kept)} holders have a code"))
    tool.finish(data, "\n".join(lines))
    if made.unreachable:
        count = len(made.unreachable)
        tool.say(
            f"有 {count} 人没有登记可用的联系方式，没有为他们制作；加 --slips 文件夹 印成领取单。",
            f"{count} holders cannot be written to and got no code; --slips FOLDER prints slips for them.",
        )
    if made.sent and sent is None:
        tool.say(
            "由正在运行的后台寄送；用 titlecert claim list 查看。",
            "The running worker sends them; `titlecert claim list` shows it.",
        )
    elif sent is not None and (sent.failed or sent.given_up):
        tool.say(
            f"有 {sent.failed + sent.given_up} 个没有寄出，用 titlecert claim list 查看原因。",
            f"{sent.failed + sent.given_up} were not sent; `titlecert claim list` says why.",
        )


def _plain(each: ListedClaim) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(each).items()}


def _table(tool: Tool, found: Sequence[ListedClaim]) -> str:
    pairs = (
        ("证书编号", "certificate"),
        ("状态", "state"),
        ("交付", "handed over"),
        ("此日之前", "before"),
        ("试错", "tries"),
        ("说明", "note"),
    )
    rows = [
        (
            each.number,
            tool.name("claim", each.state.value),
            tool.name("handing", each.handing.value),
            _day(each.expires),
            each.tries,
            _note(tool, each),
        )
        for each in found
    ]
    return tool.table(pairs, rows, kept=("certificate", "state", "handed over"))


def _note(tool: Tool, each: ListedClaim) -> str:
    if each.collected is not None:
        return tool.pick("已有人领取", "collected")
    if each.last_error is None:
        return ""
    zh, en = hints.headline(each.last_error, CodedError)
    return tool.pick(f"寄送 {each.attempts} 次未成：{zh}", f"{each.attempts} attempts: {en}")


def _day(instant: datetime) -> str:
    return day_of(instant).isoformat()
